package sbi

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A set of points may come without a word about it: columns that repeat a pattern. If points
// are exchangeable given the parameters, then for every statistic s of a point and every
// function h of the parameters E[s(x_k) h(z)] is the same for all points k, and the mean of
// a product of two points at a distance in order is the same for all distances.
//
// findPoints tests this for s the numbers of a point, their squares and products, and h
// constant, z and z²: the largest of all differences, in standard errors, against a level of
// levelOfPoints for all together (Bonferroni). Distances have a sign. Points that pass are a
// candidate, which held-out simulations judge.

const (
	levelOfPoints = 1e-3
	fewestRows    = 500 // with fewer the test sees little
	mostTested    = 10_000
	widestTested  = 200 // points of wider data must be told: the tests take minutes
	largestTested = 4   // standard deviations: a heavy tail has no standard error
)

// findPoints returns the finest division of the columns of x into exchangeable points, the
// zero Blocks if there is none. z are the whitened parameters.
func findPoints(x, z *mat.Dense) Blocks {
	n, p := x.Dims()
	if n < fewestRows || p > widestTested {
		return Blocks{}
	}
	n = min(n, mostTested)
	h := functionsOf(z, n)
	for points := p; points >= 2; points-- {
		b := Blocks{Points: points, Width: p / points}
		if p%points == 0 && b.exchangeable(x, h) {
			return b
		}
	}
	return Blocks{}
}

// functionsOf are 1, z and z² − 1 of the first n rows, in columns.
func functionsOf(z *mat.Dense, n int) *mat.Dense {
	_, d := z.Dims()
	h := mat.NewDense(n, 1+2*d, nil)
	for i := range n {
		row := h.RawRowView(i)
		row[0] = 1
		for j, v := range z.RawRowView(i) {
			row[1+j], row[1+d+j] = v, v*v-1
		}
	}
	return h
}

// exchangeable tests the columns of the rows of x that h has.
func (b Blocks) exchangeable(x, h *mat.Dense) bool {
	n, functions := h.Dims()
	f := &features{Blocks: b}
	f.pointColumns(x.Slice(0, n, 0, b.Points*b.Width).(*mat.Dense))
	t := mat.NewDense(n, b.Points*b.Width, nil)
	for i := range n {
		for k, v := range x.RawRowView(i) {
			t.Set(i, k, min(max(f.Points[k%b.Width].of(v), -largestTested), largestTested))
		}
	}
	statistics := b.Width * (b.Width + 3) / 2
	products, distances := 2*b.Width*b.Width, 2*(b.Points-1)
	tests := float64(functions * (b.Points*statistics + distances*products))
	bound := distuv.UnitNormal.Quantile(1 - levelOfPoints/tests/2)
	s := make([]float64, n)
	for q := range statistics {
		if !alike(b.Points, h, s, bound, func(i, k int) float64 { return b.statistic(t.RawRowView(i), q, k) }) {
			return false
		}
	}
	for q := range products {
		if !alike(distances, h, s, bound, func(i, k int) float64 { return b.product(t.RawRowView(i), q, k) }) {
			return false
		}
	}
	return true
}

// statistic is the q-th of point k of a row: its numbers, and their products.
func (b Blocks) statistic(row []float64, q, k int) float64 {
	p := row[k*b.Width:][:b.Width]
	if q < b.Width {
		return p[q]
	}
	q -= b.Width
	for j := range p {
		if q <= j {
			return p[j] * p[q]
		}
		q -= j + 1
	}
	panic("sbi: no such statistic")
}

// product is the mean over pairs of points at the k-th distance in order, 1, −1, 2 …, of the
// product of a number of the first and one of the second, the q-th choice of these, or of
// their squares.
func (b Blocks) product(row []float64, q, k int) float64 {
	square := q >= b.Width*b.Width
	q %= b.Width * b.Width
	first, second, distance := q/b.Width, q%b.Width, k/2+1
	if k%2 == 1 {
		first, second = second, first
	}
	s := 0.0
	for k := distance; k < b.Points; k++ {
		v := row[(k-distance)*b.Width+first] * row[k*b.Width+second]
		if square {
			v *= v
		}
		s += v
	}
	return s / float64(b.Points-distance)
}

// alike reports whether E[s_k h] is the same for all k < count and all columns of h: whether
// the mean of each (s_k − s̄) h is within so many standard errors of 0. center is memory for
// the s̄ of the rows.
func alike(count int, h *mat.Dense, center []float64, bound float64, s func(i, k int) float64) bool {
	n, functions := h.Dims()
	clear(center)
	for i := range n {
		for k := range count {
			center[i] += s(i, k) / float64(count)
		}
	}
	sum, squares := make([]float64, functions), make([]float64, functions)
	for k := range count {
		clear(sum)
		clear(squares)
		for i := range n {
			e := s(i, k) - center[i]
			for a, v := range h.RawRowView(i) {
				sum[a] += e * v
				squares[a] += e * v * e * v
			}
		}
		for a := range sum {
			if variance := squares[a] - sum[a]*sum[a]/float64(n); math.Abs(sum[a]) > bound*math.Sqrt(variance)+1e-9*float64(n) {
				return false
			}
		}
	}
	return true
}

// found says that points were found.
func (b Blocks) found() string {
	numbers := fmt.Sprintf("%d numbers", b.Width)
	if b.Width == 1 {
		numbers = "one number"
	}
	return fmt.Sprintf("the data look like %d exchangeable points of %s each, and held-out simulations are likelier if the order of the points is ignored: it is. If the order means something, train with --exchangeable none (Options.Ordered in Go)", b.Points, numbers)
}
