package where

import (
	"io"
	"slices"
	"strings"
	"testing"

	"tweedie/datasets"
)

// Dates of different formats and units are compared as the times that they are.
func TestDatesOfDifferentFormats(t *testing.T) {
	const csv = `shipped,Order Date,seen,clock,x
2024-03-01,02/28/2024,2024-02-28 23:59:59,10:30,1
2024-03-02,03/02/2024,2024-03-02 00:00:00,10:31,2
2024-03-03,03/04/2024,2024-03-04 00:00:01,10:32,3
2024-03-04,03/20/2024,2024-03-03 12:00:00,11:30,4
`
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil })
	m, err := datasets.Infer(src, &datasets.InferOptions{FewValues: -1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := datasets.Fit(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		expression string
		want       []int
	}{
		{`shipped >= "Order Date"`, []int{0, 1}},
		{`"Order Date" > shipped`, []int{2, 3}},
		{`shipped = "Order Date"`, []int{1}},
		{`"Order Date" >= 2024-03-04`, []int{2, 3}}, // ISO 8601 for any format
		{`seen >= 2024-03-03`, []int{2, 3}},
		{`seen >= 2024-03-03T12:00:01`, []int{2}},
		{`shipped - "Order Date" >= 2`, []int{0}}, // both in days
		{`seen >= shipped`, []int{1, 2}},
		{`seen > shipped`, []int{2}},
		{`seen <= "Order Date"`, []int{1, 3}}, // 4 March 00:00:01 is after the 4th began
	} {
		w, err := Parse(e, false, []string{p.expression})
		if err != nil {
			t.Errorf("%s: %v", p.expression, err)
			continue
		}
		var got []int
		for i := range 4 {
			if w.Holds(c, i) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, p.want) {
			t.Errorf("%s: rows %v, want %v", p.expression, got, p.want)
		}
	}
	for _, p := range []struct{ expression, want string }{
		{`shipped >= 2024-03-02T10:00`, "is not a date of the format"},
		{`seen >= 2024-03-02T10:00+02:00`, "is not a date of the format"}, // the column has no offset
		{`clock >= 2024-03-02`, "is not a date of the format"},
		{`seen - shipped <= 3`, "dates of different units"},
		{`clock <= shipped`, "different units: dates are compared with dates, and times of day with times of day"},
		{`x <= shipped`, "in different units"},
	} {
		if _, err := Parse(e, false, []string{p.expression}); err == nil || !strings.Contains(err.Error(), p.want) {
			t.Errorf("%s: %v, want %s", p.expression, err, p.want)
		}
	}
}
