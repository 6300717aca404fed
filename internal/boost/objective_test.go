package boost

import (
	"fmt"
	"math"
	"testing"
)

// derivatives says where g = mean − target and h·factor of an objective differ
// from the central differences of the loss at some margins.
func derivatives(obj *objective, rows int, factor float64, loss func(row int, margin []float64) float64) error {
	const step, near = 1e-4, 1e-6 // differences of second order: error about step², rounding 1e-16/step²
	mean := make([]float64, obj.outputs)
	for _, at := range []float64{-2, -0.3, 0, 1.1} {
		margin := make([]float64, obj.outputs)
		for k := range margin {
			margin[k] = at * math.Cos(float64(k))
		}
		obj.mean(mean, margin)
		for row := range rows {
			for k := range margin {
				shifted := func(d float64) float64 {
					v := append([]float64(nil), margin...)
					v[k] += d
					return loss(row, v)
				}
				g := (shifted(step) - shifted(-step)) / (2 * step)
				h := (shifted(step) - 2*shifted(0) + shifted(-step)) / (step * step)
				if got := mean[k] - obj.target(row, k); math.Abs(got-g) > near {
					return fmt.Errorf("row %d, output %d: first derivative %g, want %g", row, k, got, g)
				}
				if got := obj.curvature(mean[k]) / factor; math.Abs(got-h) > near {
					return fmt.Errorf("row %d, output %d: second derivative %g, want %g", row, k, got, h)
				}
			}
		}
	}
	return nil
}

func TestDerivatives(t *testing.T) {
	class, three, y := []int{0, 1, 1}, []int{0, 1, 2}, []float64{0.5, -0.25, 0.7}
	logLoss := func(row int, m []float64) float64 {
		return math.Log1p(math.Exp(m[0])) - float64(class[row])*m[0]
	}
	softLoss := func(row int, m []float64) float64 {
		var s float64
		for _, v := range m {
			s += math.Exp(v)
		}
		return math.Log(s) - m[three[row]]
	}
	sq, unit := squared(y)
	squareLoss := func(row int, m []float64) float64 { return (m[0] - y[row]/unit) * (m[0] - y[row]/unit) / 2 }
	lo, so := logistic(class), softmax(three, 3)
	for _, c := range []struct {
		name   string
		obj    objective
		factor float64
		loss   func(int, []float64) float64
	}{
		{"logistic", lo, 1, logLoss},
		{"softmax", so, 2, softLoss}, // doubled on purpose
		{"squared", sq, 1, squareLoss},
	} {
		if err := derivatives(&c.obj, 3, c.factor, c.loss); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		// Twins: a curvature and a target that are off by a thousandth.
		planted := c.obj
		planted.curvature = func(v float64) float64 { return 1.001 * c.obj.curvature(v) }
		if derivatives(&planted, 3, c.factor, c.loss) == nil {
			t.Errorf("%s: a wrong curvature passes", c.name)
		}
		planted = c.obj
		planted.target = func(i, k int) float64 { return c.obj.target(i, k) + 0.001 }
		if derivatives(&planted, 3, c.factor, c.loss) == nil {
			t.Errorf("%s: a wrong target passes", c.name)
		}
	}
}

// The start is the constant of least loss: the mean of the rows' derivatives
// is zero there.
func TestPriorIsBestConstant(t *testing.T) {
	sq, _ := squared([]float64{1, 5, -2, 3})
	for name, obj := range map[string]objective{
		"logistic": logistic([]int{0, 1, 1, 1}),
		"softmax":  softmax([]int{2, 0, 1, 2}, 3),
		"squared":  sq,
	} {
		mean := make([]float64, obj.outputs)
		obj.mean(mean, obj.prior)
		for k := range mean {
			var g float64
			for row := range 4 {
				g += mean[k] - obj.target(row, k)
			}
			if math.Abs(g) > 1e-12 {
				t.Errorf("%s: derivatives of output %d sum to %g", name, k, g)
			}
		}
	}
}
