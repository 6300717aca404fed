package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// A rotated model is the model of the rotated law: denoiser and moments.
func TestRotatedModelsAreModelsOfRotatedLaws(t *testing.T) {
	const phi = 0.7
	Q := mat.NewDense(2, 2, []float64{math.Cos(phi), -math.Sin(phi), math.Sin(phi), math.Cos(phi)})
	law, err := sde.NewGaussian([]float64{1, -2}, mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRotation(Q)
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Denoiser(law)
	if err != nil {
		t.Fatal(err)
	}
	rotated := func(Q mat.Matrix) *sde.Gaussian {
		var cov, mu mat.Dense
		cov.Product(Q.T(), law.Covariance(), Q)
		mu.Mul(Q.T(), mat.NewDense(2, 1, law.Mean()))
		g, err := sde.NewGaussian(mat.Col(nil, 0, &mu), mat.NewSymDense(2, []float64{cov.At(0, 0), cov.At(0, 1), cov.At(1, 0), cov.At(1, 1)}), sde.VP{})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	want, wrong := rotated(Q), rotated(Q.T())
	u := mat.NewDense(3, 2, []float64{0.1, 2, -1, 0.5, 3, -2})
	a, b := mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
	for _, s := range []float64{0.05, 0.4, 1} {
		for g, equal := range map[*sde.Gaussian]bool{want: true, wrong: false} {
			if err := d.Denoise(a, u, []float64{s}); err != nil {
				t.Fatal(err)
			}
			if err := g.Denoise(b, u, []float64{s}); err != nil {
				t.Fatal(err)
			}
			if mat.EqualApprox(a, b, 1e-10) != equal && !(s == 1 && !equal) {
				t.Errorf("t = %g: equality is %t", s, !equal)
			}
		}
	}
	p, q := TerminalOf(d, 0.3), TerminalOf(want, 0.3)
	for j := range 2 {
		if math.Abs(p.Mean[j]-q.Mean[j]) > 1e-9 || math.Abs(p.SD[j]-q.SD[j]) > 1e-9 {
			t.Errorf("coordinate %d: moments %g, %g, want %g, %g", j, p.Mean[j], p.SD[j], q.Mean[j], q.SD[j])
		}
	}
	for _, bad := range []mat.Matrix{mat.NewDense(2, 2, []float64{1, 1, 0, 1}), mat.NewDense(2, 3, nil)} {
		if _, err := NewRotation(bad); err == nil {
			t.Errorf("%v: no error", mat.Formatted(bad))
		}
	}
	if _, err := ColorRotation(2).Denoiser(law); err == nil {
		t.Error("another dimension: no error")
	}
}

// Pictures of two pixels of known grays: every color that is drawn has the gray,
// and colors follow it as the law says. Red alone varies with the gray here.
func TestColorization(t *testing.T) {
	const pixels = 2
	cov := mat.NewSymDense(6, nil)
	for p := range pixels {
		for k, v := range []float64{1, 0.04, 0.04} {
			cov.SetSym(3*p+k, 3*p+k, v)
		}
	}
	law, err := sde.NewGaussian(make([]float64, 6), cov, sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	r := ColorRotation(pixels)
	x, u, back := mat.NewDense(1, 6, []float64{1, 2, 3, -1, 0, 4}), mat.NewDense(1, 6, nil), mat.NewDense(1, 6, nil)
	r.To(u, x)
	r.From(back, u)
	if !mat.EqualApprox(x, back, 1e-12) || math.Abs(u.At(0, 1)-3/math.Sqrt(3)) > 1e-12 {
		t.Fatalf("%v, %v", u.RawRowView(0), back.RawRowView(0))
	}
	d, err := r.Denoiser(law)
	if err != nil {
		t.Fatal(err)
	}
	grays := mat.NewDense(1, pixels, []float64{0.8, -0.5})
	const n = 400
	res, err := Run(context.Background(), withKnown(t, d, ValueCondition{Index: []int{0, 1}, Values: grays}), RePaint{DPMpp2MSDE{}, 1, 10}, n, &Options{Steps: 40})
	if err != nil {
		t.Fatal(err)
	}
	pictures := mat.NewDense(n, 6, nil)
	r.From(pictures, res.X)
	red := [2]float64{}
	for i := range n {
		row := pictures.RawRowView(i)
		for p := range pixels {
			if gray := (row[3*p] + row[3*p+1] + row[3*p+2]) / math.Sqrt(3); math.Abs(gray-grays.At(0, p)) > 0.02 {
				t.Fatalf("picture %d, pixel %d: gray %g for %g", i, p, gray, grays.At(0, p))
			}
			red[p] += row[3*p] / n
		}
	}
	if math.Abs(red[0]-red[1]) < 0.5 {
		t.Errorf("pixels of unlike grays have the reds %.3f and %.3f", red[0], red[1])
	}
	for p := range pixels {
		// E[red|gray] = √3 gray/(1 + .08), but for the bias of ten repeats, 5 %, and
		// three standard errors, .04
		if want := math.Sqrt(3) * grays.At(0, p) / 1.08; math.Abs(red[p]-want) > 0.05*math.Abs(want)+0.04 {
			t.Errorf("pixel %d: red %.3f, want %.3f", p, red[p], want)
		}
	}
}

// An evaluation allocates nothing.
func TestRotatedModelsDoNotAllocate(t *testing.T) {
	r := ColorRotation(1)
	law, err := sde.NewGaussian(make([]float64, 3), mat.NewSymDense(3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Denoiser(law)
	if err != nil {
		t.Fatal(err)
	}
	u, dst, at := mat.NewDense(64, 3, nil), mat.NewDense(64, 3, nil), []float64{0.5}
	bare := testing.AllocsPerRun(20, func() { _ = law.Denoise(dst, u, at) })
	if got := testing.AllocsPerRun(20, func() { _ = d.Denoise(dst, u, at) }); got > bare+1 {
		t.Errorf("%g allocations, the model alone has %g", got, bare)
	}
}
