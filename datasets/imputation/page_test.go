package imputation

import (
	"bytes"
	"strings"
	"testing"
)

func TestWriteHTML(t *testing.T) {
	cover := 0.85
	r := &Report{Rows: 10, Maskable: 40, Masked: 8, Numbers: 8, Kept: []string{"k<"}, Draws: 19, Level: 0.9, Methods: []ImputerScores{
		{Name: "tweedie", Scores: Scores{MedianMAE: 0.1, Coverage: &cover}, Columns: []ColumnScores{{"a", 8, Scores{MedianMAE: 0.1, Coverage: &cover}}}},
		{Name: "mean", Scores: Scores{MedianMAE: 0.3}, Columns: []ColumnScores{{"a", 8, Scores{MedianMAE: 0.3}}}},
		{Name: "other", Scores: Scores{MedianMAE: 0.2}, Columns: []ColumnScores{{"a", 8, Scores{MedianMAE: 0.2}}}},
	}}
	page := func() string {
		var b bytes.Buffer
		if err := r.WriteHTML(&b, Page{Command: "tweedie impute --check", Footer: "f"}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	got := page()
	for _, want := range []string{"No other imputer is nearer", "other, 0.2000", "hold the truth in 85 % of the cells", "intervals of 90 %", "k&lt;", "Do it again", ">other</td>"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	r.Methods[2].MedianMAE = 0.05
	if got = page(); !strings.Contains(got, "Another imputer is nearer") {
		t.Error("the verdict does not see a better imputer")
	}
}
