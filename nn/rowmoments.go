package nn

import (
	"fmt"
	"math"

	"tweedie/sde"
)

// Moments of rows. With Config.RowMoments each row brings the mean m_i and the variance
// v_i of a law of its own that the preconditioner takes in the place of those of the
// data, for instance those of a regression on its conditions: an untrained model is then
// the exact denoiser of N(m_i, diag v_i) in row i, and training learns what p(x_0 | c_i)
// has beyond it. They stand behind the conditions in the labels of Model.Conditional and
// in Regression.Cond, Dim means and then Dim variances (not standard deviations). NaN,
// which losses.ConditionDropout leaves of what it drops, stands for the moment of the
// model. The network does not see them, beyond what its inputs are normalized by.

// coefficients makes w those at c of a row whose labels are given, nil for none.
func (m *inputs) coefficients(w *coeffs, c sde.Coeff, labels []float64) {
	if !m.RowMoments || labels == nil {
		m.precond.at(w, c)
		return
	}
	m.setMoments(&w.own, labels)
	w.own.store(w, c)
}

// momentsOf is the preconditioner of a row whose labels are given.
func (m *inputs) momentsOf(labels []float64) *precond {
	var p precond
	m.setMoments(&p, labels)
	return &p
}

func (m *inputs) setMoments(p *precond, labels []float64) {
	d := m.Net.Dim
	if p.mean == nil {
		p.mean, p.variance, p.clean = make([]float64, d), make([]float64, d), make([]float64, d)
		p.scale, p.direct = p.variance, m.direct // a number is normalized by its variance
	}
	own := labels[len(labels)-2*d:]
	for j := range d {
		p.mean[j], p.variance[j] = own[j], own[d+j]
		if math.IsNaN(own[j]) {
			p.mean[j] = m.mean[j]
		}
		if math.IsNaN(own[d+j]) {
			p.variance[j] = m.variance[j]
		}
		p.clean[j] = 0
		if v := p.variance[j]; v > 0 {
			p.clean[j] = 1 / math.Sqrt(v)
		}
	}
}

// moments is the number of labels that are moments.
func (m *inputs) moments() int {
	if m.RowMoments {
		return 2 * m.Net.Dim
	}
	return 0
}

// checkMoments reports the first moment that cannot be one.
func checkMoments(own []float64) error {
	d := len(own) / 2
	for j := range d {
		if math.IsInf(own[j], 0) || own[d+j] < 0 || math.IsInf(own[d+j], 0) {
			return fmt.Errorf("nn: dimension %d has the moments %v and %v: give a finite mean and a finite variance, or NaN for those of the model", j, own[j], own[d+j])
		}
	}
	return nil
}
