package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// constant has the same output everywhere.
type constant struct{ out []float64 }

func (constant) Schedule() sde.Schedule { return sde.VP{} }
func (c constant) Dim() int             { return len(c.out) }
func (c constant) Denoise(dst, x *mat.Dense, _ []float64) error {
	dst.Apply(func(_, j int, _ float64) float64 { return c.out[j] }, x)
	return nil
}

// A step by way of the data has the moments of data with new noise, its levels drawn by their
// probabilities; one to its reach is that of the flow, and one beyond adds the noise between. Rows are the last output, levels drawn.
func TestFlowMapSteps(t *testing.T) {
	const n = 4000
	d := constant{[]float64{0.7, 0.2, 0.5, 0.3}}
	m := FlowMap{At: []float64{1, 0.5, 0.2}, Reach: []float64{0, 0.2}, Levels: [][2]int{{1, 4}}}
	st, x := m.New(d, n), mat.NewDense(n, 4, nil)
	if err := st.Step(x, 1, 0.5, sde.NewStreams(1, "test", 0)); err != nil {
		t.Fatal(err)
	}
	c, s := sde.VP{}.Coeff(0.5), sde.VP{}.Coeff(0.2)
	for j, p := range d.out {
		mean, square := 0.0, 0.0
		for i := range n {
			mean += x.At(i, j) / n
			square += x.At(i, j) * x.At(i, j) / n
		}
		v := c.Sigma * c.Sigma
		if j > 0 {
			v += c.Alpha * c.Alpha * p * (1 - p)
		}
		if math.Abs(mean-c.Alpha*p) > 4*math.Sqrt(v/n) || math.Abs(square-mean*mean-v) > 0.1*v {
			t.Errorf("position %d: mean %.3f, variance %.3f, want %.3f and %.3f", j, mean, square-mean*mean, c.Alpha*p, v)
		}
	}
	before := mat.DenseCopyOf(x)
	if err := st.Step(x, 0.5, 0.2, noNoise{}); err != nil {
		t.Fatal(err)
	}
	k := s.Sigma / c.Sigma
	for j, p := range d.out {
		if got, want := x.At(5, j), k*before.At(5, j)+(s.Alpha-c.Alpha*k)*p; math.Abs(got-want) > 1e-12 {
			t.Errorf("position %d: %g, want %g", j, got, want)
		}
	}
	m.Reach = []float64{0, 0.1}
	x.Copy(before)
	if err := m.New(d, n).Step(x, 0.5, 0.2, sde.NewStreams(1, "test", 0)); err != nil {
		t.Fatal(err)
	}
	mean, square := 0.0, 0.0
	for i := range n {
		r := sde.VP{}.Coeff(0.1)
		e := x.At(i, 0) - s.Alpha/r.Alpha*(r.Sigma/c.Sigma*before.At(i, 0)+(r.Alpha-c.Alpha*r.Sigma/c.Sigma)*0.7)
		mean += e / n
		square += e * e / n
	}
	r := sde.VP{}.Coeff(0.1)
	if v := s.Sigma*s.Sigma - math.Pow(s.Alpha/r.Alpha*r.Sigma, 2); math.Abs(mean) > 4*math.Sqrt(v/n) || math.Abs(square-v) > 0.1*v {
		t.Errorf("noise of mean %.3f and variance %.4f, want %.4f", mean, square, v)
	}
	for _, times := range [][]float64{{1}, {1, 0.5}, {1, 0.5, 0.2, 0.1}} {
		m.At = times
		m.Reach = make([]float64, len(times)-1)
		r, err := Run(context.Background(), d, m, 1000, &Options{})
		if err != nil || r.NFE != float64(len(times)) || r.X.At(3, 0) != 0.7 || r.X.At(3, 2)*(1-r.X.At(3, 2)) != 0 || math.Abs(mat.Sum(r.X.ColView(2))-500) > 65 {
			t.Errorf("%v: %v, %g evaluations, a level in %g of 1000 rows, want 500", times, err, r.NFE, mat.Sum(r.X.ColView(2)))
		}
	}
}

func TestDrawLevel(t *testing.T) {
	for _, c := range []struct {
		z    float64
		want int
	}{{-9, 0}, {-1, 0}, {0, 1}, {0.6, 1}, {1, 2}, {9, 2}} {
		p := []float64{0.2, 0.6, 0.2}
		if drawLevel(p, c.z); p[c.want] != 1 || p[0]+p[1]+p[2] != 1 {
			t.Errorf("z = %g: %v, want level %d", c.z, p, c.want)
		}
	}
}
