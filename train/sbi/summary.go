package sbi

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Marginal summarizes the draws of one parameter.
type Marginal struct {
	Name   string   `json:"name"`
	Mean   float64  `json:"mean"`
	SD     float64  `json:"sd"` // standard deviation
	Median float64  `json:"median"`
	Low    float64  `json:"low"` // of the credible interval with equal tails
	High   float64  `json:"high"`
	MAP    *float64 `json:"map,omitempty"` // where the joint density is largest
}

// Summarize summarizes the columns of draws. The interval has the share level of them, as
// 0.95, with as many below as above; quantiles are interpolated between draws.
func Summarize(names []string, theta *mat.Dense, level float64) []Marginal {
	n, d := theta.Dims()
	if d != len(names) || n == 0 {
		panic("sbi: size mismatch")
	}
	list := make([]Marginal, d)
	column := make([]float64, n)
	for j := range list {
		mat.Col(column, j, theta)
		slices.Sort(column)
		mean, ss := 0.0, 0.0
		for _, v := range column {
			mean += v / float64(n)
		}
		for _, v := range column {
			ss += (v - mean) * (v - mean)
		}
		list[j] = Marginal{
			Name: names[j], Mean: mean, SD: math.Sqrt(ss / float64(max(n-1, 1))),
			Median: quantile(column, 0.5), Low: quantile(column, (1-level)/2), High: quantile(column, (1+level)/2),
		}
	}
	return list
}

// quantile interpolates between sorted values.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	k := min(int(at), len(sorted)-2)
	if k < 0 {
		return sorted[0]
	}
	return sorted[k] + (at-float64(k))*(sorted[k+1]-sorted[k])
}

// Inferred is the posterior of one observation: what is said of it, and the draws.
type Inferred struct {
	Observation string     `json:"observation"` // its name
	Parameters  []Marginal `json:"parameters"`
	MAPLogProb  *float64   `json:"map_log_prob,omitempty"` // largest log density, nats
	Draws       *mat.Dense `json:"-"`                      // rows × parameters
}

// Inferred sums up draws, with credible intervals of a level as Summarize has them. The
// observations have as many draws each, in their order, as Posterior.Sample returns them. It
// panics on a size mismatch.
func (m *Model) Inferred(d *Draws, o *Observations, level float64) []Inferred {
	n, p := d.Theta.Dims()
	if k := o.Rows(); n == 0 || n%k != 0 {
		panic("sbi: size mismatch")
	}
	n /= o.Rows()
	list := make([]Inferred, o.Rows())
	for k := range list {
		part := d.Theta.Slice(k*n, (k+1)*n, 0, p).(*mat.Dense)
		list[k] = Inferred{Observation: o.Label(k), Parameters: Summarize(m.ThetaNames(), part, level), Draws: part}
	}
	return list
}

// SetMAP says of each posterior of a list where its density is largest: what Posterior.MAP
// returns, a row and a log density each.
func SetMAP(list []Inferred, theta *mat.Dense, logp []float64) {
	for k := range list {
		for j := range list[k].Parameters {
			v := theta.At(k, j)
			list[k].Parameters[j].MAP = &v
		}
		list[k].MAPLogProb = &logp[k]
	}
}
