package evaluate

import (
	"context"
	"math"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

// Numbers whose squares or differences leave a float64 end it with one line, on either side;
// large and small ones do not, and scores do not depend on their unit.
func TestExtremeNumbers(t *testing.T) {
	for _, c := range []struct {
		name  string
		scale float64
		spoil func(c *datasets.Cells)
		fails bool
	}{
		{"as they are", 1, nil, false},
		{"times 1e100", 1e100, nil, false},
		{"times 1e-100", 1e-100, nil, false},
		{"denormal", 1e-321, nil, true},
		{"tiny", 1e-200, nil, true},
		{"huge", 1e200, nil, true},
		{"one at the end of a float64", 1, func(c *datasets.Cells) { c.SetNumber(3, 0, 1.7e308) }, true},
		{"two at its ends", 1, func(c *datasets.Cells) { c.SetNumber(3, 0, 1.7e308); c.SetNumber(4, 0, -1.7e308) }, true},
		{"one of 1e100", 1, func(c *datasets.Cells) { c.SetNumber(3, 0, 1e100) }, false},
	} {
		for k, side := range []string{"real", "synthetic", "held-out"} {
			tables := [3]*datasets.Cells{}
			m := table(60, 1).Metadata()
			for j := range m.Columns {
				m.Columns[j].Unround()
			}
			for l := range tables {
				tables[l] = fill(m, 60, uint64(l))
				for i := range 60 {
					tables[l].SetNumber(i, 0, tables[l].Number(i, 0)*c.scale)
				}
			}
			if c.spoil != nil {
				c.spoil(tables[k])
			}
			r, err := Evaluate(context.Background(), &Tables{Real: tables[0], Synthetic: tables[1], Holdout: tables[2]}, nil)
			if c.fails {
				if err == nil || !strings.Contains(err.Error(), `column "x": its spread is beyond a float64`) || !strings.Contains(err.Error(), "rescale the column") {
					t.Errorf("%s, %s: error %v", c.name, side, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, side, err)
				continue
			}
			for _, v := range []Number{r.Synthetic.Shape, r.Synthetic.Trend, r.Synthetic.Detection, r.Synthetic.Logistic, r.Synthetic.WassersteinTrain.Distance, r.Synthetic.Privacy.Closer} {
				if !v.given() || math.IsInf(float64(v), 0) {
					t.Errorf("%s, %s: a score is %v", c.name, side, v)
				}
			}
		}
	}
}

// The logistic detection sees which numbers are missing: a column without any is told apart.
func TestLogisticSeesMissing(t *testing.T) {
	draw := stream.New(3, "missing")
	normal := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = draw.NormFloat64()
		}
		return x
	}
	gaps := func(x []float64, share float64) []float64 {
		for i := range x {
			if draw.Float64() < share {
				x[i] = math.NaN()
			}
		}
		return x
	}
	score := func(real, synthetic float64) float64 {
		a := numbers(normal(600), gaps(normal(600), real))
		b := numbers(normal(600), gaps(normal(600), synthetic))
		return float64(logisticDetection(a, b, 1000, 1))
	}
	near(t, "no gap for all gaps", score(0, 1), 0, 1e-9)
	near(t, "as many gaps", score(0.3, 0.3), 1, 0.1)
	// One flag of shares p and q: AUC = ½ + (q - p)/2, and the score 1 - (q - p).
	near(t, "a tenth for a half", score(0.1, 0.5), 0.6, 0.12)
}

func TestTargetIsFitAndNamed(t *testing.T) {
	tablesOf := func(last func(i int) string, name string) *Tables {
		var b strings.Builder
		b.WriteString("x,k," + name + "\n")
		draw := stream.New(5, "target")
		for i := range 60 {
			b.WriteString([]string{"1.5", "2.25", "0.5", "3.75"}[draw.IntN(4)] + "," + []string{"u", "v"}[draw.IntN(2)] + "," + last(i) + "\n")
		}
		src := text("real.csv", b.String())
		tables, err := Read(src, src, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return tables
	}
	name := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 1+i/26) }
	for _, c := range []struct {
		what, target, reason string
		last                 func(i int) string
	}{
		{"a label", "last", "the last column that can be", func(i int) string { return []string{"yes", "no"}[i%2] }},
		{"a key", "k", `"last" is a key`, func(i int) string { return string(rune('1'+i*7%60/10)) + string(rune('0'+i*7%60%10)) + "07" }},
		{"a constant", "k", "the last column that can be", func(int) string { return "EUR" }},
		{"texts of single rows", "k", `"last" holds texts of single rows`, func(i int) string {
			if i%3 == 0 {
				return name(i)
			}
			return []string{"ok", "late"}[i%2]
		}},
		{"many levels", "k", "the last column that can be", func(i int) string { return name(i % 55) }},
	} {
		r := evaluate(t, tablesOf(c.last, "last"), nil)
		if r.Target.Column != c.target || !strings.Contains(r.Target.Reason, c.reason) || r.Synthetic.Utility.Target != c.target {
			t.Errorf("%s: target %q, %q; want %q, %q", c.what, r.Target.Column, r.Target.Reason, c.target, c.reason)
		}
		if want := `"` + c.target + `" is predicted: `; !strings.Contains(r.Text(), want) {
			t.Errorf("%s: the text does not say %s", c.what, want)
		}
	}
	r := evaluate(t, tablesOf(func(i int) string { return []string{"yes", "no"}[i%2] }, "last"), &Options{Target: "x"})
	if r.Target != (Target{"x", "it was asked for"}) {
		t.Errorf("target %+v", r.Target)
	}
}
