package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// What is decided by rule, and what cannot be kept, is said of the column.
func TestFormNotes(t *testing.T) {
	day := func(i int) int { return i*7%28 + 1 }
	for _, c := range []struct {
		name string
		cell func(i int) string
		want Type
		note string
		text string // of the first cell as it is written, "" for the cell
	}{
		{"commas of thousands", func(i int) string { return fmt.Sprintf("%d,%03d", i%9+1, i*37%1000) }, TypeInteger, `every comma is followed by three digits, and taken to separate thousands; set the style to "decimal": ","`, ""},
		{"a comma that is not", func(i int) string { return fmt.Sprintf("%d,%02d", i%9+1, i*37%100) }, TypeNumeric, "", ""},
		{"dollars by points", func(i int) string { return fmt.Sprintf("$%d.%03d", i%9+1, i*37%1000) }, TypeNumeric, `points, as in "$1.000", are taken to be decimal`, ""},
		{"either order", func(i int) string { return fmt.Sprintf("%d/%d/24", i%12+1, i%11+1) }, TypeDateTime, "every date fits 1/2/06 as well as 2/1/06; the first is taken", ""},
		{"whole dates of either order", func(i int) string { return fmt.Sprintf("%02d%02d2024", i%12+1, i%11+1) }, TypeDateTime, "every date fits 02012006 as well as 01022006", ""},
		{"points have one order", func(i int) string { return fmt.Sprintf("%02d.%02d.2024", i%12+1, i%11+1) }, TypeDateTime, "", ""},
		{"two offsets", func(i int) string { return fmt.Sprintf("2024-03-%02dT10:00:00+0%d:00", day(i), 1+i%3/2) }, TypeDateTime, "2 offsets from UTC; all times are written at the commonest, +01:00", ""},
		{"quarters", func(i int) string { return fmt.Sprintf("%dQ%d", 1990+i, i%4+1) }, TypeIdentifier, `cells such as "1990Q1" look like dates of a format that is not known; set it, as in --date-format "c0=02.01.06"`, ""},
		{"months in German", func(i int) string { return fmt.Sprintf("%d. Oktober %d", day(i), 1990+i) }, TypeIdentifier, "look like dates", ""},
		{"weeks that repeat", func(i int) string { return fmt.Sprintf("2024-W%02d", i%7+1) }, TypeCategorical, "look like dates", ""},
		{"invoices", func(i int) string { return fmt.Sprintf("A-2019-%04d", i) }, TypeIdentifier, "nearly all texts differ", ""},
		{"numbers of many digits are no dates", func(i int) string { return fmt.Sprint(20240199 + i) }, TypeInteger, "", ""},
		{"two days are no evidence", func(i int) string { return fmt.Sprint(20240101 + i%2) }, TypeCategorical, "", ""},
		{"five months are none", func(i int) string { return fmt.Sprint(202401 + i%5) }, TypeInteger, "", ""},
		{"years before 1900", func(i int) string { return fmt.Sprint(18240101 + i%9) }, TypeInteger, "", ""},
		{"versions of three parts", func(i int) string { return fmt.Sprintf("1.%d.%d", i%7, i%3) }, TypeCategorical, "", ""},
		{"addresses", func(i int) string { return fmt.Sprintf("192.168.1.%d", i) }, TypeIdentifier, "nearly all texts differ", ""},
	} {
		src := text(rowsOf(60, func(i int) string { return `"` + c.cell(i) + `"` }))
		m, err := Infer(src, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		f := m.Columns[0]
		if f.Type != c.want || !strings.Contains(f.Note, c.note) || c.note == "" && f.Note != "" && !strings.Contains(f.Note, "two digits") {
			t.Errorf("%s: %s (%s)", c.name, f.Type, f.Note)
		}
		if c.note != "" && !strings.Contains(m.Summary(), c.note) {
			t.Errorf("%s: the summary does not say so", c.name)
		}
		if !f.IsNumber() || c.name == "two offsets" {
			continue
		}
		read, err := ReadCells(src, m)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := string(read.AppendText(nil, 0, 0)); got != c.cell(0) {
			t.Errorf("%s: %s became %s", c.name, c.cell(0), got)
		}
	}
}

// One number that is no date does not make whole numbers of dates: it is found, unless the
// column is declared. One that stands for none is a date.
func TestOddWholeDate(t *testing.T) {
	with := func(odd string) Source {
		return text(rowsOf(60, func(i int) string {
			if i == 7 {
				return odd
			}
			return fmt.Sprintf("2024%02d%02d", i%12+1, i%28+1)
		}))
	}
	for _, odd := range []string{"20241301", "12345", "99999999"} {
		_, err := Infer(with(odd), nil)
		if want := odd + " among dates of the format 20060102 (59 of 60 cells are dates)"; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "row 9") {
			t.Errorf("%v, want %s in row 9", err, want)
		}
		m, err := Infer(with(odd), &InferOptions{Types: map[string]Type{"c0": TypeInteger}})
		if err != nil || m.Columns[0].Type != TypeInteger {
			t.Errorf("%s declared integer: %v", odd, err)
		}
	}
	for _, never := range []string{"99991231", "18991230"} {
		m, err := Infer(with(never), nil)
		if err != nil || m.Columns[0].Type != TypeDateTime || m.Columns[0].Format != "20060102" {
			t.Errorf("%s: %v, %v", never, m, err)
		}
	}
}

// A style that is given decides what the marks mean.
func TestStyleIsGiven(t *testing.T) {
	src := text(rowsOf(60, func(i int) string { return fmt.Sprintf(`"%d,%03d"`, i%9+1, i*37%1000) }))
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := m.Columns[0]; f.Style == nil || f.Style.Thousands != "," || *f.Range != (Range{1000, 9962}) {
		t.Errorf("style %+v, range %v", f.Style, f.Range)
	}
	m.Columns[0] = Field{Name: "c0", Type: TypeNumeric, Style: &Style{Decimal: ","}}
	if m, err = Infer(src, &InferOptions{Metadata: throughJSON(t, m)}); err != nil {
		t.Fatal(err)
	}
	if f := m.Columns[0]; *f.Range != (Range{1, 9.962}) || *f.Digits != (Digits{3, 3}) || f.Note != "" {
		t.Errorf("range %v, digits %v, note %q", f.Range, f.Digits, f.Note)
	}
	m.Columns[0].Style = &Style{Thousands: "'"}
	if _, err = Infer(src, &InferOptions{Metadata: m}); err == nil || !strings.Contains(err.Error(), `column "c0": "1,000" is not a number`) {
		t.Error(err)
	}
	// A column of money that is declared text stays text.
	m, err = Infer(text(rowsOf(60, func(i int) string { return fmt.Sprintf("$%d", i%5+1) })), &InferOptions{Types: map[string]Type{"c0": TypeCategorical}})
	if err != nil || len(m.Columns[0].Levels) != 5 || m.Columns[0].Levels[0].Name != "$1" {
		t.Errorf("%v: %+v", err, m)
	}
}

func TestStyleParses(t *testing.T) {
	german := &Style{Suffix: " €", Decimal: ",", Thousands: "."}
	dollars := &Style{Prefix: "$", Thousands: ",", Negative: "()"}
	for _, c := range []struct {
		s    *Style
		cell string
		want float64
		is   cellKind
	}{
		{german, "1.234,50 €", 1234.5, isNumber}, {german, "1.234,50", 1234.5, isNumber}, {german, "-0,5 €", -0.5, isNumber}, {german, "12.5", 12.5, isNumber},
		{german, "1.234", 1234, isNumber}, {german, "$5", 0, isText}, {german, "1.23,5", 0, isText}, {german, "", 0, isText}, {german, "€", 0, isText},
		{dollars, "($1,234)", -1234, isNumber}, {dollars, "$-5", -5, isNumber}, {dollars, "-$5", -5, isNumber}, {dollars, "(5)", -5, isNumber}, {dollars, "(-5)", 0, isText},
		{dollars, "$.5", 0.5, isNumber}, {dollars, "$1e5", 0, isText}, {dollars, "1e5", 1e5, isNumber}, {dollars, "(5", 0, isText}, {dollars, "$5%", 0, isText}, {dollars, "5.", 5, isNumber},
	} {
		if v, is := c.s.parse(c.cell); is != c.is || is == isNumber && v != c.want {
			t.Errorf("%q: %v, %v", c.cell, v, is)
		}
	}
	for name, s := range map[string]Style{
		"digits": {Prefix: "1"}, "long": {Suffix: strings.Repeat("x", 17)}, "negative": {Negative: "minus"}, "marks": {Thousands: "."}, "commas": {Decimal: ",", Thousands: ","},
		"exponent": {Exponent: "x0"}, "no zero": {Exponent: "e+"}, "significant": {Significant: &Digits{3, 2}}, "none": {Significant: &Digits{0, 0}}, "whole": {Whole: "some"},
	} {
		m := &Metadata{Version: MetadataVersion, Columns: []Field{{Name: "x", Type: TypeNumeric, Style: &s}}}
		if m.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	m := &Metadata{Version: MetadataVersion, Columns: []Field{{Name: "x", Type: TypeDateTime, Format: "2006-01-02T15:04-07:00", Zone: 90000}}}
	if m.Validate() == nil {
		t.Error("a zone of 25 hours is accepted")
	}
}
