package tabular

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/sde"
)

// Impute, Fill and Rewrite give the same tables, Progress counts their rows, and draws
// differ where cells were missing.
func TestImputeTables(t *testing.T) {
	text := gapsText(120)
	m := fit(text, Options{Steps: 30, Hidden: 8, Layers: 1, Batch: 64})
	o := &Imputation{Draws: 3, Seed: 2, Sampler: sample.Sampler{NFE: 4}}
	var done [][2]int
	counted := *o
	counted.Progress = func(n, of int) error { done = append(done, [2]int{n, of}); return nil }
	full := must(m.Impute(t.Context(), source("t.csv", text), &counted))
	if !slices.Equal(done, [][2]int{{120, 360}, {240, 360}, {360, 360}}) || len(full) != 3 {
		t.Errorf("%d tables, progress %v", len(full), done)
	}
	f := must(m.NewImputer(o))
	var rows []int
	f.Progress = func(n, _ int) error { rows = append(rows, n); return nil }
	out := make([]strings.Builder, 3)
	var to []io.Writer
	for k := range out {
		to = append(to, &out[k])
	}
	if err := f.Rewrite(t.Context(), source("t.csv", text), datasets.CSV, to); err != nil {
		t.Fatal(err)
	}
	if rows[len(rows)-1] != 360 || !slices.IsSorted(rows) {
		t.Errorf("progress %v", rows)
	}
	for k := range full {
		again := cellsOf(m, out[k].String())
		if s := differ(full[k], again); s != "" {
			t.Errorf("draw %d: %s", k, s)
		}
		if s := notKept(records(text), records(out[k].String())); s != "" {
			t.Errorf("draw %d: %s", k, s)
		}
	}
	if differ(full[0], full[1]) == "" || differ(full[1], full[2]) == "" {
		t.Error("draws are the same")
	}
	point := *o
	point.Point, point.Draws = true, 3
	one := must(m.Impute(t.Context(), source("t.csv", text), &point))
	if len(one) != 1 {
		t.Fatalf("%d tables of points", len(one))
	}
	c := cellsOf(m, text)
	for i := range c.Rows() {
		// The median of three is one of them.
		if v, j := one[0].Number(i, 1), 1; c.Missing(i, j) {
			of := []float64{full[0].Number(i, j), full[1].Number(i, j), full[2].Number(i, j)}
			slices.Sort(of)
			if v != of[1] {
				t.Fatalf("row %d: the median of %v is not %v", i, of, v)
			}
		}
	}
	if f := must(m.NewImputer(&Imputation{Point: true})); f.Draws != PointDraws {
		t.Errorf("%d draws of points", f.Draws)
	}
	if f := must(m.NewImputer(nil)); f.Draws != 1 || f.Sampler.Name != "dpmpp2m-sde" || f.Dropout != m.dropout() || m.dropout() == 0 {
		t.Errorf("defaults %+v", f.Imputation)
	}
	stop := errors.New("stop")
	f.Progress = func(int, int) error { return stop }
	if _, err := f.Fill(t.Context(), c, 0); !errors.Is(err, stop) {
		t.Errorf("the error of Progress is %v", err)
	}
	if f := must(m.NewImputer(&Imputation{Sampler: sample.Sampler{Name: "ddpm"}})); f.method == nil {
		t.Error("no method")
	}
}

func TestImputerErrs(t *testing.T) {
	m := model(t)
	for _, c := range []struct {
		o      Imputation
		option string
	}{{Imputation{Dropout: 1}, "dropout"}, {Imputation{Draws: -1}, "draws"}} {
		_, err := m.NewImputer(&c.o)
		if err := refused(err, c.option, "is "); err != nil {
			t.Error(err)
		}
	}
	if _, err := m.NewImputer(&Imputation{Sampler: sample.Sampler{Name: "luck"}}); err == nil {
		t.Error("a sampler of no name passes")
	}
	if _, err := normalModel().NewImputer(nil); err == nil || !strings.Contains(err.Error(), "parts of rows") {
		t.Errorf("a model of whole rows: %v", err)
	}
	labeled := model(t, "label")
	table := source("t.csv", "size,count,kind,label\n11,,red,no\n11,3,red,\n")
	_, err := labeled.Impute(t.Context(), table, nil)
	_, counted := labeled.CountMissing(table)
	for _, err := range []error{err, counted, labeled.CheckLabels(cellsOf(labeled, "size,count,kind,label\n11,,red,no\n11,3,red,\n"), "t.csv", 0)} {
		var e *datasets.Error
		if !errors.As(err, &e) || e.Column != "label" || e.File != "t.csv" || !strings.Contains(err.Error(), "data row 2") {
			t.Errorf("a missing label: %v", err)
		}
	}
}

// A first pass counts the cells to fill, and says what stays empty.
func TestCountMissing(t *testing.T) {
	text := "x,c,e\n1,u,\n2,v,\n,u,\n4,v,\n5,u,\n,v,\n7,u,\n8,,\n"
	m := fit(text, Options{Steps: 1, Hidden: 4, Layers: 1})
	g := must(m.CountMissing(source("t.csv", "x,c,e\n,,\n1,,\n3,u,\n,,\n")))
	if g.Rows != 4 || g.Incomplete != 3 || g.Cells != 5 || len(g.Notes) != 1 || !strings.Contains(g.Notes[0], `"e"`) {
		t.Errorf("%+v", g)
	}
	if _, err := m.CountMissing(source("t.csv", "x,c,e\n")); err == nil || !strings.Contains(err.Error(), "without rows") {
		t.Error(err)
	}
}

// Rows of a block with missing cells are the model given what is known of them, and
// others what they are.
func TestImputingDenoiser(t *testing.T) {
	m := model(t, "label")
	f := must(m.NewImputer(&Imputation{Seed: 4, Dropout: -1}))
	c := cellsOf(m, "size,count,kind,label\n11.00,3,red,no\n,3,red,yes\n12.00,,green,no\n13.00,,,yes\n,2,blue,no\n")
	d := f.conditional(c, 7, 0)
	if d.count != 4 || !slices.Equal(d.open, []bool{false, true, true, true, true}) {
		t.Fatalf("%d rows %v", d.count, d.open)
	}
	n, dim := 5, m.codec.Dim()
	x := mat.NewDense(n, dim, nil)
	for i := range n {
		for j := range dim {
			x.Set(i, j, math.Cos(float64(i*dim+j)))
		}
	}
	ts := []float64{0.1, 0.2, 0.3, 0.4, 0.5}
	all, one, want := mat.NewDense(n, dim, nil), mat.NewDense(1, dim, nil), mat.NewDense(1, dim, nil)
	if err := d.Denoise(all, x, ts); err != nil {
		t.Fatal(err)
	}
	row := func(i int) *mat.Dense { return mat.DenseCopyOf(x.Slice(i, i+1, 0, dim)) }
	for i := range n {
		if i > 0 {
			given := must(m.net.Conditional(mat.NewDense(1, 1, []float64{float64(c.Level(i, 3))}), mat.DenseCopyOf(d.known.Slice(i, i+1, 0, dim))))
			if err := given.Denoise(want, row(i), ts[i:i+1]); err != nil {
				t.Fatal(err)
			}
		} else {
			for j, v := range d.known.RawRowView(0) {
				want.Set(0, j, v)
			}
		}
		if !mat.EqualApprox(want, all.Slice(i, i+1, 0, dim), 1e-6) {
			t.Errorf("row %d: %v, want %v", i, all.RawRowView(i), want.RawRowView(0))
		}
		if err := d.Rows([]int{4, i}).(sde.PerRow).Rows([]int{1}).Denoise(one, row(i), ts[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(one, all.Slice(i, i+1, 0, dim)) {
			t.Errorf("row %d alone differs", i)
		}
	}
	// What is known is the cell, encoded; of a missing one, that it has a value.
	v, _ := m.codec.ToValue(0, d.known.At(0, 0))
	if math.Abs(v-11) > 0.0051 || !math.IsNaN(d.known.At(1, 0)) || !math.IsNaN(d.known.At(2, 3)) || d.known.At(2, 1) != 1 || d.known.At(2, 2) != 0 || !math.IsNaN(d.known.At(3, 4)) {
		t.Errorf("known %v", mat.Formatted(d.known))
	}
	// With dropout a row's network is that of its index.
	f.Dropout = 0.3
	thin, thinOne := mat.NewDense(n, dim, nil), mat.NewDense(1, dim, nil)
	if err := f.conditional(c, 7, 0).Denoise(thin, x, ts); err != nil {
		t.Fatal(err)
	}
	if err := f.conditional(c.Subset([]int{3}), 10, 0).Denoise(thinOne, row(3), ts[3:4]); err != nil {
		t.Fatal(err)
	}
	if mat.Equal(thin, all) || !mat.Equal(thinOne, thin.Slice(3, 4, 0, dim)) {
		t.Error("dropout is none, or depends on other rows")
	}
	if mean, _ := d.Moments(); !slices.Equal(mean, first(m.net.Moments())) || d.Dim() != dim || d.Schedule() != m.net.Schedule() {
		t.Error("the model's own")
	}
}

func first[T, U any](v T, _ U) T { return v }

// A table without missing cells takes no evaluation.
func TestFillOfCompleteRows(t *testing.T) {
	m := model(t)
	f := must(m.NewImputer(&Imputation{}))
	c := cellsOf(m, "size,count,kind,label\n11.00,3,red,no\n12.00,4,blue,yes\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a run would err
	d := datasets.NewCells(c.Metadata(), 0)
	if err := f.FillDraw(ctx, d, c, 0, 0); err != nil || differ(d, c) != "" || d.Rows() != 2 {
		t.Errorf("%v: %d rows", err, d.Rows())
	}
	if len(f.Caveats()) != 0 {
		t.Errorf("caveats %q", f.Caveats())
	}
	if err := f.FillDraw(ctx, d, cellsOf(m, "size,count,kind,label\n,3,red,no\n"), 0, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled run: %v", err)
	}
}

// A table of several blocks is filled block by block, each row by its index.
func TestRewriteInBlocks(t *testing.T) {
	m := fit(sinesText(200, "x", "y"), Options{Steps: 2, Hidden: 4, Layers: 1})
	const rows = imputeBlock + 100
	var b strings.Builder
	b.WriteString("x,y\n")
	for i := range rows {
		x := "0.5"
		if i%500 == 0 || i > imputeBlock {
			x = ""
		}
		b.WriteString(x + ",1.5\n")
	}
	f := must(m.NewImputer(&Imputation{Draws: 2, Seed: 1, Sampler: sample.Sampler{NFE: 2}}))
	var done []int
	f.Progress = func(n, _ int) error { done = append(done, n); return nil }
	var one, two strings.Builder
	if err := f.Rewrite(t.Context(), source("t.csv", b.String()), datasets.CSV, []io.Writer{&one, &two}); err != nil {
		t.Fatal(err)
	}
	if done[len(done)-1] != 2*rows || !slices.IsSorted(done) || !slices.Contains(done, 2*imputeBlock) {
		t.Errorf("progress %v", done)
	}
	f.Progress = nil
	full := must(f.Fill(t.Context(), cellsOf(m, b.String()), 0))
	for k, s := range []string{one.String(), two.String()} {
		if d := differ(full[k], cellsOf(m, s)); d != "" {
			t.Errorf("draw %d: %s", k, d)
		}
	}
}
