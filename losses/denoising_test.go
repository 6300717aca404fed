package losses

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// objectives are one of each kind, for the tests of every Objective's contract.
func objectives() map[string]Objective {
	return map[string]Objective{
		"default":     Denoising{Sched: sde.VP{}},
		"independent": Denoising{Sched: sde.VE{}, Weight: Sigma2{}, Times: Times{Spread: Independent}},
		"likelihood":  Denoising{Sched: sde.SubVP{}, Weight: LikelihoodWeighting{}, Times: Times{Law: UniformLogSNR{}, Corrected: true}},
		"lognormal":   Denoising{Sched: sde.Cosine{}, Weight: MinSNR{}, Times: Times{Law: LogNormalSigma{}}},
		"velocity":    Denoising{Sched: sde.Rectified{}, Weight: Constant{}, Target: V},
		"chain":       Discrete(chain()),
		"fixed":       Denoising{Sched: sde.VP{}, Times: Times{Spread: Fixed, Points: 10}},
		"control":     Denoising{Sched: sde.VP{}, Control: ControlVariate{0.3}},
	}
}

func chain() sde.Chain {
	c, err := sde.NewDDPM(sde.VP{}, 100)
	if err != nil {
		panic(err)
	}
	return c
}

// checkBlocks draws a batch of 101 rows whole and cut, and compares bit for bit.
func checkBlocks(draw func(o Objective, p *Problem, x *mat.Dense, b Batch)) error {
	const n, d = 101, 3
	x := normals(n, d, "blocks")
	for name, o := range objectives() {
		var whole, part Problem
		b := Batch{Seed: 9, Step: 4, Total: n}
		draw(o, &whole, x, b)
		for _, cut := range [][]int{{0, 101}, {0, 2, 4, 100, 101}, {0, 64, 101}} {
			for k := len(cut) - 2; k >= 0; k-- { // in any order
				lo, hi := cut[k], cut[k+1]
				b.First = lo
				draw(o, &part, x.Slice(lo, hi, 0, d).(*mat.Dense), b)
				same := mat.Equal(part.X, whole.X.Slice(lo, hi, 0, d)) && mat.Equal(part.Target, whole.Target.Slice(lo, hi, 0, d))
				for i := range hi - lo {
					same = same && part.T[i] == whole.T[lo+i] && part.Weight[i] == whole.Weight[lo+i] && part.Source(i) == whole.Source(lo+i)-lo
				}
				if !same {
					return fmt.Errorf("%s: rows %d to %d depend on the cut", name, lo, hi)
				}
			}
		}
	}
	return nil
}

func TestBlocksDoNotMatter(t *testing.T) {
	if err := checkBlocks(Objective.Draw); err != nil {
		t.Error(err)
	}
	mustFail(t, "rows numbered within the block", checkBlocks(func(o Objective, p *Problem, x *mat.Dense, b Batch) {
		n, _ := x.Dims()
		o.Draw(p, x, Batch{Seed: b.Seed, Step: b.Step, Total: n})
	}))
}

// The draws depend on seed and step, and on nothing else: not on the history of
// the Problem.
func TestDrawsAreAFunctionOfSeedAndStep(t *testing.T) {
	x := normals(10, 2, "x")
	for name, o := range objectives() {
		b := Batch{Seed: 1, Step: 3, Total: 10}
		var p, q Problem
		o.Draw(&p, x, b)
		o.Draw(&q, normals(33, 4, "y"), Batch{Seed: 8, Total: 33})
		o.Draw(&q, x, b)
		if !mat.Equal(p.X, q.X) || !mat.Equal(p.Target, q.Target) {
			t.Errorf("%s: a used Problem gives other draws", name)
		}
		for _, other := range []Batch{{Seed: 2, Step: 3, Total: 10}, {Seed: 1, Step: 4, Total: 10}} {
			o.Draw(&q, x, other)
			if mat.Equal(p.X, q.X) {
				t.Errorf("%s: %v and %v give the same draws", name, b, other)
			}
		}
	}
}

// The draws of a seed are a promise to every run that is to be repeated.
func TestDrawsArePinned(t *testing.T) {
	x := mat.NewDense(2, 1, []float64{1, -1})
	var p Problem
	Denoising{Sched: sde.VE{}}.Draw(&p, x, Batch{Seed: 1, Step: 2, Total: 2})
	for i, want := range [][2]float64{{0.960794080246, -16.0977960991}, {0.460794080246, -1.71061291929}} {
		err := errors.Join(near("t", p.T[i], want[0], 1e-11), near("x", p.X.At(i, 0), want[1], 1e-11))
		if err != nil {
			t.Errorf("row %d: %v", i, err)
		}
	}
}

// Many workers may draw blocks from one objective at once.
func TestDrawConcurrently(t *testing.T) {
	const n = 64
	x := normals(n, 2, "x")
	o := Denoising{Sched: sde.VP{}, Control: ControlVariate{0.3}}
	var whole Problem
	o.Draw(&whole, x, Batch{Seed: 1, Total: n})
	var wg sync.WaitGroup
	for first := 0; first < n; first += 8 {
		wg.Go(func() {
			var p Problem
			o.Draw(&p, x.Slice(first, first+8, 0, 2).(*mat.Dense), Batch{Seed: 1, First: first, Total: n})
			if !mat.Equal(p.X, whole.X.Slice(first, first+8, 0, 2)) {
				t.Errorf("rows from %d differ", first)
			}
		})
	}
	wg.Wait()
}

func TestDrawDoesNotAllocate(t *testing.T) {
	x := normals(64, 3, "x")
	short := x.Slice(0, 32, 0, 3).(*mat.Dense)
	for name, o := range objectives() {
		var p Problem
		step := 0
		draw := func() {
			step++
			o.Draw(&p, x, Batch{Seed: 1, Step: step, Total: 64})
			o.Draw(&p, short, Batch{Seed: 1, Step: step, Total: 64})
		}
		draw()
		if a := testing.AllocsPerRun(20, draw); a != 0 {
			t.Errorf("%s: %g allocations", name, a)
		}
	}
}

// X is a kernel draw from Target, with standard normal noise, and Target is x.
func TestDrawFollowsTheKernel(t *testing.T) {
	const n, d = 20000, 2
	x := normals(n, d, "x")
	for name, o := range objectives() {
		var p Problem
		o.Draw(&p, x, Batch{Seed: 6, Total: n})
		var z, zz, cross moments
		for i := range n {
			c := o.Schedule().Coeff(p.T[i])
			var e [d]float64
			for j := range d {
				if p.Target.At(i, j) != x.At(p.Source(i), j) {
					t.Fatalf("%s: row %d: target is not the clean row", name, i)
				}
				e[j] = (p.X.At(i, j) - c.Alpha*p.Target.At(i, j)) / c.Sigma
			}
			z.add(e[0])
			zz.add(e[0] * e[0])
			cross.add(e[0] * e[1])
		}
		for _, err := range []error{z.within("z", 0, 4), zz.within("z²", 1, 4), cross.within("z_0 z_1", 0, 4)} {
			// Antithetic pairs make the rows dependent, never more variable in z.
			if err != nil && name != "control" {
				t.Errorf("%s: %v", name, err)
			}
		}
		mustFail(t, name+": variance 1.1", zz.within("z²", 1.1, 4))
	}
}

func TestDrawPanics(t *testing.T) {
	x := normals(4, 1, "x")
	for what, f := range map[string]func(*Problem){
		"losses: block is outside of its batch": func(p *Problem) { Denoising{Sched: sde.VP{}}.Draw(p, x, Batch{First: 1, Total: 4}) },
		"losses: unknown target":                func(p *Problem) { Denoising{Sched: sde.VP{}, Target: "y"}.Draw(p, x, Batch{Total: 4}) },
		"losses: block cuts a pair of the control variate": func(p *Problem) {
			Denoising{Sched: sde.VP{}, Control: ControlVariate{0.3}}.Draw(p, x, Batch{First: 1, Total: 5})
		},
		"losses: block cuts a pair of the control variate.": func(p *Problem) { // an odd one, before the end
			Denoising{Sched: sde.VP{}, Control: ControlVariate{0.3}}.Draw(p, normals(3, 1, "x"), Batch{Total: 5})
		},
	} {
		func() {
			defer func() {
				if r := recover(); r != strings.TrimSuffix(what, ".") {
					t.Errorf("panic %v, want %q", r, what)
				}
			}()
			f(new(Problem))
		}()
	}
}

func TestValidate(t *testing.T) {
	for name, s := range schedules {
		for _, w := range weightings {
			for _, law := range laws {
				for _, q := range append(targets, "") {
					o := Denoising{Sched: s, Weight: w, Times: Times{Law: law, Corrected: true}, Target: q}
					if err := o.Validate(); err != nil {
						t.Errorf("%s %v: %v", name, o, err)
					}
				}
			}
		}
	}
	for want, o := range map[string]Denoising{
		"needs a schedule":      {},
		"are not a range":       {Sched: sde.VP{}, TMin: 0.5, TMax: 0.5},
		"unknown target":        {Sched: sde.VP{}, Target: "noise"},
		"below sigma":           {Sched: sde.VP{}, Control: ControlVariate{math.NaN()}},
		"change the mean":       {Sched: sde.VP{}, Times: Times{Law: LogNormalSigma{Mean: -30, Std: 1}}},
		"positive standard":     {Sched: sde.VP{}, Times: Times{Law: LogNormalSigma{Mean: 1, Std: 0}}},
		"want at least 1":       {Sched: sde.VP{}, Times: Times{Spread: Fixed}},
		"not fixed":             {Sched: sde.VP{}, Times: Times{Points: 3}},
		"unknown spread":        {Sched: sde.VP{}, Times: Times{Spread: 7}},
		"sigma is 0":            {Sched: still{}, TMin: 0.05},
		"alpha is 0":            {Sched: still{}, TMin: 0.1},
		"log-SNR does not":      {Sched: still{}, TMin: 0.1, TMax: 0.9},
		"weighting minsnr:-1 i": {Sched: sde.VP{}, Weight: MinSNR{-1}},
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", o, err, want)
		}
	}
}

// still is not a schedule: σ(0) = 0, α(1) = 0 and nothing moves between.
type still struct{}

func (still) Coeff(t float64) sde.Coeff {
	switch {
	case t < 0.1:
		return sde.Coeff{Alpha: 1}
	case t > 0.9:
		return sde.Coeff{Sigma: 1}
	}
	return sde.Coeff{Alpha: 0.5, Sigma: 0.5}
}

func BenchmarkDraw(b *testing.B) {
	const n = 256
	x := normals(n, 8, "x")
	for name, o := range objectives() {
		b.Run(name, func(b *testing.B) {
			var p Problem
			b.ReportAllocs()
			for b.Loop() {
				o.Draw(&p, x, Batch{Seed: 1, Total: n})
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
