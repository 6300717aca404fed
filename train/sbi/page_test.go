package sbi_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/train/sbi"
)

func TestWriteHTML(t *testing.T) {
	draw := stream.New(1, "page")
	x := mat.NewDense(200, 9, nil)
	var names []string
	for j := range 9 {
		names = append(names, fmt.Sprintf("p<%d", j))
		for i := range 200 {
			x.Set(i, j, draw.NormFloat64())
		}
	}
	var list []sbi.Inferred
	for k := range 7 {
		list = append(list, sbi.Inferred{Observation: fmt.Sprintf("night %d", k+1), Draws: x, Parameters: sbi.Summarize(names, x, 0.9)})
	}
	page := func(list []sbi.Inferred) string {
		var b bytes.Buffer
		if err := sbi.WriteHTML(&b, list, sbi.Page{Level: 0.9, Caveats: []string{"a <caveat>"}, Command: "tweedie infer"}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	got := page(list)
	for _, want := range []string{"Not drawn: p&lt;8.", "1 more observation is in", "for each of 7 observations", "The posterior given night 1", "night 7", "a &lt;caveat&gt;", "with a probability of 90 %", "Do it again"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(got, "<img "); n != 6 {
		t.Errorf("%d figures, want 6", n)
	}
	if got = page(list[:1]); strings.Contains(got, ">observation<") || strings.Contains(got, "more observation") || strings.Contains(got, "posterior given") || !strings.Contains(got, "200 draws of 9 parameters, from") {
		t.Error("one observation has a column of observations")
	}
}
