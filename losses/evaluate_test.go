package losses

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Evaluate at the exact denoiser of Gaussian data, over fixed times, is the
// midpoint rule of w(t) E|D - x_0|².
func TestEvaluateMatchesTheClosedForm(t *testing.T) {
	const n, points = 20000, 10
	g := gaussian(t, sde.VP{})
	x := mat.NewDense(n, 2, nil)
	g.Sample(x, 1, 0)
	obj := Denoising{Sched: sde.VP{}, Times: Times{Law: LogNormalSigma{Mean: -0.5, Std: 1}}, Control: ControlVariate{0.3}}.Fixed(points)
	if err := obj.Validate(); err != nil || obj.Times.String() != "fixed:10:lognormal:-0.5,1" {
		t.Fatalf("times %v, %v", obj.Times, err)
	}
	b := Batch{Seed: 2, Total: n}
	got, err := Evaluate(g, obj, x, b)
	if err != nil {
		t.Fatal(err)
	}
	var want float64
	var p Problem
	obj.Draw(&p, x, b)
	var each moments
	out := mat.NewDense(n, 2, nil)
	if err := g.Denoise(out, p.X, p.T); err != nil {
		t.Fatal(err)
	}
	for i, u := range p.T {
		want += p.Weight[i] * residual(g.Covariance(), sde.VP{}.Coeff(u)) / n
		each.add(p.RowLoss(out, i))
	}
	if each.mean() != got && math.Abs(each.mean()-got) > 1e-12 {
		t.Errorf("Evaluate = %g, mean of rows %g", got, each.mean())
	}
	if err := each.within("loss", want, 4); err != nil {
		t.Error(err)
	}
	mustFail(t, "off by 10%", each.within("loss", 1.1*want, 4))
	if again, _ := Evaluate(g, obj, x, b); again != got {
		t.Error("the same batch has another loss")
	}
	if worse, _ := Evaluate(shrunk{g}, obj, x, b); worse <= got {
		t.Error("a worse denoiser has a lower loss")
	}
}

// failing returns an error, or something that is not a number in row 3.
type failing struct {
	sde.Denoiser
	err error
}

func (f failing) Denoise(dst, x *mat.Dense, t []float64) error {
	dst.Zero()
	dst.Set(3, 0, math.NaN())
	return f.err
}

func TestEvaluateErrs(t *testing.T) {
	g := gaussian(t, sde.VP{})
	x := normals(8, 2, "x")
	obj := Denoising{Sched: sde.VP{}}
	broken := errors.New("broken")
	if _, err := Evaluate(failing{g, broken}, obj, x, Batch{Total: 8}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	_, err := Evaluate(failing{g, nil}, obj, x, Batch{First: 4, Total: 12})
	if err == nil || !strings.Contains(err.Error(), "row 7, t = ") {
		t.Errorf("error %v, want one that names row 7", err)
	}
}

// byRow has an offset of its own for each row.
type byRow struct {
	sde.Denoiser
	offset []float64
}

func (r byRow) Rows(idx []int) sde.Denoiser {
	o := make([]float64, len(idx))
	for i, k := range idx {
		o[i] = r.offset[k]
	}
	return byRow{r.Denoiser, o}
}

func (r byRow) Denoise(dst, _ *mat.Dense, _ []float64) error {
	for i := range r.offset {
		dst.SetRow(i, []float64{r.offset[i], r.offset[i]})
	}
	return nil
}

// A denoiser with a condition per row gets the conditions of the clean rows that
// the pairs use: here the condition is the answer, and the loss zero.
func TestEvaluateFollowsPairs(t *testing.T) {
	const n = 10
	x := mat.NewDense(n, 2, nil)
	d := byRow{gaussian(t, sde.VP{}), make([]float64, n)}
	for i := range n {
		d.offset[i] = float64(i)
		x.SetRow(i, []float64{float64(i), float64(i)})
	}
	obj := Denoising{Sched: sde.VP{}, Control: ControlVariate{2}}
	if l, err := Evaluate(d, obj, x, Batch{Seed: 1, Total: n}); err != nil || l != 0 {
		t.Errorf("loss %g, %v", l, err)
	}
	var p Problem
	obj.Draw(&p, x, Batch{Seed: 1, Total: n})
	if !p.paired() || p.Loss(x) == 0 {
		t.Error("no row uses another's clean row: the test cannot fail")
	}
}
