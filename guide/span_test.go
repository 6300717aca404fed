package guide_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// network hides that a law is one: guidance takes it for a network.
type network struct {
	sde.Differentiable
	mean, variance []float64
}

func (n network) Moments() (mean, variance []float64) { return n.mean, n.variance }

// The D of a network stays within the span of its data, whatever a guide asks
// for; that of a law goes where it is told.
func TestSpanOfNetworks(t *testing.T) {
	l := line(sde.VP{}, 1, 4)
	push := guide.CustomScore{F: func(g []float64, p guide.RowState) error {
		g[0] = 1e6 * float64(1-2*p.Row)
		return nil
	}}
	x := mat.NewDense(2, 1, []float64{0.5, 0.5})
	d := denoise(t, guide.New(network{l, []float64{1}, []float64{4}}, push), x, 0.5)
	if got := []float64{d.At(0, 0), d.At(1, 0)}; got[0] != 41 || got[1] != -39 {
		t.Errorf("D of a network is %v, want 41 and -39", got)
	}
	d = denoise(t, guide.New(l, push), x, 0.5)
	if d.At(0, 0) < 1e3 || d.At(1, 0) > -1e3 {
		t.Errorf("D of a law is %v", d.RawMatrix().Data)
	}
}
