//go:build linux || darwin

package bench

import (
	"math"
	"os"
	"syscall"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// A formula of ten operations makes a guided step at most 1.3 times as long as the function
// by hand: the least processor times of interleaved steps. Of DPM-Solver++(2M), with a network of four layers of 128 in eight dimensions.
func TestLongFormulaIsCheap(t *testing.T) {
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("set TWEEDIE_LONG=1 to measure for a minute")
	}
	m, err := Network{Dim: 8, Hidden: 128, Layers: 4}.Model(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range []int{1, 128, 1000} {
		for name, term := range map[string]func(o sde.Observation) guide.Term{
			"DPS":   func(o sde.Observation) guide.Term { return guide.DPS{Observation: o} },
			"PiGDM": func(o sde.Observation) guide.Term { return guide.PiGDM{Observation: o} },
			"MMPS":  func(o sde.Observation) guide.Term { return guide.MMPS{Observation: o} },
		} {
			d := []sde.Denoiser{m, guide.New(m, term(tenBy(t, false))), guide.New(m, term(tenBy(t, true)))}
			least := []float64{math.Inf(1), math.Inf(1), math.Inf(1)}
			for range 150000 / (rows + 100) {
				for k := range d {
					least[k] = math.Min(least[k], stepTime(t, d[k], rows))
				}
			}
			t.Logf("| %s | %d | %.3f ms | %.3f ms | %.3f ms | %.3f |", name, rows, least[0], least[1], least[2], least[2]/least[1])
			if rows >= nn.BlockRows && least[2] > 1.3*least[1] {
				t.Errorf("%s, %d rows: a formula takes %.2f times as long as the function", name, rows, least[2]/least[1])
			}
		}
	}
}

// stepTime is the processor time of one step, in ms.
func stepTime(t *testing.T, d sde.Denoiser, rows int) float64 {
	x, z := mat.NewDense(rows, 8, nil), stream.New(2, "formula")
	x.Apply(func(_, _ int, _ float64) float64 { return z.NormFloat64() }, x)
	s := sample.DPMpp2M{}.New(d, rows)
	start := processor(t)
	if err := s.Step(x, 0.5, 0.49, nil); err != nil {
		t.Fatal(err)
	}
	return (processor(t) - start) * 1e3
}

// processor is the time that the process has spent computing, in seconds.
func processor(t *testing.T) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
}
