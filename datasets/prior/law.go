package prior

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Law returns the prior as a law under a schedule, with its denoiser and score at every
// time: products of normal, box-shaped and transformed laws, and mixtures of normal
// ones. It errs for a mixture of several parameters whose components are not normal.
func (p *Prior) Law(s sde.Schedule) (sde.Law, error) {
	laws := make([]sde.Law, len(p.law.blocks))
	for b, l := range p.law.blocks {
		var err error
		if laws[b], err = blockLaw(l, s); err != nil {
			return nil, fmt.Errorf("prior: parameter %q: %w", p.names[p.law.start[b]], err)
		}
	}
	if len(laws) == 1 {
		return laws[0], nil
	}
	return sde.NewProduct(laws...)
}

func blockLaw(b block, s sde.Schedule) (sde.Law, error) {
	switch b := b.(type) {
	case single:
		return b.Law(s)
	case *multivariate:
		return b.gaussian(s)
	case product:
		laws := make([]sde.Law, len(b.blocks))
		for k, l := range b.blocks {
			var err error
			if laws[k], err = blockLaw(l, s); err != nil {
				return nil, err
			}
		}
		return sde.NewProduct(laws...)
	case mixture:
		return b.gaussians(s)
	}
	return nil, errors.New("no law in closed form")
}

func (m *multivariate) gaussian(s sde.Schedule) (*sde.Gaussian, error) {
	c := mat.NewSymDense(len(m.mean), nil)
	c.SymOuterK(1, m.l)
	return sde.NewGaussian(m.mean, c, s)
}

func (m mixture) gaussians(s sde.Schedule) (sde.Law, error) {
	w, comps := make([]float64, len(m.logw)), make([]*sde.Gaussian, len(m.logw))
	for k, b := range m.blocks {
		l, err := blockLaw(b, s)
		if err != nil {
			return nil, err
		}
		if comps[k], err = gaussianOf(l, s); err != nil {
			return nil, err
		}
		w[k] = math.Exp(m.logw[k])
	}
	return sde.NewMixture(w, comps)
}

// gaussianOf is a law as one normal law of all coordinates.
func gaussianOf(l sde.Law, s sde.Schedule) (*sde.Gaussian, error) {
	if g, ok := l.(*sde.Gaussian); ok {
		return g, nil
	}
	if p, ok := l.(*sde.Product); ok {
		for _, b := range p.Blocks {
			if _, err := gaussianOf(b, s); err != nil {
				return nil, err
			}
		}
		return sde.NewGaussian(p.Mean(), p.Covariance(), s)
	}
	return nil, errors.New("a mixture of several parameters has a law in closed form only if its components are normal")
}

func (n normal) Law(s sde.Schedule) (sde.Law, error) {
	return sde.NewGaussian([]float64{n.mean}, mat.NewSymDense(1, []float64{n.sd * n.sd}), s)
}

func (n logNormal) Law(s sde.Schedule) (sde.Law, error) { return sde.NewLogNormal(n.mu, n.sd, s) }

func (u uniform) Law(s sde.Schedule) (sde.Law, error) {
	return sde.NewBox([]float64{u.lo}, []float64{u.hi}, s)
}

func (g gammaLaw) Law(s sde.Schedule) (sde.Law, error) { return transformed(g, s) }
func (l betaLaw) Law(s sde.Schedule) (sde.Law, error)  { return transformed(l, s) }
func (m mixture1) Law(s sde.Schedule) (sde.Law, error) { return transformed(m, s) }

func (t truncated) Law(s sde.Schedule) (sde.Law, error) {
	if n, ok := t.of.(normal); ok {
		return sde.NewTruncatedNormal([]float64{n.mean}, []float64{n.sd * n.sd}, []float64{t.lo}, []float64{t.hi}, s)
	}
	return transformed(t, s)
}

func transformed(u Univariate, s sde.Schedule) (sde.Law, error) {
	return sde.NewTransformed(u.Value, s)
}
