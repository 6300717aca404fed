package tabular

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/sde"
)

// Densities of many rows are found some at a time, which changes no bit of them:
// not with labels, nor with cells that are missing and drawn.
func TestDensitiesInParts(t *testing.T) {
	const rows = densityRows + 200
	table := jobsText(rows)
	m := fit(table, Options{Conditions: []string{"job"}, Steps: 3, Hidden: 4, Layers: 1})
	c := cellsOf(m, table)
	ctx, o := context.Background(), DensityOptions{Bound: true, Probes: 2, Seed: 7, Tolerance: 1e-5}
	var seen []int
	shown := o
	shown.Progress = func(n int) error { seen = append(seen, n); return nil }
	parts := must(m.Densities(ctx, c, &shown))
	if !slices.Equal(seen, []int{densityRows, rows}) {
		t.Errorf("rows done: %v", seen)
	}
	of := func(c *datasets.Cells, first, n int) *Densities {
		idx := make([]int, n)
		for i := range idx {
			idx[i] = first + i
		}
		d := &Densities{}
		if err := m.someDensities(ctx, d, c, idx, first, &o); err != nil {
			t.Fatal(err)
		}
		return d
	}
	if whole := of(c, 0, rows); !slices.Equal(parts.LogProb, whole.LogProb) || !slices.Equal(parts.StdErr, whole.StdErr) {
		t.Error("parts differ from the whole")
	}
	tail := parts.LogProb[densityRows:]
	if !slices.Equal(tail, of(c, densityRows, 200).LogProb) {
		t.Error("a part depends on the others")
	}
	var last []int
	for i := densityRows; i < rows; i++ {
		last = append(last, i)
	}
	if slices.Equal(tail, of(c.Subset(last), 0, 200).LogProb) {
		t.Error("the index of a row is of no effect")
	}
}

// Of independent normal columns the density is known, in units of the table and of
// encoded rows; a bound is below it, and probes are near it.
func TestDensityOfNormalColumns(t *testing.T) {
	m := normalModel()
	mean, variance := m.net.Moments()
	c := cellsOf(m, sinesText(40, "a", "b"))
	table := source("t.csv", sinesText(40, "a", "b"))
	if got, want := must(m.LogProb(t.Context(), table)), must(m.Densities(t.Context(), c, nil)).LogProb; !slices.Equal(got, want) {
		t.Error("LogProb is not that of Densities")
	}
	exact := make([][2]float64, 40) // in units of the table, and encoded
	for i := range exact {
		for j := range 2 {
			shift, scale, _ := m.codec.Affine(j)
			z := (c.Number(i, j) - shift) / scale
			lp := -((z-mean[j])*(z-mean[j])/variance[j] + math.Log(2*math.Pi*variance[j])) / 2
			exact[i][0] += lp - math.Log(scale)
			exact[i][1] += lp
		}
	}
	for _, o := range []struct {
		DensityOptions
		tolerance float64
	}{
		{DensityOptions{}, 5e-3}, {DensityOptions{Encoded: true}, 5e-3},
		{DensityOptions{Trace: sample.RademacherProbe, Probes: 64}, 5e-3}, // no error for a diagonal Jacobian
		{DensityOptions{Trace: sample.GaussianProbe, Probes: 64, Seed: 1}, 0.01},
		{DensityOptions{Bound: true, Probes: 500, Seed: 1}, 0.05},
	} {
		d := must(m.Densities(t.Context(), c, &o.DensityOptions))
		random := o.Bound || o.Trace == sample.GaussianProbe
		for i, lp := range d.LogProb {
			want := exact[i][0]
			if o.Encoded {
				want = exact[i][1]
			}
			if math.Abs(lp-want) > o.tolerance+5*d.StdErr[i] {
				t.Errorf("%+v: row %d has %.4f, want %.4f", o.DensityOptions, i, lp, want)
				break
			}
			if (d.StdErr[i] > 1e-4) != random {
				t.Errorf("%+v: standard error %g", o.DensityOptions, d.StdErr[i])
				break
			}
		}
		if d.Bound != o.Bound {
			t.Errorf("%+v: bound %v", o.DensityOptions, d.Bound)
		}
	}
	curved := fit(sinesText(300, "a", "b"), Options{Steps: 50, Hidden: 8, Layers: 1})
	loose := must(curved.Densities(t.Context(), c, &DensityOptions{Tolerance: 1e-2}))
	tight := must(curved.Densities(t.Context(), c, &DensityOptions{Tolerance: 1e-5}))
	if slices.Equal(loose.LogProb, tight.LogProb) || !slices.Equal(tight.LogProb, must(curved.Densities(t.Context(), c, nil)).LogProb) {
		t.Error("the tolerance is of no effect")
	}
	if !must(model(t).Densities(t.Context(), cellsOf(model(t), mixedText(5)), &DensityOptions{Probes: 2})).Bound {
		t.Error("categories have no bound")
	}
}

// Of untrained categories and numbers the bound is the sum of log shares and log
// densities; a row without the number has that of its categories alone.
func TestDensityOfCategories(t *testing.T) {
	m := fit(mixedText(300), Options{Encoding: "standard", Conditional: -1, Steps: 1, Rate: 1e-9, Hidden: 8, Layers: 1})
	mean, variance := m.net.Moments()
	text := mixedText(300)
	c := cellsOf(m, text)
	d := must(m.Densities(t.Context(), c.Subset([]int{0, 1, 2, 3, 4, 5, 6, 7}), &DensityOptions{Probes: 2000, Seed: 3}))
	for i := range 8 {
		want := 0.0
		number := func(j int, v float64) {
			shift, scale, _ := m.codec.Affine(j)
			z := (v - shift) / scale
			want -= ((z-mean[j])*(z-mean[j])/variance[j]+math.Log(2*math.Pi*variance[j]))/2 + math.Log(scale)
		}
		number(0, c.Number(i, 0))
		if c.Missing(i, 1) {
			want += math.Log(0.2)
		} else {
			want += math.Log(0.8)
		}
		for j := 2; j < 4; j++ {
			f := m.Metadata().Columns[j]
			want += math.Log(float64(f.Levels[c.Level(i, j)].Count) / 300)
		}
		if !c.Missing(i, 1) {
			// A count is anywhere in its cell: twice the change of the density within it.
			number(3, c.Number(i, 1))
		}
		if math.Abs(d.LogProb[i]-want) > 0.25+4*d.StdErr[i] {
			t.Errorf("row %d: %.3f ± %.3f, want %.3f", i, d.LogProb[i], d.StdErr[i], want)
		}
	}
}

// Numbers without a value are drawn, by seed and row, and their density is told.
func TestDrawAbsent(t *testing.T) {
	nan := math.NaN()
	z := mat.NewDense(3, 2, []float64{1, nan, nan, nan, 2, 3})
	x := mat.NewDense(3, 2, []float64{1, 0, 0, 0, 2, 3})
	lp := drawAbsent(x, z, nil, 7, 10)
	normal := func(v float64) float64 { return -v*v/2 - math.Log(2*math.Pi)/2 }
	for i, want := range []float64{normal(x.At(0, 1)), normal(x.At(1, 0)) + normal(x.At(1, 1)), 0} {
		if math.Abs(lp[i]-want) > 1e-12 {
			t.Errorf("row %d: %v, want %v", i, lp[i], want)
		}
	}
	if x.At(0, 0) != 1 || x.At(2, 1) != 3 || x.At(0, 1) == 0 || x.At(1, 0) == x.At(1, 1) {
		t.Errorf("drew %v", mat.Formatted(x))
	}
	one := mat.NewDense(1, 2, nil)
	if drawAbsent(one, mat.NewDense(1, 2, []float64{nan, nan}), nil, 7, 11); !slices.Equal(one.RawRowView(0), x.RawRowView(1)) {
		t.Error("a draw depends on the other rows")
	}
	if drawAbsent(one, mat.NewDense(1, 2, []float64{nan, nan}), nil, 8, 11); slices.Equal(one.RawRowView(0), x.RawRowView(1)) {
		t.Error("the seed is of no effect")
	}
}

// The log probability of a row given its noised version: normal for numbers, the
// posterior of its level for categories.
func TestDecodeLogProb(t *testing.T) {
	m := model(t) // size; count present or missing, number; three kinds; two labels
	c := sde.Coeff{Alpha: 0.8, Sigma: 0.4}
	x := []float64{1, 1, 0, 0.3, 0, 1, 0, 1, 0}
	mean := []float64{1.2, 0.9, 0.1, 0.1, 0.2, 0.5, 0.3, 0.7, 0.3}
	normal := func(e float64) float64 { return -e*e/(2*0.25) - math.Log(0.5*math.Sqrt(2*math.Pi)) }
	want := normal(0.2) + math.Log(0.9) + normal(0.2) + math.Log(0.5) + math.Log(0.7)
	if got := m.decodeLogProb(nil)(x, mean, c); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
	mean[5] = 0
	if got := m.decodeLogProb(nil)(x, mean, c); math.IsInf(got, 0) || got > -500 {
		t.Errorf("an impossible level: %v", got)
	}
}

// Codes have a density as categories have: ln 1/7 of each, beside a number uniform on [0, 3).
func TestDensityOfCodes(t *testing.T) {
	var b strings.Builder
	b.WriteString("code,x\n")
	for i := range 420 {
		fmt.Fprintf(&b, "%d,%.6f\n", i%7-3, 3*(float64(i*37%420)+0.5)/420)
	}
	m := must(Fit(context.Background(), source("t.csv", b.String()), &Options{Steps: 1, Rate: 1e-9, Hidden: 16, Layers: 2, Seed: 1}))
	logProb, err := m.LogProb(context.Background(), source("t.csv", b.String()))
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for _, v := range logProb {
		mean += v / float64(len(logProb))
	}
	if want := -math.Log(21); !(math.Abs(mean-want) < 0.3) {
		t.Errorf("mean log density %.3f, want about %.3f", mean, want)
	}
}
