package datasets

import (
	"slices"
	"strings"
)

// undressed is a number taken apart: what surrounds its digits, and how a minus is shown.
type undressed struct {
	prefix, digits, suffix string
	negative               string // as Style.Negative, "" for no minus
	plus                   bool
}

var currencies = strings.Fields("$ € £ ¥ ₹ ₽ ₩ ₺ ₪ ₴ ₫ ฿ ₱ US$ A$ C$ NZ$ HK$ R$ S$ USD EUR GBP JPY CHF CAD AUD NZD CNY RMB INR BRL MXN ZAR SEK NOK DKK PLN CZK HUF RUB TRY ILS SGD HKD KRW kr kr. zł Kč Ft Fr. Rs Rs.")

// undress takes a cell apart. ok says that it is digits with marks between, and around
// them nothing but a sign, a currency or a percent sign.
func undress(cell string) (u undressed, ok bool) {
	first, last := strings.IndexAny(cell, "0123456789"), strings.LastIndexAny(cell, "0123456789")
	if first < 0 || len(cell) > 64 {
		return u, false
	}
	if first > 0 && (cell[first-1] == '.' || cell[first-1] == ',') && (first == 1 || strings.ContainsAny(cell[first-2:first-1], " $-+(")) {
		first-- // .5
	}
	head, tail := cell[:first], cell[last+1:]
	u.digits = cell[first : last+1]
	if h, opens := strings.CutPrefix(head, "("); opens {
		t, closes := strings.CutSuffix(tail, ")")
		if !closes {
			return u, false
		}
		head, tail, u.negative = h, t, "()"
	}
	for _, sign := range []string{"-", "−", "+"} {
		h, before := strings.CutPrefix(head, sign)
		behind := false
		if !before {
			h, behind = strings.CutSuffix(head, sign)
		}
		if !before && !behind {
			continue
		}
		if u.negative != "" {
			return u, false
		}
		head = h
		switch {
		case sign == "+":
			u.plus = true
		case behind:
			u.negative = "p" + sign
		default:
			u.negative = sign
		}
		break
	}
	u.prefix, u.suffix = head, tail
	p, s := trimSpaces(head), trimSpaces(tail)
	ok = (p == "" && head == "" || slices.Contains(currencies, p)) && (s == "" && tail == "" || s == "%" || s == "‰" || slices.Contains(currencies, s))
	return u, ok && (p == "" || s == "")
}

func trimSpaces(s string) string { return strings.Trim(s, " \u00a0\u202f") }
