package distill

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// matchingOf is that of an untrained network of a number and a category of three levels, whose parameters of both parts
// are moved by normal numbers.
func matchingOf(t *testing.T, moved float64) *Matching {
	t.Helper()
	teacher, err := nn.New(nn.Config{Hidden: 16, Layers: 2, Schedule: sde.VP{}, Mean: []float64{0.5, 0.2, 0.3, 0.5}, Variance: []float64{2, 0.16, 0.21, 0.25},
		Categories: []nn.Category{{Start: 1, Shares: []float64{0.2, 0.3, 0.5}}}, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMatching(teacher, []float64{0.8, 0.4}, 0.05, [][2]int{{1, 4}})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	p := m.Parameters()
	for _, a := range p.Arrays {
		for j := range a.Data {
			a.Data[j] += float32(moved * rng.NormFloat64())
		}
	}
	return m
}

func problemOf(m *Matching, n int) (p losses.Problem, r nn.Regression) {
	x := mat.NewDense(n, 4, nil)
	for i := range n {
		x.Set(i, 0, math.Sin(float64(i)))
		x.Set(i, 1+i%3, 1)
	}
	m.Draw(&p, x, losses.Batch{Seed: 3, Step: 5, Total: n})
	return p, nn.Regression{X: p.X, Target: p.Target, T: p.T, C: p.C, Weight: p.Weight}
}

// Where student, auxiliary network and teacher are one network there is nothing to learn for the student.
func TestNothingToMatch(t *testing.T) {
	m := matchingOf(t, 0)
	_, r := problemOf(m, 40)
	g, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	grad := make([]float32, len(m.Parameters().Flat))
	if loss := g.Block(r, 1.0/40, grad, false); loss != 0 {
		t.Errorf("moments are %g apart", loss)
	}
	for j, v := range grad[:len(grad)/2] {
		if math.Abs(float64(v)) > 1e-5 {
			t.Fatalf("gradient %d of the student is %g", j, v)
		}
	}
}

// The gradient of the student is that of 2 v ⟨x̃, A − D⟩ by differences, A − D being held fixed.
func TestGradientOfTheStudent(t *testing.T) {
	m := matchingOf(t, 0.2)
	_, r := problemOf(m, 30)
	g, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	grad := make([]float32, len(m.Parameters().Flat))
	g.Block(r, 1, grad, false)
	s := newMoments(30, 4)
	if err := s.match(m, &r); err != nil {
		t.Fatal(err)
	}
	y := mat.NewDense(30, 4, nil)
	loss := func() (sum float64) {
		if err := m.student.Denoise(y, r.X, r.T); err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			for j := range 4 {
				sum += 2 * s.v[i] * y.At(i, j) * (s.a.At(i, j) - s.d.At(i, j))
			}
		}
		return sum
	}
	// Along directions at random, since single parameters are lost in rounding.
	rng := rand.New(rand.NewPCG(5, 6))
	flat := m.student.Params.Flat
	at := append([]float32(nil), flat...)
	for range 8 {
		u := make([]float32, len(flat))
		want := 0.0
		for j := range u {
			u[j] = float32(rng.NormFloat64())
			want += float64(u[j]) * float64(grad[j])
		}
		const h = 2e-3
		move := func(by float32) float64 {
			for j := range flat {
				flat[j] = at[j] + by*u[j]
			}
			return loss()
		}
		got := (move(h) - move(-h)) / (2 * h)
		move(0)
		if math.Abs(got-want) > 0.02*math.Abs(want)+0.02 {
			t.Errorf("along a direction %g, by differences %g", want, got)
		}
	}
}

// The gradient of the auxiliary network is that of its regression on the mean of x̃ and D, by differences.
func TestGradientOfTheAuxiliaryNetwork(t *testing.T) {
	m := matchingOf(t, 0.2)
	_, r := problemOf(m, 30)
	g, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	grad := make([]float32, len(m.Parameters().Flat))
	g.Block(r, 1, grad, false)
	s := newMoments(30, 4)
	if err := s.match(m, &r); err != nil {
		t.Fatal(err)
	}
	target, weight := mat.NewDense(30, 4, nil), make([]float64, 30)
	for i, c := range s.c {
		weight[i] = losses.EDM{}.Weight(c)
		for j := range 4 {
			target.Set(i, j, (s.drawn.At(i, j)+s.d.At(i, j))/2)
		}
	}
	rows := make([]float64, 30)
	flat := m.auxiliary.Params.Flat
	at := append([]float32(nil), flat...)
	rng := rand.New(rand.NewPCG(7, 8))
	for range 8 {
		u, want := make([]float32, len(flat)), 0.0
		for j := range u {
			u[j] = float32(rng.NormFloat64())
			want += float64(u[j]) * float64(grad[len(flat)+j])
		}
		const h = 2e-3
		loss := func(by float32) (sum float64) {
			for j := range flat {
				flat[j] = at[j] + by*u[j]
			}
			if err := m.auxiliary.RowLosses(rows, nn.Regression{X: s.x, Target: target, T: s.s, Weight: weight}); err != nil {
				t.Fatal(err)
			}
			for _, v := range rows {
				sum += v
			}
			return sum
		}
		got := (loss(h) - loss(-h)) / (2 * h)
		if loss(0); math.Abs(got-want) > 0.02*math.Abs(want)+0.1 {
			t.Errorf("along a direction %g, by differences %g", want, got)
		}
	}
}

// Of clean rows x̃ the step has the law of x_s.
func TestStepHasTheLawOfTheForwardProcess(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	ct, cs := sde.VP{}.Coeff(0.6), sde.VP{}.Coeff(0.2)
	mean, square := 0.0, 0.0
	const n, x0 = 40000, 1.7
	for range n {
		x := []float64{ct.Alpha*x0 + ct.Sigma*rng.NormFloat64()}
		step(x, x, []float64{x0}, []float64{rng.NormFloat64()}, ct, cs)
		mean, square = mean+x[0]/n, square+x[0]*x[0]/n
	}
	if v := square - mean*mean; math.Abs(mean-cs.Alpha*x0) > 4*cs.Sigma/math.Sqrt(n) || math.Abs(v/(cs.Sigma*cs.Sigma)-1) > 0.03 {
		t.Errorf("mean %g and variance %g, want %g and %g", mean, v, cs.Alpha*x0, cs.Sigma*cs.Sigma)
	}
}

// Times, and noise, are those of the row whatever the block, and s lies between its t and the next.
func TestMatchingDraws(t *testing.T) {
	m := matchingOf(t, 0)
	all, _ := problemOf(m, 40)
	var p losses.Problem
	x := mat.NewDense(10, 4, nil)
	for i := range 10 {
		x.Set(i, 0, math.Sin(float64(i+20)))
		x.Set(i, 1+(i+20)%3, 1)
	}
	m.Draw(&p, x, losses.Batch{Seed: 3, Step: 5, First: 20, Total: 40})
	if !mat.Equal(p.X, all.X.Slice(20, 30, 0, 4)) || !mat.Equal(p.Target, all.Target.Slice(20, 30, 0, 4)) {
		t.Error("rows depend on the block")
	}
	seen := map[float64]int{}
	for i, at := range all.T {
		seen[at]++
		next := map[float64]float64{0.8: 0.4, 0.4: 0.05}[at]
		if s := all.Weight[i]; !(s >= next-1e-9 && s <= at) {
			t.Errorf("s = %g of t = %g", s, at)
		}
	}
	if seen[0.8] < 10 || seen[0.4] < 10 {
		t.Errorf("times %v", seen)
	}
}

// What is written to the parameters of a matching is seen in its networks, and in no other's.
func TestMatchingOver(t *testing.T) {
	m := matchingOf(t, 0)
	o := m.Over(m.Parameters().Clone()).(*Matching)
	flat := o.Parameters().Flat
	flat[0], flat[len(flat)/2] = 7, 8
	if o.student.Params.Flat[0] != 7 || o.auxiliary.Params.Flat[0] != 8 || o.Student().Params.Flat[0] != 7 || m.student.Params.Flat[0] == 7 || m.teacher.Params.Flat[0] == 7 {
		t.Error("parameters are not where they belong")
	}
}

func TestNewMatchingRefuses(t *testing.T) {
	teacher := matchingOf(t, 0).teacher
	for _, at := range [][]float64{{1.1}, {0.3, 0.4}, {0.5, 0.01}, {0}} {
		if _, err := NewMatching(teacher, at, 0.05, nil); err == nil {
			t.Errorf("times %v", at)
		}
	}
}
