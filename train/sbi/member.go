package sbi

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/nn"
	"tweedie/sde"
)

// member is a base and the networks that learned what is left of it: one of all coordinates,
// or one of each. Untrained ones, where training did not pay, are the base.
type member struct {
	base   *base
	inputs []inputs
	nets   []*nn.Model
}

// labels are those of each network for the features f, of which the base has the moments mean
// and variance.
func (b *member) labels(f, mean, variance *mat.Dense) []*mat.Dense {
	var l []*mat.Dense
	for _, q := range b.inputs {
		l = append(l, q.labels(b.base, f, mean, variance))
	}
	return l
}

// center makes labels those of rows less a mean: the inputs of networks stay.
func (b *member) center(labels []*mat.Dense, mean *mat.Dense) {
	for k, l := range labels {
		n, w := l.Dims()
		d, first := b.nets[k].Dim(), max(b.inputs[k].Coordinate, 0)
		part := l.Slice(0, n, w-2*d, w-d).(*mat.Dense)
		part.Sub(part, mean.Slice(0, n, first, first+d))
	}
}

// denoiser is that of w for rows of labels.
func (b *member) denoiser(labels []*mat.Dense) (sde.Differentiable, error) {
	var parts []sde.Differentiable
	for k, net := range b.nets {
		c, err := net.Conditional(labels[k], nil)
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
	}
	if b.inputs[0].Coordinate < 0 {
		return parts[0], nil
	}
	return newSeparable(parts), nil
}

// denoiser is that of w, of one observation or of one per row, whose features are given.
// With center it is that of w less the mean of the bases, which it returns.
func (m *Model) denoiser(f *mat.Dense, center bool) (sde.Differentiable, *mat.Dense, error) {
	n, _ := f.Dims()
	mean := mat.NewDense(n, m.prior.Dim(), nil)
	moments := make([][2]*mat.Dense, len(m.members))
	for k, b := range m.members {
		moments[k][0], moments[k][1] = b.base.moments(f)
		mean.Add(mean, moments[k][0])
	}
	mean.Scale(1/float64(len(m.members)), mean)
	var all []sde.Differentiable
	for k, b := range m.members {
		labels := b.labels(f, moments[k][0], moments[k][1])
		if center {
			b.center(labels, mean)
		}
		d, err := b.denoiser(labels)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, d)
	}
	if len(all) == 1 {
		return all[0], mean, nil
	}
	average, err := sde.NewAverage(all...)
	return average, mean, err
}
