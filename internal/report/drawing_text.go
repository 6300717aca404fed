package report

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textSize is the size of text in a drawing, in units of the canvas.
const textSize = 10.5

// text writes s in a width of room units, or all of it where room is zero: what is cut shows
// an ellipsis, and all of it when the pointer rests there. anchor is start, middle or end.
func (c *canvas) text(anchor string, x, y float64, s string, room float64) {
	c.cut(anchor, x, y, s, shorten(s, room, textSize), textSize)
}

// cut writes short, which stands for s, in a size.
func (c *canvas) cut(anchor string, x, y float64, s, short string, size float64) {
	fmt.Fprintf(c, `<text text-anchor="%s" x="%s" y="%s"`, anchor, coordinate(x), coordinate(y))
	if size != textSize {
		fmt.Fprintf(c, ` style="font-size:%spx"`, coordinate(size))
	}
	c.WriteString(">")
	if short != s {
		fmt.Fprintf(c, "<title>%s</title>", template.HTMLEscapeString(s))
	}
	c.WriteString(template.HTMLEscapeString(short) + "</text>")
}

// letter bounds the width of r, as a share of the size, in the fonts that pages ask for.
func letter(r rune) float64 {
	switch {
	case strings.ContainsRune("ijlt.,:;'|!I()[] f-1/", r):
		return 0.46
	case unicode.Is(unicode.Mn, r):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), strings.ContainsRune("mwMW@%…ШЩЮЖшщюжмфы", r), r > 0xffff:
		return 1.02
	case unicode.IsUpper(r):
		return 0.76
	default:
		return 0.65
	}
}

// wide bounds the width of s in a size.
func wide(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += letter(r)
	}
	return w * size
}

// shorten cuts letters out of the middle of s, so that it is at most room wide in a size:
// names often differ at their end. A room of zero is any.
func shorten(s string, room, size float64) string {
	n := utf8.RuneCountInString(s)
	if room == 0 || wide(s, size) <= room {
		return s
	}
	r := []rune(s)
	for most := n - 1; most > 2; most-- {
		tail := most * 2 / 5
		short := strings.TrimSpace(string(r[:most-tail])) + "…" + strings.TrimSpace(string(r[n-tail:]))
		if wide(short, size) <= room {
			return short
		}
	}
	return string(r[:1]) + "…"
}

// shortenAll shortens names so that they still differ: where their middles were cut alike, the
// start that they have in common is left out.
func shortenAll(names []string, room, size float64) []string {
	short := make([]string, len(names))
	seen := map[string][]int{}
	for i, s := range names {
		short[i] = shorten(s, room, size)
		seen[short[i]] = append(seen[short[i]], i)
	}
	for _, same := range seen {
		if len(same) < 2 {
			continue
		}
		common := []rune(names[same[0]])
		for _, i := range same[1:] {
			r := []rune(names[i])
			k := 0
			for k < min(len(r), len(common)) && r[k] == common[k] {
				k++
			}
			common = common[:k]
		}
		for _, i := range same {
			short[i] = start("…"+string([]rune(names[i])[len(common):]), room, size)
		}
	}
	return short
}

// start is the start of s that is at most room wide, with an ellipsis where it is cut.
func start(s string, room, size float64) string {
	if wide(s, size) <= room {
		return s
	}
	r := []rune(s)
	for len(r) > 1 && wide(string(r)+"…", size) > room {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}
