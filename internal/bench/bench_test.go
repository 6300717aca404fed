package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"tweedie/nn"
	"tweedie/sample"
)

// checkFlop compares counts of operations with the parameters of the network:
// each element of a matrix is one multiplication and one addition per row, in
// the forward pass and in its own gradient, and that of a weight one of each
// more in the gradient of its layer's input.
func checkFlop(count func(nn.MLP) (forward, backward, pullback float64)) error {
	for _, o := range []Network{
		{Dim: 2, Hidden: 64, Layers: 3}, {Dim: 5, Hidden: 7, Layers: 1}, {Dim: 3, Hidden: 8, Layers: 4, FiLM: true},
	} {
		m, err := o.Model(1)
		if err != nil {
			return err
		}
		fwd, bwd, pull := 0, 0, 0
		for _, a := range m.Params.Arrays {
			if strings.HasSuffix(a.Name, ".bias") {
				continue
			}
			n := 2 * len(a.Data)
			fwd, bwd = fwd+n, bwd+n
			if strings.HasSuffix(a.Name, ".weight") {
				pull += n
				if a.Name != "layer0.weight" {
					bwd += n
				}
			}
		}
		if f, b, p := count(m.Net); f != float64(fwd) || b != float64(bwd) || p != float64(pull) {
			return fmt.Errorf("%+v: counted %v, %v, %v, want %d, %d, %d", o, f, b, p, fwd, bwd, pull)
		}
	}
	return nil
}

func TestFlopAreThoseOfTheParameters(t *testing.T) {
	if err := checkFlop(flop); err != nil {
		t.Error(err)
	}
	if checkFlop(func(a nn.MLP) (f, b, p float64) { f, _, p = flop(a); return f, 2 * f, p }) == nil { // the rule of thumb
		t.Error("a first layer with a gradient of its input passes")
	}
	if checkFlop(func(a nn.MLP) (f, b, p float64) { f, b, _ = flop(a); return f, b, f }) == nil {
		t.Error("a gradient of the features passes for one of the input")
	}
}

func TestSummarize(t *testing.T) {
	got := summarize([]float64{5, 1, 4, 2, 3, 11, 10, 9, 8, 7, 6})
	if want := (Timing{Median: 6, P10: 2, P90: 10, Best: 1}); *got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := summarize([]float64{3}); *got != (Timing{3, 3, 3, 3}) {
		t.Errorf("of one: %v", got)
	}
	if got := Quantile([]float64{1, 2}, 0.5); got != 1.5 {
		t.Errorf("between two: %v", got)
	}
}

// fakeClock is a clock that its user moves.
type fakeClock struct{ at time.Time }

func (c *fakeClock) now() time.Time { return c.at }

func TestStopwatch(t *testing.T) {
	var c fakeClock
	s := newStopwatch(c.now)
	s.start()
	c.at = c.at.Add(2 * repetition)
	s.lap(4)
	s.lap(1)
	s.stop()
	if len(s.ms) != 1 || s.steps != 5 || s.ms[0] != 2*repetition.Seconds()*1e3/4 {
		t.Errorf("%d repetitions of %d steps, %v", len(s.ms), s.steps, s.ms)
	}
	s = newStopwatch(c.now)
	s.start()
	c.at = c.at.Add(repetition / 2)
	s.lap(2)
	s.stop()
	if len(s.ms) != 1 || s.ms[0] != repetition.Seconds()*1e3/4 {
		t.Errorf("an only, short repetition gives %v", s.ms)
	}
}

// checkReport looks at whether the numbers of a report fit together.
func checkReport(r *Report, rowsPerStep float64) error {
	m := r.MsPerStep
	switch {
	case !(m.Best > 0 && m.Best <= m.P10 && m.P10 <= m.Median && m.Median <= m.P90):
		return fmt.Errorf("quantiles out of order: %+v", m)
	case math.Abs(r.RowsPerS*m.Median/1e3/rowsPerStep-1) > 1e-9:
		return fmt.Errorf("%g rows per second at %g ms per step", r.RowsPerS, m.Median)
	case math.Abs(r.ShareOfPeak*m.Median*r.PeakGflops*float64(r.Workers)/r.MflopPerStep-1) > 1e-9:
		return fmt.Errorf("share %g of %d x %g GF at %g ms per step", r.ShareOfPeak, r.Workers, r.PeakGflops, m.Median)
	case !(r.ShareBest >= r.ShareOfPeak && r.ShareBest < 1.2):
		return fmt.Errorf("shares %g and %g", r.ShareOfPeak, r.ShareBest)
	case r.Kernel == "" || r.CPU == "" || r.Go == "" || r.Steps < 1:
		return errors.New("no machine, or no steps")
	}
	return nil
}

func TestReports(t *testing.T) {
	ctx, dpm := context.Background(), sample.DPMpp2M{}
	for name, c := range map[string]struct {
		change  func(o *Options)
		measure func(o *Options) (*Report, error)
		rows    float64 // per step
	}{
		"steps":   {nil, func(o *Options) (*Report, error) { return Train(ctx, o, 70, 7) }, 70},
		"scaling": {func(o *Options) { o.Scaling = true }, func(o *Options) (*Report, error) { return Train(ctx, o, 300, 0) }, 300},
		"film":    {func(o *Options) { o.FiLM, o.Dim = true, 3 }, func(o *Options) (*Report, error) { return Train(ctx, o, 130, 2) }, 130},
		"sample": {func(o *Options) { o.Scaling = true }, func(o *Options) (*Report, error) {
			return Sample(ctx, o, &Sampling{Method: dpm, Rows: 200, NFE: 6})
		}, 200. / 6},
		"guide": {nil, func(o *Options) (*Report, error) {
			return Sample(ctx, o, &Sampling{Method: dpm, Rows: 130, NFE: 5, Guide: "dps"})
		}, 130. / 5},
		"heun": {nil, func(o *Options) (*Report, error) {
			return Sample(ctx, o, &Sampling{Method: sample.Heun{}, Rows: 90, NFE: 6})
		}, 90. / 3},
	} {
		t.Run(name, func(t *testing.T) {
			o := &Options{Network: Network{Dim: 2, Hidden: 16, Layers: 2}, Workers: 2, Duration: 20 * time.Millisecond, Clock: time.Now}
			if c.change != nil {
				c.change(o)
			}
			profiled := 0
			o.Profile = func(measure func() error) error { profiled++; return measure() }
			r, err := c.measure(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkReport(r, c.rows); err != nil {
				t.Error(err)
			}
			if scaled := r.OneWorker != nil && r.Speedup > 0; scaled != (name == "scaling" || name == "sample") {
				t.Errorf("one worker: %v", r.OneWorker)
			}
			if guided := r.Unguided != nil && r.Cost > 1 && r.Pullbacks == 1; guided != (name == "guide") {
				t.Errorf("guide: unguided %v, cost %g, %g pullbacks", r.Unguided, r.Cost, r.Pullbacks)
			}
			if name == "steps" && r.Steps != 7 {
				t.Errorf("%d steps measured, want 7", r.Steps)
			}
			if r.AllocsPerStep > 50 || profiled != 1 {
				t.Errorf("%g allocations per step, %d profiles", r.AllocsPerStep, profiled)
			}
			r.RowsPerS *= 2
			if checkReport(r, c.rows) == nil {
				t.Error("twice the speed passes")
			}
		})
	}
}

func TestOptionsAreRefused(t *testing.T) {
	good := Options{Network: Network{Dim: 2, Hidden: 4, Layers: 1}, Workers: 1, Duration: time.Millisecond, Clock: time.Now}
	refused := func(change func(o *Options)) bool {
		o := good
		change(&o)
		_, err := Train(context.Background(), &o, 8, 1)
		return err != nil
	}
	if refused(func(*Options) {}) {
		t.Error("good options are refused")
	}
	for name, change := range map[string]func(o *Options){
		"hidden": func(o *Options) { o.Hidden = 0 }, "layers": func(o *Options) { o.Layers = 0 }, "dim": func(o *Options) { o.Dim = 0 },
		"workers": func(o *Options) { o.Workers = 0 }, "duration": func(o *Options) { o.Duration = 0 },
	} {
		if !refused(change) {
			t.Errorf("no %s passes", name)
		}
	}
	for _, s := range []Sampling{{Rows: 0, NFE: 2}, {Rows: 10, NFE: 0}, {Rows: 10, NFE: 2, Guide: "dsp"}} {
		s.Method = sample.DPMpp2M{}
		if _, err := Sample(context.Background(), &good, &s); err == nil {
			t.Errorf("%+v passes", s)
		}
	}
}
