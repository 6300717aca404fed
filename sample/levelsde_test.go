package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// classes is the exact denoiser of rows of a hidden class: of the class k, the number at position 0
// is N(mean[k], 0.3²), and each category has its own probabilities of levels.
type classes struct {
	weight, mean []float64
	levels       [][2]int
	p            [][]float64 // of class k, at the positions of levels
}

const classSD = 0.3

// newClasses draws a law of so many classes. Logits of levels have the standard deviation common over
// the levels, the same for all classes, and own over the classes.
func newClasses(k int, common, own float64, sizes ...int) *classes {
	rng := rand.New(rand.NewPCG(7, 7))
	c := &classes{}
	at := 1
	for _, n := range sizes {
		c.levels = append(c.levels, [2]int{at, at + n})
		at += n
	}
	logits := make([]float64, at)
	for j := range logits {
		logits[j] = common * rng.NormFloat64()
	}
	for range k {
		c.weight = append(c.weight, (0.2+rng.Float64())/float64(k))
		c.mean = append(c.mean, 2*rng.NormFloat64())
		p := make([]float64, at)
		for _, l := range c.levels {
			for j := l[0]; j < l[1]; j++ {
				p[j] = math.Exp(logits[j] + own*rng.NormFloat64())
			}
			toLaw(p[l[0]:l[1]])
		}
		c.p = append(c.p, p)
	}
	toLaw(c.weight)
	return c
}

func toLaw(p []float64) {
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for j := range p {
		p[j] /= sum
	}
}

func (*classes) Schedule() sde.Schedule { return sde.VP{} }
func (c *classes) Dim() int             { return len(c.p[0]) }

func (c *classes) Moments() (mean, variance []float64) {
	mean, square := make([]float64, c.Dim()), make([]float64, c.Dim())
	for k, w := range c.weight {
		mean[0] += w * c.mean[k]
		square[0] += w * (c.mean[k]*c.mean[k] + classSD*classSD)
		for j := 1; j < c.Dim(); j++ {
			mean[j] += w * c.p[k][j]
			square[j] += w * c.p[k][j]
		}
	}
	for j, m := range mean {
		square[j] -= m * m
	}
	return mean, square
}

func (c *classes) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	l, e := make([]float64, len(c.weight)), make([]float64, c.Dim())
	for i := range n {
		co := c.Schedule().Coeff(sde.Time(t, i))
		y, d := x.RawRowView(i), dst.RawRowView(i)
		v := co.Alpha*co.Alpha*classSD*classSD + co.Sigma*co.Sigma
		for _, b := range c.levels {
			top := slices.Max(y[b[0]:b[1]])
			for j := b[0]; j < b[1]; j++ {
				e[j] = math.Exp(co.Alpha / (co.Sigma * co.Sigma) * (y[j] - top))
			}
		}
		for k, w := range c.weight {
			r := y[0] - co.Alpha*c.mean[k]
			l[k] = math.Log(w) - r*r/(2*v)
			for _, b := range c.levels {
				l[k] += math.Log(numeric.Dot(c.p[k][b[0]:b[1]], e[b[0]:b[1]]))
			}
		}
		sum := numeric.LogSumExp(l)
		clear(d)
		for k := range c.weight {
			w := math.Exp(l[k] - sum)
			d[0] += w * (c.mean[k] + co.Alpha*classSD*classSD/v*(y[0]-co.Alpha*c.mean[k]))
			for _, b := range c.levels {
				z := numeric.Dot(c.p[k][b[0]:b[1]], e[b[0]:b[1]])
				for j := b[0]; j < b[1]; j++ {
					d[j] += w * c.p[k][j] * e[j] / z
				}
			}
		}
	}
	return nil
}

// variation is the mean total variation between drawn pairs of levels and those of the law, over
// the pairs of categories, that of single ones if there is one category.
func (c *classes) variation(x *mat.Dense) float64 {
	n, _ := x.Dims()
	total, pairs := 0.0, 0
	for a, la := range c.levels {
		for _, lb := range c.levels[:a+1] {
			if la == lb && len(c.levels) > 1 {
				continue
			}
			pairs++
			for i := la[0]; i < la[1]; i++ {
				for j := lb[0]; j < lb[1]; j++ {
					want, got := 0.0, 0.0
					for k, w := range c.weight {
						switch {
						case la != lb:
							want += w * c.p[k][i] * c.p[k][j]
						case i == j:
							want += w * c.p[k][i]
						}
					}
					for r := range n {
						got += x.At(r, i) * x.At(r, j) / float64(n)
					}
					total += math.Abs(got-want) / 2
				}
			}
		}
	}
	return total / float64(pairs)
}

// drawn are rows by steps between two λ, and the levels of the posterior mean at the end.
func (c *classes) drawn(t *testing.T, m Method, from, to float64, steps, rows int) *mat.Dense {
	t.Helper()
	s := c.Schedule()
	o := &Options{Times: LogSNRGrid{}.Times(s, sde.TimeAt(s, from), sde.TimeAt(s, to), steps), Denoise: true, Seed: 3}
	res, err := Run(t.Context(), c, m, rows, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		for _, l := range c.levels {
			level(res.X.RawRowView(i)[l[0]:l[1]])
		}
	}
	return res.X
}

// level makes the most probable level 1, the others 0.
func level(p []float64) {
	top := 0
	for j, v := range p {
		if v > p[top] {
			top = j
		}
	}
	clear(p)
	p[top] = 1
}

// A category that nothing else says anything of has its shares after two steps, by its own reverse
// kernel; by steps along the mean it has not.
func TestLevelsOfOneCategoryAreExact(t *testing.T) {
	c := newClasses(1, 1.5, 0, 12)
	const rows = 20000
	floor := 0.0 // of the mean total variation of shares that are drawn
	for _, p := range c.p[0][1:] {
		floor += math.Sqrt(p*(1-p)/rows) * math.Sqrt(2/math.Pi) / 2
	}
	with := c.variation(c.drawn(t, DPMpp2MSDE{Levels: c.levels}, -2.5, 2, 2, rows))
	long := c.variation(c.drawn(t, DPMpp2MSDE{Levels: c.levels}, -2.5, 6, 12, rows))
	without := c.variation(c.drawn(t, DPMpp2MSDE{}, -2.5, 2, 2, rows))
	if with > 2*floor || long > 2*floor || without < 10*floor {
		t.Errorf("total variation %.4f, of twelve steps far into the decided %.4f, along the mean %.4f; draws of the law have %.4f", with, long, without, floor)
	}
}

// Pairs of categories come close to the law in few steps, closer than along the mean.
func TestLevelsOfDependentCategories(t *testing.T) {
	c := newClasses(6, 2, 1, 2, 5, 14)
	const rows = 8000
	for _, s := range []struct {
		steps    int
		from, to float64
		most     float64
	}{{7, -1, 2.5, 0.03}, {15, -1.5, 3.25, 0.025}} {
		with := c.variation(c.drawn(t, DPMpp2MSDE{Levels: c.levels}, s.from, s.to, s.steps, rows))
		without := c.variation(c.drawn(t, DPMpp2MSDE{}, s.from, s.to, s.steps, rows))
		t.Logf("%d steps: %.4f, along the mean %.4f", s.steps, with, without)
		if with > s.most || with > 0.85*without {
			t.Errorf("%d steps: total variation %.4f (at most %.3f), along the mean %.4f", s.steps, with, s.most, without)
		}
	}
}

// Rows do not depend on blocks, on workers, or on the rows that a stepper has drawn before.
func TestLevelsDependOnTheRowAlone(t *testing.T) {
	c := newClasses(3, 1, 1, 3, 8)
	m := DPMpp2MSDE{Levels: c.levels}
	draw := func(first, rows, block, workers int) *mat.Dense {
		res, err := Run(t.Context(), c, m, rows, &Options{NFE: 9, Denoise: true, Seed: 5, First: first, Block: block, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return res.X
	}
	all := draw(0, 300, 128, 1)
	if !mat.Equal(all, draw(0, 300, 7, 3)) || !mat.Equal(all.Slice(90, 140, 0, c.Dim()), draw(90, 50, 16, 2)) {
		t.Error("rows depend on blocks, workers or the first row")
	}
}

func TestLevelsNeedTheNoiseOfTheReverseSDE(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Levels beside Eta 0.5 were taken")
		}
	}()
	DPMpp2MSDE{Eta: 0.5, Levels: [][2]int{{0, 2}}}.New(newClasses(1, 1, 1, 2), 3)
}

func TestRoughLog(t *testing.T) {
	for v := 1e-6; v <= 1; v *= 1.001 {
		if got, want := roughLog(v), math.Log(v); math.Abs(got-want) > 2e-5 {
			t.Fatalf("ln %g is %g, want %g", v, got, want)
		}
	}
	if roughLog(1) > 2e-5 || roughLog(1) < -2e-5 {
		t.Errorf("ln 1 is %g", roughLog(1))
	}
}
