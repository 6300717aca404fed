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

// labels are those of each network for the features f, and the means of the base in w, which
// are less by subtract in the labels unless that is nil.
func (b *member) labels(f, mean, variance, subtract *mat.Dense) []*mat.Dense {
	if subtract != nil {
		// The inputs of the networks have the means themselves.
		var l []*mat.Dense
		for k, own := range b.labels(f, mean, variance, nil) {
			_, w := own.Dims()
			d := b.nets[k].Dim()
			first := max(b.inputs[k].Coordinate, 0)
			n, _ := f.Dims()
			part := own.Slice(0, n, w-2*d, w-d).(*mat.Dense)
			part.Sub(part, subtract.Slice(0, n, first, first+d))
			l = append(l, own)
		}
		return l
	}
	var l []*mat.Dense
	for _, q := range b.inputs {
		l = append(l, q.labels(b.base, f, mean, variance))
	}
	return l
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
	var subtract *mat.Dense
	if center {
		subtract = mean
	}
	var all []sde.Differentiable
	for k, b := range m.members {
		d, err := b.denoiser(b.labels(f, moments[k][0], moments[k][1], subtract))
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
