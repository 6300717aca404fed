package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// column is a table of a column of 60 cells beside one of numbers.
func column(cell func(i int) string) Source {
	var b strings.Builder
	b.WriteString("c,x\n")
	for i := range 60 {
		fmt.Fprintf(&b, "\"%s\",%d.5\n", cell(i), i*i%7)
	}
	return text(b.String())
}

// Numbers in a form that is not read are an error, not names of rows that are
// dropped.
func TestDressedNumbersAreNamed(t *testing.T) {
	currency := []string{"$", "€"}
	for _, form := range []string{"12,%03d", "1'%03d.5", "(%d.5)", "$%d.25", "%d %%", "€ %d,5"} {
		src := column(func(i int) string { // the style changes
			cell := fmt.Sprintf(form, i+100)
			if i%2 == 0 {
				return currency[i/2%2] + strings.Trim(cell, "$€ ")
			}
			return cell
		})
		m, err := Infer(src, nil)
		if err == nil {
			t.Errorf("%s: taken as %s", form, m.Columns[0].Type)
		} else if !strings.Contains(err.Error(), `row 2, column "c": `) || !strings.Contains(err.Error(), "looks like a number") {
			t.Errorf("%s: %v", form, err)
		}
	}
	for form, want := range map[string]Type{
		"v1.%d.3": TypeIdentifier, "192.168.1.%d": TypeIdentifier, "(a%d)": TypeIdentifier, "1_%03d": TypeIdentifier,
		"0.%03d1": TypeNumeric, "%de300": TypeInteger, "9007199254741%03d": TypeIdentifier,
	} {
		m, err := Infer(column(func(i int) string { return fmt.Sprintf(form, i*i*7) }), nil)
		if err != nil || m.Columns[0].Type != want {
			t.Errorf("%s: %v, want %s", form, err, want)
		}
	}
}

// A format that does not fit is named at once.
func TestFormatIsChecked(t *testing.T) {
	src := column(func(i int) string { return fmt.Sprintf("%02d.11.2024", i%30+1) })
	for format, want := range map[string]string{"02.01.2006": "", "2006-01-02": `row 2, column "c": "01.11.2024" is not a date of the format "2006-01-02"`} {
		_, err := Infer(src, &InferOptions{Formats: map[string]string{"c": format}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// Whole numbers of many digits are written as such, and named when they lose some.
func TestLargeWholeNumbers(t *testing.T) {
	const first = 1<<53 + 2
	for add, rounded := range map[int]bool{0: false, 1: true} {
		src := column(func(i int) string { return fmt.Sprint(first + 2*(i%7) + add) })
		m, err := Infer(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ReadCells(src, m)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(c.AppendText(nil, 0, 0)); !rounded && got != fmt.Sprint(first) || strings.Contains(got, "e") {
			t.Errorf("%d became %s", first+add, got)
		}
		if notes := strings.Join(c.Notes(), "; "); strings.Contains(notes, `rounded: "c" (60 cells)`) != rounded {
			t.Errorf("%d: notes %q", first+add, notes)
		}
	}
}

// Numbers among which another spelling of missing cells is frequent are levels,
// and the note says what else they may be.
func TestUnknownSpelling(t *testing.T) {
	src := column(func(i int) string {
		if i%3 == 0 {
			return "-"
		}
		return fmt.Sprintf("%d.25", i)
	})
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := m.Columns[0]; f.Type != TypeCategorical || !strings.Contains(f.Note, `"-" in row 2; list what means a missing cell`) {
		t.Errorf("%s: %s", f.Type, f.Note)
	}
	if m, err = Infer(src, &InferOptions{Missing: append(DefaultMissing(), "-")}); err != nil {
		t.Fatal(err)
	}
	if f := m.Columns[0]; f.Type != TypeNumeric || f.Missing != 20 || f.Note != "" {
		t.Errorf("%s, %d missing: %s", f.Type, f.Missing, f.Note)
	}
}

// A zone is known by its offset, or is UTC: the offset of another name is not
// guessed.
func TestZones(t *testing.T) {
	for zone, want := range map[string]Type{"UTC": TypeDateTime, "GMT": TypeDateTime, "EST": TypeIdentifier, "+0100": TypeDateTime} {
		m, err := Infer(column(func(i int) string { return fmt.Sprintf("Mon, 02 Jan 2006 15:04:%02d %s", i, zone) }), nil)
		if err != nil {
			t.Fatal(err)
		}
		f := m.Columns[0]
		if f.Type != want {
			t.Errorf("%s: taken as %s", zone, f.Type)
		}
		if f.Note != "" && f.Type == TypeDateTime {
			t.Errorf("%s: note %q", zone, f.Note)
		}
	}
}
