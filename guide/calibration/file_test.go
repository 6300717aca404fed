package calibration

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/internal/stream"
	"tweedie/sample"
)

// codec is that of two standardized columns a and b.
func codec(t *testing.T) *datasets.Codec {
	t.Helper()
	text, r := bytes.NewBufferString("a,b\n"), rand.New(rand.NewPCG(3, 5))
	for range 300 {
		fmt.Fprintf(text, "%.3f,%.3f\n", 10+2*r.NormFloat64(), -3+r.NormFloat64())
	}
	raw := text.Bytes()
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
	m, err := datasets.Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.Fit(cells, &datasets.FitOptions{Knots: -1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parse(t *testing.T, text string) *spec.File {
	t.Helper()
	f, err := spec.Parse("g.yaml", []byte("guide:\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A guide file with one observation of normal errors is calibrated on a Gaussian, in
// units of the table, and by dps it is not. The values in it play no role.
func TestRun(t *testing.T) {
	ctx, c := context.Background(), codec(t)
	o := &Options{Replicas: 300, Draws: 31, Sample: &sample.Options{Steps: 40, Seed: 3}}
	const term = "  - {observe: {a: %g}, linear: [{weights: {a: 1, b: 2}, value: 0}], noise: 0.5, method: %s}"
	rep, err := Run(ctx, plane(t), c, parse(t, fmt.Sprintf(term, 11., "mmps")), o)
	if err != nil {
		t.Fatal(err)
	}
	for k, col := range rep.Columns {
		if col.P < chance || col.Name != c.Names()[k] {
			t.Errorf("%s: %s", c.Names()[k], col.Verdict())
		}
	}
	other, err := Run(ctx, plane(t), c, parse(t, fmt.Sprintf(term, -50., "mmps")), o)
	if err != nil || !reflect.DeepEqual(rep, other) {
		t.Errorf("another value in the file: another report (%v)", err)
	}
	dps, err := Run(ctx, plane(t), c, parse(t, fmt.Sprintf(term, 11., "dps")), o)
	if err != nil || dps.Columns[0].P > certain {
		t.Errorf("dps: %+v, %v", dps, err)
	}
}

// Observations of several terms are the sums of the rows, and errors from the streams
// of term and row.
func TestObserveStreams(t *testing.T) {
	c := codec(t)
	f := parse(t, "  - {linear: [{weights: {a: 2}, value: 0}], observe: {b: 0}, noise: 0.5}\n  - {observe: {a: 1}, noise: {law: laplace, scale: 3}}")
	obs, err := f.Observations(c)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(4, 2, []float64{1, 2, 3, 4, -1, 0.5, 0, 7})
	y, err := observe(x, obs, f.Terms, 42)
	if err != nil {
		t.Fatal(err)
	}
	_, sa, _ := c.Affine(0)
	_, sb, _ := c.Affine(1)
	for i := range 4 {
		first := stream.New(42, "check/noise", 0, uint64(i))
		second := stream.New(42, "check/noise", 1, uint64(i))
		want := []float64{
			2*sa*x.At(i, 0) + 0.5*first.NormFloat64(),
			sb*x.At(i, 1) + 0.5*first.NormFloat64(),
			sa*x.At(i, 0) + 3*(second.ExpFloat64()-second.ExpFloat64()),
		}
		if !mat.EqualApprox(y.Slice(i, i+1, 0, 3), mat.NewDense(1, 3, want), 1e-13) {
			t.Errorf("row %d: %v, want %v", i, mat.Row(nil, i, y), want)
		}
	}
}

// Run guides by the terms of the file, each with its own columns of the observations.
func TestRunIsOf(t *testing.T) {
	ctx, c := context.Background(), codec(t)
	f := parse(t, "  - {observe: {b: 0, a: 1}, noise: 0.5, method: pigdm}\n  - {observe: {a: 1}, noise: 0.3}")
	o := &Options{Replicas: 20, Draws: 9, Sample: &sample.Options{Steps: 6, Seed: 8}}
	rep, err := Run(ctx, plane(t), c, f, o)
	if err != nil {
		t.Fatal(err)
	}
	obs, err := f.Observations(c)
	if err != nil {
		t.Fatal(err)
	}
	simulate := func(x *mat.Dense) (*mat.Dense, error) { return observe(x, obs, f.Terms, 8) }
	build := func(y *mat.Dense) ([]guide.Term, error) {
		a, b := obs[0], obs[1]
		n, _ := y.Dims()
		a.Y, b.Y = mat.DenseCopyOf(y.Slice(0, n, 0, 2)), mat.DenseCopyOf(y.Slice(0, n, 2, 3))
		return []guide.Term{guide.PiGDM{Observation: a}, guide.MMPS{Observation: b}}, nil
	}
	want, err := Of(ctx, plane(t), c.Names(), simulate, build, o)
	if err != nil || !reflect.DeepEqual(rep, want) {
		t.Errorf("%+v, want %+v (%v)", rep, want, err)
	}
}

func TestRunRefuses(t *testing.T) {
	c := codec(t)
	for _, p := range []struct{ term, want string }{
		{"{within: {column: a, min: 1}}", "guide 2: "},
		{"{reward: {weights: {a: 1}}}", "guide 2: "},
		{"{observe: {q: 1}, noise: 1}", `"q"`},
		{"{observe: {a: 1}, noise: 1, zeta: 1}", "zeta"},
	} {
		started := false
		prior := counted{network{plane(t)}, &started}
		_, err := Run(context.Background(), prior, c, parse(t, "  - {observe: {a: 1}, noise: 1}\n  - "+p.term), nil)
		if err == nil || !strings.Contains(err.Error(), p.want) || started {
			t.Errorf("%s: %v (after sampling: %v)", p.term, err, started)
		}
	}
}

// counted tells whether its prior was evaluated.
type counted struct {
	network
	started *bool
}

func (c counted) Denoise(dst, x *mat.Dense, t []float64) error {
	*c.started = true
	return c.network.Denoise(dst, x, t)
}
