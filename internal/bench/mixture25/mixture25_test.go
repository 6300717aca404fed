package mixture25

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// The exact posterior of a problem is what Bayes' rule makes of its prior and its
// observation: p(x|y)/(p(x) p(y|x)) is the same at every x, but for the noise of
// .01 at t = 0 in both of its laws.
func TestPosterior(t *testing.T) {
	spread := func(p *problem) float64 {
		const n = 40
		x := mat.NewDense(n, Dim, nil)
		p.post.Sample(x, 3, 0)
		prior, post, like := make([]float64, n), make([]float64, n), make([]float64, n)
		p.prior.LogProb(prior, x, []float64{0})
		p.post.LogProb(post, x, []float64{0})
		if err := guide.New(p.prior, guide.MMPS{Observation: p.obs}).LogLikelihood(like, x); err != nil {
			t.Fatal(err)
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for i := range n {
			v := post[i] - prior[i] - like[i]
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
		return hi - lo
	}
	for m := 1; m <= 4; m++ {
		p, err := newProblem(Dim, m, stream.NewKey(5, "test").At(uint64(m)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if s := spread(p); s > 0.05 {
			t.Errorf("m = %d: the ratio varies by %.2g nats", m, s)
		}
		p.obs.Error = sde.NormalError{SD: 1.2 * p.obs.Error.(sde.NormalError).SD}
		if spread(p) < 0.2 {
			t.Errorf("m = %d: an error law that is 20 %% wider passes", m)
		}
	}
}

// measure returns the report of small problems.
func measure(t *testing.T, change func(o *Options)) *Report {
	t.Helper()
	o := &Options{Count: 1, Observations: []int{1}, Rows: 20, Steps: 6, Workers: 2}
	change(o)
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRun(t *testing.T) {
	small := func(workers int) func(o *Options) {
		return func(o *Options) { o.Rows, o.Steps, o.Count, o.Observations, o.Workers = 30, 12, 2, []int{4}, workers }
	}
	r := measure(t, small(1))
	by := map[string]float64{}
	for i, row := range r.Results {
		by[row.Method] = row.Mean
		if len(row.Each) != 2 || math.Abs(row.Mean-(row.Each[0]+row.Each[1])/2) > 1e-12 || row.Observations != 4 {
			t.Errorf("row %d: %+v", i, row)
		}
	}
	if len(by) != 6 || !strings.HasPrefix(r.Results[0].Method, "floor") || !strings.HasPrefix(r.Results[1].Method, "prior") {
		t.Errorf("methods: %v", by)
	}
	if by["MMPS"] > by["prior: do nothing"]/2 || by["floor: exact draws"] > by["MMPS"] {
		t.Errorf("floor, MMPS and prior out of order: %v", by)
	}
	for i, row := range measure(t, small(3)).Results {
		if row.Mean != r.Results[i].Mean {
			t.Errorf("%s depends on the number of workers", row.Method)
		}
	}
	if n := len(measure(t, func(o *Options) { o.Remedies = true }).Results); n != 14 {
		t.Errorf("%d methods with remedies, want 14", n)
	}
	if n := len(measure(t, func(o *Options) { o.All = true }).Results); n != 14 {
		t.Errorf("%d methods with all, want 14", n)
	}
}

// A network is measured beside exact scores. Its error falls with training.
func TestTrained(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a network")
	}
	mean := func(steps int) float64 {
		r := measure(t, func(o *Options) { o.Trained, o.TrainSteps = true, steps })
		if n := len(r.Results); n != 12 || !strings.HasSuffix(r.Results[n-1].Method, ", trained") {
			t.Fatalf("%d methods, the last %q", n, r.Results[n-1].Method)
		}
		sum := 0.0
		for _, e := range r.Errors {
			sum += e.Error / float64(len(r.Errors))
		}
		return sum
	}
	if few, more := mean(5), mean(200); !(more < few/2) {
		t.Errorf("the error is %.3g after 200 steps and %.3g after 5", more, few)
	}
}

func TestOptionsAreRefused(t *testing.T) {
	for _, o := range []Options{
		{Count: 0, Rows: 2, Steps: 2}, {Count: 1, Rows: 1, Steps: 2}, {Count: 1, Rows: 2, Steps: 1},
		{Count: 1, Rows: 2, Steps: 2, Trained: true}, {Count: 1, Rows: 2, Steps: 2, Observations: []int{1, 9}}, {Count: 1, Rows: 2, Steps: 2, Observations: []int{0}},
	} {
		if _, err := Run(context.Background(), &o); err == nil {
			t.Errorf("%+v passes", o)
		}
	}
}
