package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"tweedie/nn"
)

// checkFlop compares counts of operations with the parameters of the network:
// each element of a matrix is one multiplication and one addition per row, in
// the forward pass and in its own gradient, and that of a weight one of each
// more in the gradient of its layer's input.
func checkFlop(forward, backward, pullback func(nn.MLP) float64) error {
	for _, o := range []benchFlags{
		{dim: 2, hidden: 64, layers: 3}, {dim: 5, hidden: 7, layers: 1}, {dim: 3, hidden: 8, layers: 4, film: true},
	} {
		m, err := o.model(1)
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
		if f, b, p := forward(m.Net), backward(m.Net), pullback(m.Net); f != float64(fwd) || b != float64(bwd) || p != float64(pull) {
			return fmt.Errorf("%+v: counted %v, %v, %v, want %d, %d, %d", o, f, b, p, fwd, bwd, pull)
		}
	}
	return nil
}

func TestFlopAreThoseOfTheParameters(t *testing.T) {
	if err := checkFlop(forwardFlop, backwardFlop, pullbackFlop); err != nil {
		t.Error(err)
	}
	double := func(a nn.MLP) float64 { return 2 * forwardFlop(a) } // the rule of thumb
	if checkFlop(forwardFlop, double, pullbackFlop) == nil {
		t.Error("a first layer with a gradient of its input passes")
	}
	if checkFlop(forwardFlop, backwardFlop, forwardFlop) == nil {
		t.Error("a gradient of the features passes for one of the input")
	}
}

func TestSummarise(t *testing.T) {
	got := summarise([]float64{5, 1, 4, 2, 3, 11, 10, 9, 8, 7, 6})
	if want := (timing{Median: 6, P10: 2, P90: 10, Best: 1}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := summarise([]float64{3}); got != (timing{3, 3, 3, 3}) {
		t.Errorf("of one: %v", got)
	}
	if got := quantile([]float64{1, 2}, 0.5); got != 1.5 {
		t.Errorf("between two: %v", got)
	}
}

func TestStopwatch(t *testing.T) {
	s := newStopwatch()
	s.start()
	time.Sleep(2 * repetition)
	s.lap(4)
	s.lap(1)
	s.stop()
	if len(s.ms) != 1 || s.steps != 5 || s.ms[0] < 2*repetition.Seconds()*1e3/4 {
		t.Errorf("%d repetitions of %d steps, %v", len(s.ms), s.steps, s.ms)
	}
}

// bench runs a command line and returns the exit code and what it printed.
func bench(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"bench"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// checkReport looks at whether the numbers of a report fit together.
func checkReport(r benchReport, rowsPerStep float64) error {
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

func TestBench(t *testing.T) {
	small := []string{"--hidden", "16", "--layers", "2", "--json"}
	for name, c := range map[string]struct {
		args []string
		rows float64 // per step
	}{
		"steps":   {[]string{"train", "--batch", "70", "--steps", "7", "--workers", "1"}, 70},
		"scaling": {[]string{"train", "--batch", "300", "--seconds", "50ms", "--scaling"}, 300},
		"film":    {[]string{"train", "--batch", "130", "--steps", "2", "--film", "--dim", "3"}, 130},
		"sample":  {[]string{"sample", "--rows", "200", "--nfe", "6", "--seconds", "20ms", "--scaling"}, 200. / 6},
		"guide":   {[]string{"guide", "--rows", "130", "--nfe", "5", "--seconds", "20ms", "--guide", "dps"}, 130. / 5},
		"heun":    {[]string{"sample", "--rows", "90", "--nfe", "6", "--seconds", "1ms", "--sampler", "heun"}, 90. / 3},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := bench(append(c.args, small...)...)
			var r benchReport
			if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
				t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
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
			if r.AllocsPerStep > 50 {
				t.Errorf("%g allocations per step", r.AllocsPerStep)
			}
			r.RowsPerS *= 2
			if checkReport(r, c.rows) == nil {
				t.Error("twice the speed passes")
			}
		})
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, line := range []string{
		"train --batch 0", "train --steps -1", "train --steps 5 --seconds 1s", "train --hidden 0", "train --seconds 0s",
		"sample --rows 0", "sample --sampler euler2", "guide --guide dsp", "nothing",
	} {
		if code, out, errs := bench(strings.Fields(line)...); code != 2 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, %q", line, code, out, errs)
		}
	}
	if code, out, _ := bench("train", "--steps", "1", "--hidden", "4", "--layers", "1"); code != 0 || !strings.Contains(out, "rows per second") {
		t.Errorf("in words: exit %d, %q", code, out)
	}
}
