package guide

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Tempered is the law that an AffineScore names and its score does not reach,
//
//	p(x)ᵖ p(y|x)ᵃ e^{(b+q)·x}/Z,
//
// in the form that Feynman-Kac correctors take (sample.FKC): a product of noised laws,
// Π Laws[k]^Powers[k] at every time, times the exponentials of Rewards.
//
// A likelihood of normal errors to the power a > 0 is one of errors of 1/a of the variance.
// It enters as π(x|y)/π(x), which is the likelihood at the data for any law π with a posterior
// in closed form: both are noised laws, so that the correctors are exact as steps become
// small, and π decides no more than how much weights vary; for the law of the model itself
// and p = 1 they do not. (With (π(x|y)/π(x))ᵃ of the errors as they are, the other way and
// that for a < 0, rates of log-weights have a (a-1) σ² |g|² in them.) An observation without
// that form enters as a reward.
type Tempered struct {
	Laws    []sde.Denoiser // the first is the model
	Powers  []float64
	Rewards []Reward
	// LogScale is what the evidence of the product lacks to log ∫ p(x)ᵖ p(y|x)ᵃ e^{…} dx.
	LogScale float64
}

// Tempered returns the law that f aims at on the model. π is the Prior of a
// LawLikelihood, and else normal with the moments of the model. It errs where scales differ
// between coordinates, which is the score of no law, and where an observation has no
// density or no derivative.
func (f AffineScore) Tempered(model sde.Differentiable) (Tempered, error) {
	a, err1 := oneNumber("likelihood", f.LikelihoodScale)
	p, err2 := oneNumber("prior", f.PriorScale)
	if err := cmp.Or(f.Check(model), err1, err2); err != nil {
		return Tempered{}, err
	}
	t := Tempered{Laws: []sde.Denoiser{model}, Powers: []float64{p}}
	if r, ok := f.shiftReward(model.Dim()); ok {
		t.Rewards = append(t.Rewards, r)
	}
	if f.Likelihood == nil {
		t.Powers[0] = a
		t.Laws, t.Powers = append(t.Laws, f.Prior), append(t.Powers, p-a)
		return t, nil
	}
	o, ok := observationOf(f.Likelihood)
	if !ok {
		return t, fmt.Errorf("guide: the likelihood of a guide of type %T, or of a strength of its own, has no law: take MMPS, PiGDM or DPS, and scale it here", f.Likelihood)
	}
	if n, _ := o.Y.Dims(); n > 1 {
		return t, errors.New("guide: a tempered law is of one observation, not of one for each row")
	}
	if !sde.IsLinear(o.A) || !sde.IsNormal(o.Error) {
		r, err := likelihoodReward(o, a)
		t.Rewards = append(t.Rewards, r)
		return t, err
	}
	l, ok := f.Likelihood.(LawLikelihood)
	if !ok {
		normal, err := momentNormal(model)
		if err != nil {
			return t, err
		}
		if l, err = NewLawLikelihood(normal, o); err != nil {
			return t, err
		}
	}
	power, scale, err := a, 0.0, error(nil)
	if a == 0 {
		return t, nil
	}
	if a > 0 {
		power = 1
		if l, scale, err = l.sharper(a); err != nil {
			return t, err
		}
	}
	t.Laws, t.Powers = append(t.Laws, l.posts[0], l.prior), append(t.Powers, power, -power)
	t.LogScale = power*l.logZ[0] + scale
	return t, nil
}

// sharper is the likelihood to the power a, and the logarithm of the constant that it lacks:
// N(r; 0, v)ᵃ = c N(r; 0, v/a).
func (l LawLikelihood) sharper(a float64) (LawLikelihood, float64, error) {
	o, log := l.obs, 0.0
	_, m := o.A.Dims()
	scale := make([]float64, m)
	for j := range scale {
		scale[j] = 1 / math.Sqrt(a)
		if v := normalVariance(o.Error, j); !math.IsNaN(o.Row(0)[j]) && v > 0 {
			log += (1-a)*(math.Log(v)/2+numeric.HalfLog2Pi) - math.Log(a)/2
		}
	}
	o.Error = sde.ScaledError{Error: o.Error, Scale: scale}
	s, err := NewLawLikelihood(l.prior, o)
	return s, log, err
}

// oneNumber is the number that all entries of v are, 1 for none.
func oneNumber(what string, v []float64) (float64, error) {
	first := entry(v, 0, 1)
	if !constant(v, first) {
		return 0, fmt.Errorf("guide: the scale of the %s differs between coordinates, which is the score of no law: give one number", what)
	}
	return first, nil
}

// shiftReward is (b + q)·x, and whether it is anything.
func (f AffineScore) shiftReward(d int) (Reward, bool) {
	shift, any := make([]float64, d), false
	for j := range shift {
		shift[j] = entry(f.LikelihoodShift, j, 0) + entry(f.PriorShift, j, 0)
		any = any || shift[j] != 0
	}
	return Reward{R: func(grad, x []float64, _ int) float64 {
		numeric.Axpy(grad, 1, shift)
		return numeric.Dot(shift, x)
	}}, any
}

// observationOf is the observation of a guide that follows its likelihood as it is.
func observationOf(t Term) (o sde.Observation, ok bool) {
	switch g := t.(type) {
	case LawLikelihood:
		return g.obs, true
	case MMPS:
		return g.Observation, true
	case PiGDM:
		return g.Observation, true
	case DPS:
		return g.Observation, g.StrengthFunc == nil && (g.Strength == 0 || g.Strength == 1)
	}
	return o, false
}

// likelihoodReward is a log p(y|A(x)).
func likelihoodReward(o sde.Observation, a float64) (Reward, error) {
	p, ok := sde.PullerOf(o.A)
	if !ok {
		return Reward{}, errNoPull
	}
	if err := sde.CheckDensity(o.Error); err != nil {
		return Reward{}, err
	}
	d, m := o.A.Dims()
	return Reward{R: func(grad, x []float64, _ int) float64 {
		row, y, v, g := mat.NewDense(1, d, x), borrow(1, m), borrow(1, m), borrow(1, d)
		defer func() {
			for _, b := range []*mat.Dense{y, v, g} {
				scratch.Put(b)
			}
		}()
		if err := o.A.Apply(y, row); err != nil {
			return math.NaN() // which stops the run
		}
		sum := 0.0
		for j, seen := range o.Row(0) {
			lp, slope := o.Error.LogProb(j, seen, y.At(0, j), 0)
			sum += lp
			v.Set(0, j, a*slope)
		}
		if err := p.Pull(g, row, v); err != nil {
			return math.NaN() // which stops the run
		}
		numeric.Axpy(grad, 1, g.RawRowView(0))
		return a * sum
	}}, nil
}

// momentNormal is the normal law of independent coordinates with the moments of the model.
func momentNormal(model sde.Denoiser) (*sde.Gaussian, error) {
	d := model.Dim()
	mean, variance, ok := sde.Moments(model)
	if !ok {
		mean, variance = make([]float64, d), make([]float64, d)
		for j := range variance {
			variance[j] = 1
		}
	}
	return sde.NewGaussian(mean, mat.NewDiagDense(d, variance), model.Schedule())
}
