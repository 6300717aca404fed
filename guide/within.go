package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Constraint is Lo ≤ A·x_0 ≤ Hi. One end may be infinite.
type Constraint struct {
	A      []float64
	Lo, Hi float64
}

// Interval keeps coordinate j of rows of d in [lo, hi].
func Interval(d, j int, lo, hi float64) Constraint {
	a := make([]float64, d)
	a[j] = 1
	return Constraint{a, lo, hi}
}

// HalfSpace keeps a·x_0 ≤ b.
func HalfSpace(a []float64, b float64) Constraint { return Constraint{a, math.Inf(-1), b} }

// Within truncates the prior to all constraints. With u = A·x_0 given x_t taken
// as N(A·D, s²), s² = σ²/α A·Jᵀ A,
//
//	g = Jᵀ A (φ(a) - φ(b))/(s (Φ(b) - Φ(a)))     a = (Lo - A·D)/s, b = (Hi - A·D)/s
//
// is the gradient of log P(Lo ≤ u ≤ Hi | x_t): exact for a Gaussian prior and one
// constraint, or several whose u are uncorrelated. One backward pass for each
// constraint. A sampler that ends at σ > 0 may leave rows outside by about σ/α.
type Within []Constraint

var _ Twist = Within{}

func (w Within) Check(prior sde.Differentiable) error {
	if len(w) == 0 {
		return errors.New("no constraints")
	}
	for k, c := range w {
		if len(c.A) != prior.Dim() {
			return fmt.Errorf("constraint %d has %d coefficients for rows of %d", k, len(c.A), prior.Dim())
		}
		if z := norm(c.A); !(z > 0) || math.IsInf(z, 0) {
			return fmt.Errorf("constraint %d has no direction", k)
		}
		if !(c.Lo < c.Hi) {
			return fmt.Errorf("constraint %d: [%g, %g] is empty; an equality is an Observation with SD 0", k, c.Lo, c.Hi)
		}
		if math.IsInf(c.Lo, -1) && math.IsInf(c.Hi, 1) {
			return fmt.Errorf("constraint %d has no finite end", k)
		}
	}
	return nil
}

func (w Within) Exactness(prior sde.Differentiable) (Exactness, string) {
	if !gaussian(prior) {
		return Heuristic, "x_0 given x_t is taken as normal: rows inside may be of the wrong kind; weight particles (TDS), or reject unguided rows"
	}
	c := prior.(sde.Law).Covariance()
	for k := range w {
		for l := range k {
			var ca mat.VecDense
			ca.MulVec(c, mat.NewVecDense(len(w[l].A), w[l].A))
			// Uncorrelated at every time means that also A_k·A_l is 0.
			if numeric.Dot(w[k].A, ca.RawVector().Data) != 0 || numeric.Dot(w[k].A, w[l].A) != 0 {
				return Heuristic, "the constraints are taken as independent given x_t: rows inside may be of the wrong kind; weight particles (TDS), or reject unguided rows"
			}
		}
	}
	return Exact, ""
}

func (w Within) AddScore(dst *mat.Dense, at State) error { return w.eval(dst, nil, at) }

// LogProb implements Twist: Σ log P(Lo ≤ A·x_0 ≤ Hi | x_t).
func (w Within) LogProb(dst []float64, at State) error {
	clear(dst)
	return w.eval(nil, dst, at)
}

// LogLikelihood implements LikelihoodTerm: 0 within, -Inf outside.
func (w Within) LogLikelihood(dst []float64, at State) error {
	for i := range dst {
		dst[i] = 0
		for _, c := range w {
			if u := numeric.Dot(c.A, at.Mean.RawRowView(i)); u < c.Lo || u > c.Hi {
				dst[i] = math.Inf(-1)
			}
		}
	}
	return nil
}

// leastVariance is the smallest s² allowed, in units of σ²/α² |A|²: the Jacobian
// of a network need not be positive.
const leastVariance = 1e-6

func (w Within) eval(dst *mat.Dense, logp []float64, at State) error {
	v, ja := at.Scratch(at.X.Dims()), at.Scratch(at.X.Dims())
	for _, c := range w {
		for i := range at.Rows() {
			copy(v.RawRowView(i), c.A)
		}
		if err := at.Pull(ja, v); err != nil {
			return err
		}
		aa := numeric.Dot(c.A, c.A)
		for i := range at.Rows() {
			k := at.Coeff(i)
			if k.Sigma == 0 {
				continue
			}
			row := ja.RawRowView(i)
			s2 := math.Max(k.Tweedie()*numeric.Dot(c.A, row), leastVariance*aa*k.Sigma*k.Sigma/(k.Alpha*k.Alpha))
			s, m := math.Sqrt(s2), numeric.Dot(c.A, at.Mean.RawRowView(i))
			lp, shift := normalMass((c.Lo-m)/s, (c.Hi-m)/s)
			if logp != nil {
				logp[i] += lp
				continue
			}
			numeric.Axpy(dst.RawRowView(i), shift/s, row)
		}
	}
	return nil
}

// normalMass returns log(Φ(b) - Φ(a)) and (φ(a) - φ(b))/(Φ(b) - Φ(a)), the mean of
// a standard normal within [a, b], for a < b, to about twelve digits also where
// the mass underflows.
func normalMass(a, b float64) (logp, mean float64) {
	if -a > b { // more of it lies below: reflect, so that b ≥ |a|
		logp, mean = normalMass(-b, -a)
		return logp, -mean
	}
	switch {
	case b-a < 1e-5: // narrow: the density is all but constant
		m := (a + b) / 2
		return math.Log(b-a) - m*m/2 - numeric.HalfLog2Pi, m
	case a < 0:
		z := (math.Erfc(a/math.Sqrt2) - math.Erfc(b/math.Sqrt2)) / 2
		return math.Log(z), (phi(a) - phi(b)) / z
	}
	// Above 0, in units of φ(a): Φ(b) - Φ(a) = φ(a) (R(a) - e R(b)), with
	// e = φ(b)/φ(a) and Mills' ratio R.
	e := math.Exp((a - b) * (a + b) / 2)
	z := mills(a)
	if e > 0 {
		z -= e * mills(b)
	}
	return math.Log(z) - a*a/2 - numeric.HalfLog2Pi, -math.Expm1((a-b)*(a+b)/2) / z
}

// normalSpread is E[z²] - 1 of a standard normal z within [a, b], of log mass logp.
func normalSpread(a, b, logp float64) float64 {
	if b-a < 1e-5 {
		m := (a + b) / 2
		return m*m - 1
	}
	end := func(x float64) float64 {
		if math.IsInf(x, 0) {
			return 0
		}
		return x * math.Exp(-x*x/2-numeric.HalfLog2Pi-logp)
	}
	return end(a) - end(b)
}

func phi(z float64) float64 { return math.Exp(-z*z/2 - numeric.HalfLog2Pi) }

// mills is (1 - Φ(x))/φ(x) for x ≥ 0.
func mills(x float64) float64 {
	if x < 25 {
		return math.Sqrt(math.Pi/2) * math.Exp(x*x/2) * math.Erfc(x/math.Sqrt2)
	}
	q := 1 / (x * x)
	return (1 - q*(1-3*q*(1-5*q*(1-7*q)))) / x
}
