package bench

import (
	"context"
	"math"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
)

// Between order statistics a quantile is linear, and the ends are the extremes.
func TestQuantile(t *testing.T) {
	v := []float64{1, 2, 4, 8, 16}
	for q, want := range map[float64]float64{0: 1, 0.25: 2, 0.3: 2.4, 0.5: 4, 0.9: 12.8, 1: 16} {
		if got := Quantile(v, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %g is %g, want %g", q, got, want)
		}
	}
}

// ticking is a clock that advances by a second whenever it is read.
func ticking() func() time.Time {
	var c fakeClock
	return func() time.Time { c.at = c.at.Add(time.Second); return c.now() }
}

// A run takes its time by its steps: two readings of the clock, a second apart, for six
// steps or, with two evaluations a step, for three.
func TestTimeOfASamplingStep(t *testing.T) {
	o := &Options{Network: Network{Dim: 2, Hidden: 4, Layers: 1}, Workers: 1}
	m, err := o.Model(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method sample.Method
		ms     float64
	}{{sample.DPMpp2M{}, 1000. / 6}, {sample.Heun{}, 1000. / 3}} {
		b := o.newSampleBench(m, &Sampling{Method: c.method, Rows: 3, NFE: 6}, 1)
		if err := b.run(context.Background(), ticking(), 4*time.Second); err != nil {
			t.Fatal(err)
		}
		if len(b.ms) != 2 || b.ms[0] != c.ms {
			t.Errorf("%T: %v ms per step, want %v, twice", c.method, b.ms, c.ms)
		}
	}
}

// Each name has its guide, which observes the first column.
func TestTerms(t *testing.T) {
	x := mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	for _, name := range Guides() {
		term := newTerm(name, 3)
		var got string
		obs := guide.DPS{}.Observation
		switch g := term.(type) {
		case guide.DPS:
			got, obs = "dps", g.Observation
		case guide.PiGDM:
			got, obs = "pigdm", g.Observation
		case guide.MMPS:
			got, obs = "mmps", g.Observation
		}
		y := mat.NewDense(3, 1, nil)
		if got != name {
			t.Fatalf("%s is %T", name, term)
		}
		if obs.A.Apply(y, x); y.At(0, 0) != 1 || y.At(1, 0) != 0 || y.At(2, 0) != 0 {
			t.Errorf("%s observes %v", name, mat.Formatted(y.T()))
		}
	}
}

// With b backward passes an evaluation, a guided step costs what b+1 do.
func TestWorkOfAGuidedStep(t *testing.T) {
	o := &Options{Network: Network{Dim: 2, Hidden: 8, Layers: 2}, Workers: 1, Duration: time.Millisecond, Clock: time.Now}
	m, err := o.Model(0)
	if err != nil {
		t.Fatal(err)
	}
	forward, _, pullback := flop(m.Net)
	for guide, work := range map[string]float64{"": forward, "dps": forward + pullback} {
		r, err := Sample(context.Background(), o, &Sampling{Method: sample.DPMpp2M{}, Rows: 10, NFE: 4, Guide: guide})
		if err != nil {
			t.Fatal(err)
		}
		if want := 10 * work / 1e6; math.Abs(r.MflopPerStep-want) > 1e-12 || (r.Bench == "guide") != (guide != "") || r.Guide != guide {
			t.Errorf("%q: %g Mflop per step, want %g: %+v", guide, r.MflopPerStep, want, r)
		}
	}
}
