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
