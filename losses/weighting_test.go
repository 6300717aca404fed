package losses

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"tweedie/sde"
)

// checkWeights compares the weights on |D - x_0|² with independent forms.
func checkWeights(weight func(Weighting, sde.Coeff) float64) error {
	var errs []error
	for name, s := range schedules {
		for _, t := range []float64{0.02, 0.3, 0.5, 0.9} {
			c := s.Coeff(t)
			lvl := c.Sigma / c.Alpha
			const h = 1e-5
			ratio := func(u float64) float64 { return math.Exp(2 * s.Coeff(u).Lambda()) }
			for _, k := range []struct {
				w         Weighting
				want, tol float64
			}{
				{EDM{0.5}, (lvl*lvl + 0.25) / (lvl * 0.5 * lvl * 0.5), 1e-12},
				{EDM{}, 1 + 1/(lvl*lvl), 1e-12},
				{Sigma2{}, 1 / (lvl * lvl), 1e-12},
				{LikelihoodWeighting{}, sde.Diffusion2(s, t) * c.Alpha * c.Alpha / math.Pow(c.Sigma, 4), 1e-10},
				{LikelihoodWeighting{}, -(ratio(t+h) - ratio(t-h)) / (2 * h), 1e-5},
				{MinSNR{}, math.Min(1/(lvl*lvl), 5), 1e-12},
				{MinSNR{0.1}, math.Min(1/(lvl*lvl), 0.1), 1e-12},
				{Constant{}, 1, 0},
			} {
				errs = append(errs, near(name+" "+k.w.String(), weight(k.w, c)/k.want, 1, k.tol))
			}
		}
	}
	return errors.Join(errs...)
}

func onD(w Weighting, c sde.Coeff) float64 { return Denoising{Weight: w}.RowWeight(c) }

func TestWeightsOnTheDenoiser(t *testing.T) {
	if err := checkWeights(onD); err != nil {
		t.Error(err)
	}
	mustFail(t, "a likelihood with its ½", checkWeights(func(w Weighting, c sde.Coeff) float64 {
		if w == (LikelihoodWeighting{}) {
			return onD(w, c) / 2
		}
		return onD(w, c)
	}))
	mustFail(t, "min-SNR stated on eps", checkWeights(func(w Weighting, c sde.Coeff) float64 {
		if _, ok := w.(MinSNR); ok {
			return Denoising{Weight: w, Target: Eps}.RowWeight(c)
		}
		return onD(w, c)
	}))
}

// The geometric VE schedule makes the likelihood weighting a constant times the
// plain one: 2 ln 5000 = 17.0344.
func TestLikelihoodOfVEIsPlain(t *testing.T) {
	for _, u := range []float64{0, 0.1, 0.77, 1} {
		c := sde.VE{}.Coeff(u)
		r := onD(LikelihoodWeighting{}, c) / onD(Sigma2{}, c)
		if math.Abs(r-17.0344) > 5e-5 {
			t.Errorf("t = %g: ratio %.6f, want 17.0344", u, r)
		}
	}
	if c := (sde.VP{}).Coeff(0.5); math.Abs(onD(LikelihoodWeighting{}, c)/onD(Sigma2{}, c)-17.0344) < 1 {
		t.Error("VP has the same ratio: the test cannot fail")
	}
}

func TestParseWeighting(t *testing.T) {
	for _, w := range weightings {
		got, err := ParseWeighting(w.String())
		if err != nil || got.String() != w.String() {
			t.Errorf("ParseWeighting(%q) = %v, %v", w, got, err)
		}
		if c := (sde.VP{}).Coeff(0.4); err == nil && onD(got, c) != onD(w, c) {
			t.Errorf("%q reads back as another weight", w)
		}
	}
	if w, err := ParseWeighting("minsnr"); err != nil || !reflect.DeepEqual(w, MinSNR{}) {
		t.Errorf("minsnr: %v, %v", w, err)
	}
	for s, want := range map[string]string{
		"snr": weightingNames, "": weightingNames, "edm:0": "positive", "edm:x": "positive",
		"minsnr:-1": "positive", "minsnr:NaN": "positive", "minsnr:Inf": "positive", "sigma2:1": "takes no number",
	} {
		if _, err := ParseWeighting(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseWeighting(%q): %v, want %q", s, err, want)
		}
	}
}

func FuzzParseWeighting(f *testing.F) {
	for _, w := range weightings {
		f.Add(w.String())
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseWeighting(s)
		if err != nil {
			return
		}
		again, err := ParseWeighting(w.String())
		if err != nil || again.String() != w.String() {
			t.Errorf("%q: %q reads back as %v, %v", s, w, again, err)
		}
		if v := onD(w, sde.VP{}.Coeff(0.5)); !(v >= 0) {
			t.Errorf("%q weighs %g", s, v)
		}
	})
}
