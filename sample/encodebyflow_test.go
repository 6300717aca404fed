package sample

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

func TestEncodeDecode(t *testing.T) {
	for _, s := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.Rectified{}} {
		l := laws(t, 2, s)["mixture"]
		x := mat.NewDense(20, 2, nil)
		l.Sample(x, 4, 0)
		o := &FlowOptions{RTol: 1e-8, ATol: 1e-8}
		z, err := EncodeByFlow(context.Background(), l, x, o)
		if err != nil {
			t.Fatal(err)
		}
		y, err := DecodeByFlow(context.Background(), l, z, &FlowOptions{RTol: 1e-8, ATol: 1e-8, Block: 3})
		if err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(x, y, 1e-5) || mat.EqualApprox(x, z, 0.1) {
			t.Errorf("%T: decoding the encoding is off by %g", s, maxDiff(x, y))
		}
	}
}

func maxDiff(a, b *mat.Dense) float64 { return worst(a.RawMatrix().Data, b.RawMatrix().Data) }

// On Gaussian data the latent is the standardized row; on a mixture on the line
// the flow takes quantile to quantile.
func TestEncodeIsTheQuantileMap(t *testing.T) {
	o := &FlowOptions{RTol: 1e-9, ATol: 1e-9, End: 1e-5}
	g := gauss1(t, 1, 0.25, sde.VP{})
	x := mat.NewDense(3, 1, []float64{0.3, 1, 2.4})
	z, err := EncodeByFlow(context.Background(), g, x, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if want := (x.At(i, 0) - 1) / 0.5; math.Abs(z.At(i, 0)-want) > 1e-4 {
			t.Errorf("Gaussian, x = %g: latent %g, want %g", x.At(i, 0), z.At(i, 0), want)
		}
	}
	m := mixtureLaw(t)
	x = mat.NewDense(4, 1, []float64{-2.3, -1.6, 0.2, 1.9})
	z, err = EncodeByFlow(context.Background(), m, x, o)
	if err != nil {
		t.Fatal(err)
	}
	end := TerminalOf(m, 1)
	for i := range 4 {
		want := mixture1.Flow(x.At(i, 0)*oracle.Alpha(1e-5), 1e-5, 1)
		if got := end.Mean[0] + end.SD[0]*z.At(i, 0); math.Abs(got-want) > 1e-5 {
			t.Errorf("mixture, x = %g: x_1 %g, want %g", x.At(i, 0), got, want)
		}
	}
}

func TestInterpolate(t *testing.T) {
	l := laws(t, 2, sde.VP{})["mixture"]
	a, b := []float64{-1, -0.3}, []float64{1.5, 0.5}
	for _, c := range []Curve{LinearCurve, SphericalCurve} {
		x, err := Interpolate(context.Background(), l, a, b, 5, c, &FlowOptions{RTol: 1e-8, ATol: 1e-8})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][]float64{a, b} {
			if got := x.RawRowView(4 * i); worst(got, want) > 1e-5 {
				t.Errorf("curve %d: end %v, want %v", c, got, want)
			}
		}
	}
	if _, err := Interpolate(context.Background(), conditions(2), []float64{1}, []float64{2}, 5, LinearCurve, nil); err == nil {
		t.Error("conditions per row are accepted")
	}
	if _, err := Interpolate(context.Background(), l, a, b, 1, LinearCurve, nil); err == nil {
		t.Error("one point is accepted")
	}
}

func TestSphericalCurve(t *testing.T) {
	a, b, p := []float64{2, 0, 0}, []float64{0, 4, 0}, make([]float64, 3)
	for _, w := range []float64{0, 0.25, 0.5, 1} {
		SphericalCurve.At(p, a, b, w)
		if n := math.Hypot(p[0], p[1]); math.Abs(n-(2+2*w)) > 1e-12 || math.Abs(math.Atan2(p[1], p[0])-w*math.Pi/2) > 1e-12 {
			t.Errorf("at %g: %v", w, p)
		}
	}
	for _, c := range [][]float64{{4, 0, 0}, {0, 0, 0}, {-2, 0, 0}} { // parallel, zero, opposite
		want := make([]float64, 3)
		LinearCurve.At(want, a, c, 0.3)
		if SphericalCurve.At(p, a, c, 0.3); !slices.Equal(p, want) {
			t.Errorf("to %v: %v, want %v", c, p, want)
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	l := bimodal(t, sde.VP{})
	x := mat.NewDense(4, 2, nil)
	if _, err := EncodeByFlow(context.Background(), broken{l}, x, nil); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
	if _, err := EncodeByFlow(context.Background(), l, x, &FlowOptions{Start: 0.1, End: 0.2}); err == nil {
		t.Error("reversed times are accepted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := DecodeByFlow(ctx, l, x, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	x.Set(2, 0, math.Inf(1))
	if _, err := DecodeByFlow(context.Background(), l, x, nil); err == nil {
		t.Error("an infinite latent is accepted")
	}
	if _, err := EncodeByFlow(context.Background(), conditions(3), mat.NewDense(3, 1, []float64{0, 1, 2}), &FlowOptions{Block: 2}); err != nil {
		t.Error(err)
	}
}
