package datasets

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"tweedie/internal/stream"
)

// forms are columns as real tables have them: a cell of two random numbers, uniform and
// normal, the type that is found, and what is said.
var forms = []struct {
	name string
	cell func(u, z float64) string
	want Type
	note string
}{
	{"dollars", func(u, z float64) string { return "$" + separated(1e5*u*u, ",", ".", 2) }, TypeNumeric, ""},
	{"negative dollars", func(u, z float64) string { return signed("-$%s", "$%s", 2000*z) }, TypeNumeric, ""},
	{"a sign behind the currency", func(u, z float64) string { return signed("$-%s", "$%s", 2000*z) }, TypeNumeric, ""},
	{"parentheses", func(u, z float64) string { return signed("(%s)", "%s", 2000*z) }, TypeNumeric, ""},
	{"parentheses around dollars", func(u, z float64) string { return signed("($%s)", "$%s", 2000*z) }, TypeNumeric, ""},
	{"a typographic minus", func(u, z float64) string { return signed("−%s", "%s", 2000*z) }, TypeNumeric, ""},
	{"German euros", func(u, z float64) string { return separated(1e5*u*u, ".", ",", 2) + " €" }, TypeNumeric, ""},
	{"French euros", func(u, z float64) string { return separated(1e5*u*u, "\u202f", ",", 2) + "\u00a0€" }, TypeNumeric, ""},
	{"Swiss francs", func(u, z float64) string { return "CHF " + separated(1e5*u*u, "’", ".", 2) }, TypeNumeric, ""},
	{"thousands", func(u, z float64) string { return separated(1e5*u, ",", ".", 0) }, TypeInteger, "every comma is followed by three digits"},
	{"thousands by points", func(u, z float64) string { return separated(1e7*u, ".", ",", 0) }, TypeInteger, ""},
	{"thousands by spaces", func(u, z float64) string { return separated(1e6*u, " ", ",", 0) }, TypeInteger, ""},
	{"thousands and decimals", func(u, z float64) string { return separated(1e5*u, ",", ".", 2) }, TypeNumeric, ""},
	{"decimal commas", func(u, z float64) string { return strings.Replace(fmt.Sprintf("%.1f", 5.01+3*z*z), ".", ",", 1) }, TypeNumeric, ""},
	{"percent", func(u, z float64) string { return fmt.Sprintf("%d %%", int(300*u)) }, TypeInteger, ""},
	{"percent with decimals", func(u, z float64) string { return fmt.Sprintf("%.1f%%", 5*z*z) }, TypeNumeric, ""},
	{"no zero in front", func(u, z float64) string { return strings.Replace(fmt.Sprintf("%.3f", z), "0.", ".", 1) }, TypeNumeric, ""},
	{"a plus", func(u, z float64) string { return fmt.Sprintf("%+.2f", 4+z) }, TypeNumeric, ""},
	{"zeros among cents", func(u, z float64) string {
		if z > 0.5 {
			return "0"
		}
		return fmt.Sprintf("%.2f", 3.001+100*u)
	}, TypeNumeric, ""},
	{"four digits", func(u, z float64) string { return fmt.Sprintf("%.3e", math.Exp(5*z)) }, TypeNumeric, ""},
	{"two digits of Excel", func(u, z float64) string { return fmt.Sprintf("%.1E", math.Exp(5*z)) }, TypeNumeric, ""},
	{"six decimals of large numbers", func(u, z float64) string { return fmt.Sprintf("%.6f", 7e7*u) }, TypeNumeric, ""},
	{"cents and one large amount", func(u, z float64) string {
		return fmt.Sprintf("%.2f", math.Exp(8+3*math.Abs(z))+math.Floor(u+0.02)*41234567890)
	}, TypeNumeric, ""},
	{"codes with E", func(u, z float64) string { return []string{"12E3", "10045", "33E2", "70110"}[int(4*u)] }, TypeCategorical, "12E3"},
	{"short codes with e", func(u, z float64) string { return []string{"1e10", "1034", "3352"}[int(3*u)] }, TypeCategorical, "12E3"},
	{"versions", func(u, z float64) string { return []string{"1.1", "1.10", "1.9", "2.0"}[int(4*u)] }, TypeCategorical, "1.10"},
	{"zeros in front", func(u, z float64) string { return []string{"007", "100", "042"}[int(3*u)] }, TypeCategorical, "zeros in front"},
	{"phone numbers", func(u, z float64) string { return separated(1e8+8e8*u, " ", ".", 0) }, TypeIdentifier, "nearly all texts differ"},
	{"one offset", form("2006-01-02T15:04:05-07:00", 7200), TypeDateTime, ""},
	{"a negative offset", form("2006-01-02 15:04:05 -0700", -12600), TypeDateTime, ""},
	{"hours of offset", form("2006-01-02 15:04:05-07", 7200), TypeDateTime, ""},
	{"Z", form("2006-01-02T15:04:05.000Z07:00", 0), TypeDateTime, ""},
	{"an offset of 0", form("2006-01-02T15:04:05-07:00", 0), TypeDateTime, ""},
	{"UTC", form("2006-01-02 15:04:05 UTC", 0), TypeDateTime, ""},
	{"GMT", form("Mon, 02 Jan 2006 15:04:05 GMT", 0), TypeDateTime, ""},
	{"no padding", form("1/2/2006", 0), TypeDateTime, ""},
	{"padding", form("01/02/2006", 0), TypeDateTime, ""},
	{"no padding of hours", unpadded("1/2/2006 15:04"), TypeDateTime, ""},
	{"no padding of hours alone", unpadded("15:04"), TypeDateTime, ""},
	{"afternoons", form("01/02/2006 03:04:05 PM", 0), TypeDateTime, ""},
	{"short afternoons", form("1/2/06, 3:04 PM", 0), TypeDateTime, "1969 to 2068"},
	{"German days", form("02.01.06", 0), TypeDateTime, "1969 to 2068"},
	{"American days", form("01/02/06", 0), TypeDateTime, "1969 to 2068"},
	{"ISO with two digits", form("06-01-02", 0), TypeDateTime, "1969 to 2068"},
	{"Oracle", upper(form("02-Jan-06", 0)), TypeDateTime, "1969 to 2068"},
	{"SAS", upper(form("02Jan2006:15:04:05", 0)), TypeDateTime, ""},
	{"small letters", lower(form("02-Jan-2006", 0)), TypeDateTime, ""},
	{"names", form("Mon, 02 Jan 2006", 0), TypeDateTime, ""},
	{"compact", form("20060102T150405", 0), TypeDateTime, ""},
	{"compact with zone", form("20060102T150405Z", 0), TypeDateTime, ""},
	{"ctime", form("Mon Jan _2 15:04:05 2006", 0), TypeDateTime, ""},
	{"whole numbers", form("20060102", 0), TypeDateTime, "whole numbers read as dates"},
	{"day first", form("02012006", 0), TypeDateTime, "whole numbers read as dates"},
	{"months", form("200601", 0), TypeDateTime, "whole numbers read as dates"},
	{"seconds", form("20060102150405", 0), TypeDateTime, "whole numbers read as dates"},
	{"months of pandas", form("Jan-06", 0), TypeDateTime, "1969 to 2068"},
	{"microseconds", form("2006-01-02 15:04:05.000000", 0), TypeDateTime, ""},
	{"seconds of milliseconds", form("2006-01-02 15:04:05.000", 0), TypeDateTime, ""},
}

// separated writes a number with marks.
func separated(v float64, thousands, decimal string, decimals int) string {
	text := fmt.Sprintf("%.*f", decimals, v)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}
	if decimals == 0 {
		return whole
	}
	return whole + decimal + fraction
}

func signed(negative, positive string, v float64) string {
	text := separated(math.Abs(v), ",", ".", 2)
	if v < 0 && text != "0.00" {
		return fmt.Sprintf(negative, text)
	}
	return fmt.Sprintf(positive, text)
}

func form(layout string, zone int) func(u, z float64) string {
	return func(u, _ float64) string {
		return time.Unix(int64(1e9+6e8*u), int64(u*1e12)%1000000*1000).In(time.FixedZone("", zone)).Format(layout)
	}
}

func unpadded(layout string) func(u, z float64) string {
	return func(u, z float64) string {
		cell := strings.Replace(" "+form(layout, 0)(u, z), " 0", " ", 1)
		return strings.TrimSpace(cell)
	}
}

func upper(of func(u, z float64) string) func(u, z float64) string {
	return func(u, z float64) string { return strings.ToUpper(of(u, z)) }
}

func lower(of func(u, z float64) string) func(u, z float64) string {
	return func(u, z float64) string { return strings.ToLower(of(u, z)) }
}

// Every cell comes back byte for byte when it is read and written, and after encoding.
func TestFormsComeBack(t *testing.T) {
	for _, c := range forms {
		var cells []string
		r := stream.New(9, "datasets/test")
		src := text(rowsOf(400, func(int) string {
			cells = append(cells, c.cell(r.Float64(), r.NormFloat64()))
			return `"` + cells[len(cells)-1] + `"`
		}))
		m, err := Infer(src, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		f := &m.Columns[0]
		if f.Type != c.want || !strings.Contains(f.Note, c.note) || (f.Note == "") != (c.note == "") {
			t.Errorf("%s: %s is %s: %s", c.name, cells[0], f.Type, f.Note)
		}
		if again, err := Infer(src, &InferOptions{Metadata: throughJSON(t, m)}); err != nil || asJSON(t, again) != asJSON(t, m) {
			t.Errorf("%s: %v, metadata given back changes", c.name, err)
		}
		if f.Type == TypeIdentifier {
			continue
		}
		read, err := ReadCells(src, throughJSON(t, m))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, cell := range cells {
			if got := string(read.AppendText(nil, i, 0)); got != cell {
				t.Errorf("%s: %s became %s (style %+v, digits %v)", c.name, cell, got, f.Style, f.Digits)
				break
			}
		}
		e, err := Fit(read, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if f.Type != TypeDateTime || f.Digits.Max < 6 {
			survive(t, read, e)
		}
		if t.Failed() {
			t.Fatal(c.name)
		}
		if !f.IsNumber() {
			continue
		}
		back := generated(t, e, 60)
		for i := range back.Rows() { // what is generated has the form of what was read
			cell := string(back.AppendText(nil, i, 0))
			one, err := Infer(text("c0,end\n\""+cell+"\",1\n\""+cells[0]+"\",2\n\""+cells[1]+"\",3\n"), &InferOptions{Metadata: &Metadata{Version: 1, Missing: DefaultMissing(), Columns: []Field{{Name: "c0", Type: f.Type, Format: f.Format, Zone: f.Zone, Style: f.Style}}}})
			if err != nil {
				t.Errorf("%s: %s is generated, which is not read: %v", c.name, cell, err)
				break
			}
			if d := one.Columns[0].Digits; d.Max > f.Digits.Max && f.Digits.Max != Shortest {
				t.Errorf("%s: %s is generated, of more digits", c.name, cell)
				break
			}
		}
	}
}
