package bench

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// wrongJacobian is a law whose Jacobian has an error of .15 that depends on x, as
// that of a network has. σ²/α multiplies it: at noise its variances are negative.
type wrongJacobian struct{ g *sde.Gaussian }

func (w wrongJacobian) Schedule() sde.Schedule { return w.g.Schedule() }
func (w wrongJacobian) Dim() int               { return w.g.Dim() }
func (w wrongJacobian) Denoise(dst, x *mat.Dense, t []float64) error {
	return w.g.Denoise(dst, x, t)
}

func (w wrongJacobian) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := w.g.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		if err := pull(dst, v); err != nil {
			return err
		}
		n, d := x.Dims()
		for i := range n {
			xr := x.RawRowView(i)
			for j := range d {
				u := mat.NewVecDense(d, nil)
				for k := range d {
					u.SetVec(k, math.Sin(float64(3*j+k+1)+9*w.g.Mu[0]+7*(xr[j]+xr[k])))
				}
				dst.Set(i, j, dst.At(i, j)+0.15*floats.Dot(u.RawVector().Data, v.RawRowView(i)))
			}
		}
		return nil
	}, err
}

// With covariances, JAC of posteriors whose Jacobians are wrong at noise keeps every draw near
// the law of all observations. Without, some run away: the twin.
func TestComposedWrongJacobian(t *testing.T) {
	gaussian := func(mean []float64, v ...float64) *sde.Gaussian {
		g, err := sde.NewGaussian(mean, mat.NewSymDense(3, v), sde.VP{})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	prior := gaussian([]float64{0, 0, 0}, 1, 0, 0, 0, 1, 0, 0, 0, 1)
	v := []float64{0.3, 0, 0.2, 0, 0.02, 0, 0.2, 0, 0.3}
	var list []sde.Denoiser
	var cov []mat.Symmetric
	for _, m := range [][]float64{{1, -0.4, -1}, {1.2, -0.5, -0.5}, {0.8, -0.6, -0.8}, {1, -0.5, -0.7}} {
		g := gaussian(m, v...)
		list, cov = append(list, wrongJacobian{g}), append(cov, g.Covariance())
	}
	farthest := func(o guide.ComposeOptions) (far float64, x *mat.Dense) {
		c, err := guide.Compose(prior, o, list...)
		if err != nil {
			t.Fatal(err)
		}
		res, err := sample.Run(context.Background(), c, sample.DPMpp2MSDE{}, 1000, &sample.Options{NFE: 40, Seed: 1, Init: c.Start(1)})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range res.X.RawMatrix().Data {
			far = max(far, math.Abs(v))
		}
		return far, res.X
	}
	far, x := farthest(guide.ComposeOptions{Covariances: cov})
	other, _ := farthest(guide.ComposeOptions{})
	// The law of all: Λ = 4 C⁻¹ - 3 I, and Λ m = Σ C⁻¹ m_i.
	var ci, inv mat.Dense
	if err := ci.Inverse(cov[0]); err != nil {
		t.Fatal(err)
	}
	sum := mat.NewVecDense(3, []float64{4, -2, -3})
	lambda := mat.NewDense(3, 3, []float64{-3, 0, 0, 0, -3, 0, 0, 0, -3})
	var part mat.Dense
	part.Scale(4, &ci)
	lambda.Add(lambda, &part)
	if err := inv.Inverse(lambda); err != nil {
		t.Fatal(err)
	}
	sum.MulVec(&ci, sum)
	sum.MulVec(&inv, sum)
	for j := range 3 {
		mean, square := 0.0, 0.0
		for i := range 1000 {
			mean += x.At(i, j) / 1000
			square += x.At(i, j) * x.At(i, j) / 1000
		}
		sd, want := math.Sqrt(square-mean*mean), math.Sqrt(inv.At(j, j))
		t.Logf("coordinate %d: mean %.3f ± %.3f, want %.3f ± %.3f", j, mean, sd, sum.AtVec(j), want)
		if math.Abs(mean-sum.AtVec(j)) > 0.3*want || math.Abs(sd/want-1) > 0.2 {
			t.Errorf("coordinate %d: mean %.3f ± %.3f, want %.3f ± %.3f", j, mean, sd, sum.AtVec(j), want)
		}
	}
	t.Logf("farthest draw: %.3g, without covariances %.3g", far, other)
	if far > 4 || other < 8 {
		t.Errorf("farthest draw: %.3g, want at most 4; without covariances %.3g, want one that runs away", far, other)
	}
}
