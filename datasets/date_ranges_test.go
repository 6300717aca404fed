package datasets

import (
	"io"
	"strings"
	"testing"
)

// The range of dates is that of all rows, missing ones aside.
func TestFindDateRanges(t *testing.T) {
	text := "day,n\n2021-03-05,1\n,2\n2019-12-31,3\n2024-02-29,4\n2020-01-01,5\n"
	src := CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := m.Field("day"); f.Type != TypeDateTime || f.Range != nil {
		t.Fatalf("%+v", f)
	}
	if err := FindDateRanges(src, m); err != nil {
		t.Fatal(err)
	}
	if s := m.Summary(); !strings.Contains(s, "2019-12-31 to 2024-02-29") {
		t.Error(s)
	}
}
