package guide

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// unit is the kernel x_t = x_0 + z at every time.
type unit struct{}

func (unit) Coeff(float64) sde.Coeff { return sde.Coeff{Alpha: 1, Sigma: 1} }

// The mass of a unit normal in an interval is the marginal density of a uniform
// law, whose score is minus the mean.
func TestNormalMassEqualsTheBox(t *testing.T) {
	for _, c := range [][2]float64{{-1, 2}, {-3, 0.1}, {0, 1}, {2, 2.5}, {6, 7}, {-9, -8}, {26, 30}, {-40, -39.5}, {-0.3, -0.299}, {4, 4 + 1e-7}, {-30, 30}} {
		b, err := sde.NewBox([]float64{c[0]}, []float64{c[1]}, unit{})
		if err != nil {
			t.Fatal(err)
		}
		lp, s, x := make([]float64, 1), mat.NewDense(1, 1, nil), mat.NewDense(1, 1, nil)
		b.LogProb(lp, x, []float64{0})
		b.Score(s, x, []float64{0})
		logp, mean := normalMass(c[0], c[1])
		if want := lp[0] + math.Log(c[1]-c[0]); math.Abs(logp-want) > 1e-10*math.Max(1, math.Abs(want)) {
			t.Errorf("%v: log mass %.13g, want %.13g", c, logp, want)
		}
		if want := s.At(0, 0); math.Abs(mean-want) > 1e-9*math.Max(1, math.Abs(want)) {
			t.Errorf("%v: mean %.13g, want %.13g", c, mean, want)
		}
	}
	inf := math.Inf(1)
	for _, a := range []float64{-5, 0.3, 3, 24.9, 25.1, 200} {
		lp, m := normalMass(a, inf)
		lq, n := normalMass(-inf, -a)
		if lp != lq || m != -n || !(m > a) || !(m < a+1/math.Max(a, 0.1)+1) && a > 0 {
			t.Errorf("beyond %g: %g, %g and mirrored %g, %g", a, lp, m, lq, n)
		}
	}
	lp, m := normalMass(24.999999, inf)
	lq, n := normalMass(25.000001, inf)
	if math.Abs(lp-lq) > 1e-4 || math.Abs(m-n) > 1e-5 {
		t.Error("Mills' ratio jumps at 25")
	}
}

// The eigenvectors are orthonormal and rebuild the matrix, in a few sweeps.
func TestEigenRebuildsTheMatrix(t *testing.T) {
	for _, m := range []int{1, 2, 5, 16} {
		a, q := make([]float64, m*m), make([]float64, m*m)
		for i := range m {
			for j := range i + 1 {
				v := math.Sin(float64(3*i+7*j+1)) * math.Exp(float64(i+j)/4)
				a[i*m+j], a[j*m+i] = v, v
			}
		}
		want, size := append([]float64(nil), a...), 0.0
		sweeps := eigen(a, q, m)
		for _, v := range want {
			size = math.Max(size, math.Abs(v))
		}
		for i := range m {
			for j := range m {
				s, o := 0.0, 0.0
				for k := range m {
					s += q[i*m+k] * a[k*m+k] * q[j*m+k]
					o += q[i*m+k] * q[j*m+k]
				}
				if math.Abs(s-want[i*m+j]) > 1e-13*size*float64(m) {
					t.Errorf("m = %d: element (%d, %d) is %g, want %g", m, i, j, s, want[i*m+j])
				}
				if i == j {
					o--
				}
				if math.Abs(o) > 1e-13 {
					t.Errorf("m = %d: rows %d and %d of the eigenvectors: %g", m, i, j, o)
				}
			}
		}
		if sweeps > 10 {
			t.Errorf("m = %d: %d sweeps", m, sweeps)
		}
	}
}
