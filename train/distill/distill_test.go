package distill

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/sample"
	"tweedie/sde"
)

// normal is the denoiser of independent numbers N(m, v).
type normal struct{ m, v []float64 }

func (normal) Schedule() sde.Schedule                { return sde.VP{} }
func (d normal) Dim() int                            { return len(d.m) }
func (d normal) Moments() (mean, variance []float64) { return d.m, d.v }
func (d normal) Denoise(dst, x *mat.Dense, t []float64) error {
	dst.Apply(func(i, j int, x float64) float64 {
		c := d.Schedule().Coeff(sde.Time(t, i))
		return d.m[j] + c.Alpha*d.v[j]/(c.Alpha*c.Alpha*d.v[j]+c.Sigma*c.Sigma)*(x-c.Alpha*d.m[j])
	}, x)
	return nil
}

// flow is the exact flow map of position j of d.
func (d normal) flow(x float64, j int, t, s sde.Coeff) float64 {
	sd := func(c sde.Coeff) float64 { return math.Sqrt(c.Alpha*c.Alpha*d.v[j] + c.Sigma*c.Sigma) }
	return s.Alpha*d.m[j] + sd(s)/sd(t)*(x-t.Alpha*d.m[j])
}

var (
	gauss   = normal{[]float64{0.5, -2, 0}, []float64{1, 0.04, 4}}
	student = sample.FlowMap{At: []float64{1, 0.4, 0.15, 0.05}, Reach: []float64{0, 0.12, 0.05}}
)

func draw(t *testing.T, d sde.Denoiser, m sample.FlowMap, n int, o *Options) *Paths {
	t.Helper()
	p, err := Draw(context.Background(), d, m, n, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The targets of a student of a normal law are those of its flow, which is known: a step with them
// ends where the flow does, at its reach, or at the data.
func TestTargetsAreTheFlow(t *testing.T) {
	_, p := draw(t, gauss, student, 50, &Options{Evaluations: 400}).Split(20)
	if p.Len() != 30*4 {
		t.Fatalf("%d pairs of 30 paths", p.Len())
	}
	idx := make([]int, p.Len())
	for i := range idx {
		idx[i] = (i * 7) % p.Len()
	}
	x := mat.NewDense(p.Len(), 3, nil)
	p.Read(x, nil, idx, 0)
	var q losses.Problem
	p.Draw(&q, x, losses.Batch{Total: p.Len(), Rows: idx})
	data := sde.VP{}.Coeff(sde.MinTime(sde.VP{}))
	for i, row := range idx {
		k := row % 4
		c := sde.VP{}.Coeff(student.At[k])
		if q.T[i] != student.At[k] || q.C[i] != c || q.Weight[i] != (losses.EDM{}).Weight(c) {
			t.Fatalf("row %d: time %g, weight %g", row, q.T[i], q.Weight[i])
		}
		for j := range 3 {
			xt, target := q.X.At(i, j), q.Target.At(i, j)
			got, want := target, gauss.flow(xt, j, c, data)/data.Alpha
			if k == 1 || k == 2 {
				s := sde.VP{}.Coeff(student.Reach[k])
				a := s.Sigma / c.Sigma
				got, want = a*xt+(s.Alpha-c.Alpha*a)*target, gauss.flow(xt, j, c, s)
			}
			if math.Abs(got-want) > 2e-3 {
				t.Errorf("path %d, time %g, position %d: a step from %g ends at %g, want %g", row/4, q.T[i], j, xt, got, want)
			}
		}
	}
}

// Paths are a function of the seed, and of their number in the whole.
func TestPathsDependOnTheSeedAlone(t *testing.T) {
	a := draw(t, gauss, student, 300, &Options{Workers: 1, Seed: 3})
	b := draw(t, gauss, student, 300, &Options{Workers: 3, Seed: 3})
	c := draw(t, gauss, student, 300, &Options{Workers: 1, Seed: 4})
	if !slices.Equal(a.x, b.x) {
		t.Error("the number of workers changes paths")
	}
	if slices.Equal(a.x, c.x) {
		t.Error("the seed does not change paths")
	}
}

// coin has two levels, whose probabilities leave [0, 1] by a little, as those of a solver may.
type coin struct{ normal }

func (coin) Denoise(dst, x *mat.Dense, _ []float64) error {
	dst.Apply(func(i, j int, _ float64) float64 { return []float64{1.02, -0.02}[j] }, x)
	return nil
}

func TestTargetsOfLevelsAreLaws(t *testing.T) {
	m := sample.FlowMap{At: []float64{1, 0.3}, Reach: []float64{0.2}, Levels: [][2]int{{0, 2}}}
	_, p := draw(t, coin{normal{[]float64{0.5, 0.5}, []float64{0.25, 0.25}}}, m, 9, nil).Split(1)
	x := mat.NewDense(1, 2, nil)
	p.Read(x, nil, []int{0}, 0)
	if x.At(0, 0) != 1 || x.At(0, 1) != 0 {
		t.Errorf("probabilities %v, want 1 and 0", x.RawRowView(0))
	}
}

func TestConditionsAreThoseOfThePath(t *testing.T) {
	held, p := draw(t, gauss, student, 10, nil).Split(3)
	for _, q := range []*Pairs{held, p} {
		q.Labels = func(c *mat.Dense, paths []int) {
			for r, i := range paths {
				c.Set(r, 0, float64(i))
			}
		}
	}
	x, c := mat.NewDense(2, 3, nil), mat.NewDense(2, 1, nil)
	p.Read(x, c, []int{2, 9}, 0)
	if c.At(0, 0) != 3 || c.At(1, 0) != 5 {
		t.Errorf("conditions of paths %g and %g, want 3 and 5", c.At(0, 0), c.At(1, 0))
	}
}

func TestDrawRefuses(t *testing.T) {
	for _, m := range []sample.FlowMap{{}, {At: []float64{1.2}}, {At: []float64{0.3, 0.5}, Reach: []float64{0}}, {At: []float64{1, 1e-9}, Reach: []float64{0}}, {At: []float64{1}, Reach: []float64{0}}, {At: []float64{1, 0.5}, Reach: []float64{0.6}}, {At: []float64{1, 0.5}, Reach: []float64{1e-9}}} {
		if _, err := Draw(context.Background(), gauss, m, 4, nil); err == nil {
			t.Errorf("%+v was drawn", m)
		}
	}
	stop := errors.New("stop")
	if _, err := Draw(context.Background(), gauss, student, 4, &Options{Progress: func(int) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("the error of Progress became %v", err)
	}
}
