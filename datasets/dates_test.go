package datasets

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// dated is a table of dates of one format.
func dated(layout string) string {
	var b strings.Builder
	b.WriteString("d,x\n")
	for i := range 40 {
		t := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC).Add(time.Duration(i*i*977) * time.Minute)
		fmt.Fprintf(&b, "\"%s\",%d.5\n", t.Format(layout), i*i%7)
	}
	return b.String()
}

// someFormats are the formats of days, and each of the others with one of them.
func someFormats() []string {
	list := slices.Concat(dayFormats, otherFormats, digitFormats)
	for i, clock := range clockFormats {
		list = append(list, dayFormats[i]+clock)
	}
	for i, zone := range zoneFormats {
		list = append(list, dayFormats[2*i]+" 15:04:05"+zone)
	}
	return list
}

// Dates of every format come back from CSV and from Parquet, which stores them in
// its own way.
func TestDatesComeBack(t *testing.T) {
	for _, layout := range someFormats() {
		src := text(dated(layout))
		m, err := Infer(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		if m.Columns[0].Type != TypeDateTime {
			t.Fatalf("%s: the column is %s", layout, m.Columns[0].Type)
		}
		c, err := ReadCells(src, m)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := NewCSVCells(&out, m, 0).Write(c); err != nil {
			t.Fatal(err)
		}
		for kind, src := range map[string]Source{"CSV": text(out.String()), "Parquet": parquetOf(t, c, m)} {
			back, err := ReadCells(src, m)
			if err != nil {
				t.Errorf("%s: %s: %v", layout, kind, err)
			} else if d := differing(c, back); d != "" {
				t.Errorf("%s: %s: %s differs", layout, kind, d)
			}
		}
	}
}

// What a format cannot show is not cut, and only Parquet has another format.
func TestStoredDates(t *testing.T) {
	for _, c := range []struct {
		layout, cell string
		ok           bool
	}{
		{"02.01.2006", "2024-05-06", true},
		{"02.01.2006", "2024-05-06 00:00:00", true},
		{"02.01.2006", "2024-05-06 10:00:00", false},
		{"02.01.2006 15:04", "2024-05-06 10:07:00", true},
		{"02.01.2006 15:04", "2024-05-06 10:07:01", false},
		{"2006-01-02T15:04:05", "2024-05-06 10:07:01.25", true},
		{"15:04", "2024-05-06", false},
		{"02.01.2006", "6.5.2024", false},
	} {
		if _, ok := newDateLayout(c.layout, 0).parseStored(c.cell); ok != c.ok {
			t.Errorf("%s in a column of %s: %v", c.cell, c.layout, ok)
		}
	}
	src := text(dated("02.01.2006"))
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadCells(text("d,x\n2001-02-03,1.5\n"), m)
	if err == nil || !strings.Contains(err.Error(), `row 2, column "d": "2001-02-03" is not a date of the format "02.01.2006"`) {
		t.Error(err)
	}
}

// Identifiers that hold a comma are quoted.
func TestIdentifiersAreQuoted(t *testing.T) {
	rows := "id,x\n"
	for i := range 30 {
		rows += fmt.Sprintf("\"row, %03d\",%d.5\n", i, i*i%7)
	}
	m, err := Infer(text(rows), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(text(rows), m)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := NewCSVCells(&out, m, 0).Write(c); err != nil {
		t.Fatal(err)
	}
	if want := "id,x\n\"row, 030\",0.5\n\"row, 031\",1.5\n"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("became\n%s", out.String())
	}
}
