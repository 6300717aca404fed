package main

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

const (
	calReplicas = 300
	calDraws    = 31
	// A flat column has a p-value below chance once in a hundred; a fault must
	// bring it below certain.
	chance, certain = 1e-2, 1e-6
)

// calPrior is a Gaussian on the plane, on which MMPS is exact.
func calPrior() *sde.Gaussian {
	return must(sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 1.5}), sde.VP{}))
}

// calObserve draws an observation of the first column for each row of truth,
// repeated for its draws. Row r of a guide belongs to replica shift + r/draws.
func calObserve(truth *mat.Dense, sd float64, shift int) guide.Observation {
	n, _ := truth.Dims()
	src := rand.New(rand.NewPCG(4, 2))
	values := make([]float64, n)
	for i := range values {
		values[i] = truth.At(i, 0) + sd*src.NormFloat64()
	}
	y := mat.NewDense(n*calDraws, 1, nil)
	for r := range n * calDraws {
		y.Set(r, 0, values[(r/calDraws+shift)%n])
	}
	return guide.Observation{A: guide.Columns{Dim: 2, Index: []int{0}}, Y: y, Error: guide.Normal{SD: sd}}
}

// calibrated is what check says of a term on the Gaussian.
func calibrated(t *testing.T, term func(truth *mat.Dense) guide.Term) []calibration {
	t.Helper()
	prior := calPrior()
	truth := mat.NewDense(calReplicas, 2, nil)
	prior.Sample(truth, 17, 0)
	d := guide.New(prior, term(truth))
	if err := d.Err(); err != nil {
		t.Fatal(err)
	}
	res, err := sample.Run(context.Background(), d, sample.DPMpp2M{}, calReplicas*calDraws, &sample.Options{Steps: 40, Seed: 23})
	if err != nil {
		t.Fatal(err)
	}
	return calibrate([]string{"a", "b"}, truth, res.X, calDraws)
}

// Flat for the exact guide, and not for DPS and for planted faults.
func TestCalibration(t *testing.T) {
	const sd = 0.2
	right := func(x *mat.Dense) guide.Observation { return calObserve(x, sd, 0) }
	for _, c := range []struct {
		name    string
		term    func(x *mat.Dense) guide.Term
		verdict string // of the observed column; "" for a flat one
		bias    float64
	}{
		{"MMPS", func(x *mat.Dense) guide.Term { return guide.MMPS{Observation: right(x)} }, "", 0},
		{"DPS", func(x *mat.Dense) guide.Term { return guide.DPS{Observation: right(x)} }, "over-confident", 0},
		{"rows swapped", func(x *mat.Dense) guide.Term { return guide.MMPS{Observation: calObserve(x, sd, 1)} }, "over-confident", 0},
		{"half the error", func(x *mat.Dense) guide.Term {
			o := right(x)
			o.Error = guide.Normal{SD: sd / 2}
			return guide.MMPS{Observation: o}
		}, "over-confident", 0},
		{"twice the error", func(x *mat.Dense) guide.Term {
			o := right(x)
			o.Error = guide.Normal{SD: 2 * sd}
			return guide.MMPS{Observation: o}
		}, "under-confident", 0},
		{"an offset", func(x *mat.Dense) guide.Term {
			o := right(x)
			for i := range o.Y.RawMatrix().Data {
				o.Y.RawMatrix().Data[i] += sd
			}
			return guide.MMPS{Observation: o}
		}, "biased by", -1},
	} {
		cs := calibrated(t, c.term)
		t.Logf("%s: p = %.2g and %.2g, spread %.2f and %.2f, bias %+.2f; %s", c.name, cs[0].P, cs[1].P, cs[0].Spread, cs[1].Spread, cs[0].Bias, cs[0].verdict())
		if c.verdict == "" {
			for _, col := range cs {
				// a median of 300 has a standard error of 8 %, and 31 draws a
				// spread of 3 % too much
				if col.P < chance || math.Abs(col.Spread-1.03) > 0.24 {
					t.Errorf("%s: p = %.2g, spread %.2f in %s", c.name, col.P, col.Spread, col.Column)
				}
			}
			continue
		}
		if cs[0].P > certain || math.Abs(cs[0].Bias-c.bias) > 0.2 || !strings.Contains(cs[0].verdict(), c.verdict) {
			t.Errorf("%s: p = %.2g, %s", c.name, cs[0].P, cs[0].verdict())
		}
	}
}

// A guide that does nothing is calibrated: draws of the prior rank the prior
// uniformly. This check cannot see it; the residual that a Monitor shows can.
func TestCalibrationCannotSeeNothing(t *testing.T) {
	for _, c := range calibrated(t, func(*mat.Dense) guide.Term {
		return guide.Function{F: func([]float64, guide.Point) error { return nil }}
	}) {
		if c.P < chance {
			t.Errorf("%s: p = %.2g", c.Column, c.P)
		}
	}
}

// The p-value of uniformity is uniform on uniform ranks: below q in a share q.
func TestUniformity(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	const runs = 4000
	var below [3]int
	at := [3]float64{0.01, 0.1, 0.5}
	for range runs {
		ranks := make([]int, 200)
		for i := range ranks {
			ranks[i] = r.IntN(33)
		}
		p := uniformity(ranks, 32)
		for k, q := range at {
			if p < q {
				below[k]++
			}
		}
	}
	for k, q := range at {
		// four standard errors, and 20 ranks in a bin are not quite normal
		if share := float64(below[k]) / runs; math.Abs(share-q) > 4*math.Sqrt(q*(1-q)/runs)+0.03*q {
			t.Errorf("p < %g in %.4f of the runs", q, share)
		}
	}
	if p := uniformity(make([]int, 200), 32); p > 1e-100 {
		t.Errorf("ranks that are all 0 have p = %g", p)
	}
}
