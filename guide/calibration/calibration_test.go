package calibration

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// Ranks of a calibrated column have a p-value below chance once in a hundred; a fault
// must bring it below certain.
const chance, certain = 1e-2, 1e-6

// plane is a Gaussian on the plane, on which MMPS is exact.
func plane(t *testing.T) *sde.Gaussian {
	t.Helper()
	g, err := sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 1.5}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// first draws an observation of the first column of each row, with errors of sd.
func first(sd float64) func(x *mat.Dense) (*mat.Dense, error) {
	return func(x *mat.Dense) (*mat.Dense, error) {
		n, _ := x.Dims()
		y, r := mat.NewDense(n, 1, nil), rand.New(rand.NewPCG(4, 2))
		for i := range n {
			y.Set(i, 0, x.At(i, 0)+sd*r.NormFloat64())
		}
		return y, nil
	}
}

func observation(y *mat.Dense, sd float64) sde.Observation {
	return sde.Observation{A: sde.Columns{Dim: 2, Index: []int{0}}, Y: y, Error: sde.NormalError{SD: sd}}
}

// Calibrated is the exact guide, and not DPS and planted faults. The columns of a guide
// that does nothing are calibrated too, and how well its rows fit is not.
func TestOf(t *testing.T) {
	const sd = 0.2
	for _, c := range []struct {
		name    string
		term    func(y *mat.Dense) guide.Term
		verdict string // of the observed column; "" if it is calibrated
		bias    float64
	}{
		{"MMPS", func(y *mat.Dense) guide.Term { return guide.MMPS{Observation: observation(y, sd)} }, "", 0},
		{"nothing", func(y *mat.Dense) guide.Term { return idle{guide.MMPS{Observation: observation(y, sd)}} }, "", 0},
		{"nothing known", func(y *mat.Dense) guide.Term {
			return guide.CustomScore{F: func([]float64, guide.RowState) error { return nil }}
		}, "", 0},
		{"DPS", func(y *mat.Dense) guide.Term { return guide.DPS{Observation: observation(y, sd)} }, "too narrow", 0},
		{"rows swapped", func(y *mat.Dense) guide.Term {
			n, _ := y.Dims()
			z := mat.NewDense(n, 1, nil)
			for i := range n {
				z.Set(i, 0, y.At((i+31)%n, 0))
			}
			return guide.MMPS{Observation: observation(z, sd)}
		}, "too narrow", 0},
		{"half the error", func(y *mat.Dense) guide.Term { return guide.MMPS{Observation: observation(y, sd/2)} }, "too narrow", 0},
		{"twice the error", func(y *mat.Dense) guide.Term { return guide.MMPS{Observation: observation(y, 2*sd)} }, "too wide", 0},
		{"an offset", func(y *mat.Dense) guide.Term {
			z := mat.DenseCopyOf(y)
			z.Apply(func(_, _ int, v float64) float64 { return v + sd }, z)
			return guide.MMPS{Observation: observation(z, sd)}
		}, "too high by", -1},
	} {
		weak := strings.HasPrefix(c.name, "nothing")
		build := func(y *mat.Dense) ([]guide.Term, error) { return []guide.Term{c.term(y)}, nil }
		o := &Options{Replicas: 300, Draws: 31, Sample: &sample.Options{Steps: 40, Seed: 17}}
		rep, err := Of(context.Background(), plane(t), []string{"a", "b"}, first(sd), build, o)
		if err != nil {
			t.Fatal(err)
		}
		cs := rep.Columns
		switch {
		case c.name == "nothing known":
			if len(rep.Fit) > 0 || !rep.Calibrated {
				t.Errorf("%s: %+v", c.name, rep.Fit)
			}
		case c.name == "MMPS":
			if !rep.Calibrated || rep.Fit[0].P < chance {
				t.Errorf("%s: p = %.2g of its fit", c.name, rep.Fit[0].P)
			}
		default:
			want := map[string]string{"nothing": "too weak", "twice the error": "too weak"}[c.name]
			if rep.Calibrated || rep.Fit[0].P > certain || !strings.Contains(rep.Fit[0].fitVerdict(chance), cmp.Or(want, "too strong")) {
				t.Errorf("%s: p = %.2g, %s", c.name, rep.Fit[0].P, rep.Fit[0].fitVerdict(chance))
			}
		}
		t.Log(rep.Findings("--"))
		t.Logf("%s: p = %.2g and %.2g, spread %.2f and %.2f, bias %+.2f; %s", c.name, cs[0].P, cs[1].P, cs[0].Spread, cs[1].Spread, cs[0].Bias, cs[0].Verdict())
		if c.verdict == "" {
			for _, col := range cs {
				// a median of 300 has a standard error of 8 %, and 31 draws a spread of
				// 3 % too much
				if col.P < chance || math.Abs(col.Spread-1.03) > 0.24 {
					t.Errorf("%s: p = %.2g, spread %.2f in %s", c.name, col.P, col.Spread, col.Name)
				}
			}
			continue
		}
		if cs[0].P > certain || math.Abs(cs[0].Bias-c.bias) > 0.2 || !strings.Contains(cs[0].Verdict(), c.verdict) {
			t.Errorf("%s: p = %.2g, %s", c.name, cs[0].P, cs[0].Verdict())
		}
		if (c.name == "DPS" || weak) != (len(rep.Caveats) > 0) {
			t.Errorf("%s: caveats %q", c.name, rep.Caveats)
		}
	}
}

// A calibration is the runs that the documentation describes: rows of the prior with
// the seed, and guided rows with the seed ^Seed, those of a replica in a row.
func TestOfIsTwoRuns(t *testing.T) {
	ctx := context.Background()
	law := plane(t)
	for _, prior := range []sde.Differentiable{law, network{law}} {
		opts := sample.Options{Steps: 6, Seed: 5, Workers: 2, Block: 16}
		kept := opts
		var done []int
		o := &Options{Replicas: 20, Draws: 9, Method: sample.DPMpp2M{}, Sample: &opts, Progress: func(n, of int) {
			if of != 180 {
				t.Errorf("progress of %d", of)
			}
			done = append(done, n)
		}}
		build := func(y *mat.Dense) ([]guide.Term, error) {
			return []guide.Term{guide.PiGDM{Observation: observation(y, 0.3)}}, nil
		}
		rep, err := Of(ctx, prior, []string{"a", "b"}, first(0.3), build, o)
		if err != nil {
			t.Fatal(err)
		}
		truth := mat.NewDense(20, 2, nil)
		law.Sample(truth, 5, 0)
		if _, exact := prior.(sde.Law); !exact {
			res, err := sample.Run(ctx, prior, sample.DPMpp2M{}, 20, &opts)
			if err != nil {
				t.Fatal(err)
			}
			truth = res.X
		}
		y, _ := first(0.3)(truth)
		repeated := mat.NewDense(180, 1, nil)
		for i := range 180 {
			repeated.Set(i, 0, y.At(i/9, 0))
		}
		terms, _ := build(repeated)
		res, err := sample.Run(ctx, guide.New(prior, terms...), sample.DPMpp2M{}, 180, &sample.Options{Steps: 6, Seed: ^uint64(5)})
		if err != nil {
			t.Fatal(err)
		}
		want := &Report{
			Columns: Ranks(Numbers([]string{"a", "b"}), truth, res.X, 9), Levels: IntervalLevels(), Replicas: 20, Draws: 9,
			Truth: "draws of the model", Caveats: guide.New(prior, terms...).Caveats(), Fit: rep.Fit, Remedies: []Remedy{}, Calibrated: rep.Calibrated,
		}
		own := func(x []float64, y float64) float64 { return -(y - x[0]) * (y - x[0]) }
		for i, r := range rep.Fit[0].Ranks {
			below := 0
			for l := range 9 {
				if own(res.X.RawRowView(9*i+l), y.At(i, 0)) < own(truth.RawRowView(i), y.At(i, 0)) {
					below++
				}
			}
			if r != below {
				t.Errorf("replica %d: the fit has rank %d, want %d", i, r, below)
			}
		}
		if !reflect.DeepEqual(rep, want) {
			t.Errorf("%T: %+v, want %+v", prior, rep, want)
		}
		if !reflect.DeepEqual(opts, kept) {
			t.Errorf("the options of the caller were written to: %+v", opts)
		}
		if len(done) != 12 || done[0] != 16 || done[11] != 180 {
			t.Errorf("progress %v", done)
		}
	}
}

// network is a prior that is not a law.
type network struct{ sde.Differentiable }

func TestOptionsDefaultsAndRefusals(t *testing.T) {
	r, err := (*Options)(nil).resolve()
	if err != nil || r.Replicas != 200 || r.Draws != 63 || r.Method != (sample.DPMpp2M{}) || r.Sample == nil {
		t.Errorf("defaults %+v, %v", r, err)
	}
	for _, o := range []Options{
		{Replicas: 19}, {Replicas: -1}, {Draws: 8}, {Draws: -1},
		{Sample: &sample.Options{From: mat.NewDense(1, 1, nil)}},
		{Sample: &sample.Options{First: 3}},
		{Sample: &sample.Options{Sink: func(int, *mat.Dense) error { return nil }}},
		{Sample: &sample.Options{Observe: func(sample.Progress) error { return nil }}},
	} {
		if _, err := o.resolve(); err == nil {
			t.Errorf("%+v passes", o)
		}
	}
	if r, err := (&Options{Replicas: 20, Draws: 9, Method: sample.Heun{}}).resolve(); err != nil || r.Replicas != 20 || r.Draws != 9 || r.Method != (sample.Heun{}) {
		t.Errorf("%+v, %v", r, err)
	}
}

// Errors of the callbacks, of the guide and of the run come back.
func TestOfErrs(t *testing.T) {
	build := func(y *mat.Dense) ([]guide.Term, error) {
		return []guide.Term{guide.MMPS{Observation: observation(y, 1)}}, nil
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	bad := context.DeadlineExceeded
	for name, p := range map[string]struct {
		ctx      context.Context
		simulate func(*mat.Dense) (*mat.Dense, error)
		build    func(*mat.Dense) ([]guide.Term, error)
	}{
		"simulate": {context.Background(), func(*mat.Dense) (*mat.Dense, error) { return nil, bad }, build},
		"build":    {context.Background(), first(1), func(*mat.Dense) ([]guide.Term, error) { return nil, bad }},
		"guide": {context.Background(), first(1), func(y *mat.Dense) ([]guide.Term, error) {
			return []guide.Term{guide.MMPS{}}, nil
		}},
		"run": {canceled, first(1), build},
	} {
		if _, err := Of(p.ctx, plane(t), []string{"a", "b"}, p.simulate, p.build, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// idle is a guide that knows what was observed, and does nothing.
type idle struct{ guide.LikelihoodTerm }

func (idle) AddScore(*mat.Dense, guide.State) error { return nil }
