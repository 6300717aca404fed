package sbi

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
)

// priorPlotted are the draws of the prior in a corner plot.
const priorPlotted = 20_000

// Corner draws a corner plot of draws of one observation over draws of the prior by the seed,
// with the true parameters if truth is not nil, NaN where one is not known. It errs for more
// than figure.MostColumns parameters, and for fewer than figure.LeastRows draws.
func (m *Model) Corner(d *Draws, truth []float64, seed uint64) (*figure.Figure, error) {
	c := figure.CornerOptions{Names: m.ThetaNames(), DrawsName: "posterior", Truth: truth}
	c.Prior = mat.NewDense(priorPlotted, len(c.Names), nil)
	m.prior.Sample(c.Prior, seed, 0)
	return figure.Corner(c, d.Theta)
}
