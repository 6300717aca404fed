package sbi

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// smooth is a family of smooth functions of one number v that have no linear part on the
// values they were made for: combinations of cubic B-splines, orthonormal on those values and
// in order of roughness (Demmler & Reinsch 1975). Beyond the outermost knots they are
// constant.
type smooth struct {
	Knots  []float64 `json:"knots"`  // increasing, with the ends
	Matrix []float64 `json:"matrix"` // splines × functions, by rows
	Rough  []float64 `json:"rough"`  // ∫ f″² of each, in units of the first
}

// smoothKnots is the number of intervals between knots, which are quantiles.
var smoothKnots = 9

// newSmooth makes the functions for values v, nil where they have too few different ones.
func newSmooth(v []float64) *smooth {
	s := slices.Clone(v)
	slices.Sort(s)
	var knots []float64
	for k := range smoothKnots + 1 {
		q := s[(len(s)-1)*k/smoothKnots]
		if len(knots) == 0 || q > knots[len(knots)-1] {
			knots = append(knots, q)
		}
	}
	if len(knots) < 4 {
		return nil
	}
	b := &smooth{Knots: knots}
	splines := len(knots) + 2
	g, row := mat.NewSymDense(splines, nil), make([]float64, splines)
	lin := mat.NewDense(splines, 2, nil) // inner products with 1 and v
	for _, x := range v {
		b.splines(row, x)
		c := min(max(x, knots[0]), knots[len(knots)-1])
		for i, p := range row {
			if p == 0 {
				continue
			}
			for j := i; j < splines; j++ {
				if row[j] != 0 {
					g.SetSym(i, j, g.At(i, j)+p*row[j]/float64(len(v)))
				}
			}
			lin.Set(i, 0, lin.At(i, 0)+p/float64(len(v)))
			lin.Set(i, 1, lin.At(i, 1)+p*c/float64(len(v)))
		}
	}
	for i := range splines {
		g.SetSym(i, i, g.At(i, i)+1e-9)
	}
	if !b.orthonormal(g, b.roughness(), lin) {
		return nil
	}
	return b
}

// orthonormal finds the functions by the generalized eigenproblem of roughness and inner
// product: those of no roughness are the linear ones.
func (b *smooth) orthonormal(g, rough *mat.SymDense, lin *mat.Dense) bool {
	n := g.SymmetricDim()
	var ch mat.Cholesky
	if !ch.Factorize(g) {
		return false
	}
	var l mat.TriDense
	ch.LTo(&l)
	var a mat.Dense // L⁻¹ R L⁻ᵀ
	if a.Solve(&l, rough) != nil {
		return false
	}
	var at mat.Dense
	if at.Solve(&l, a.T()) != nil {
		return false
	}
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			sym.SetSym(i, j, (at.At(i, j)+at.At(j, i))/2)
		}
	}
	var e mat.EigenSym
	if !e.Factorize(sym, true) {
		return false
	}
	values := e.Values(nil)
	var u, vec mat.Dense
	e.VectorsTo(&vec)
	if u.Solve(l.T(), &vec) != nil {
		return false
	}
	functions := n - 2
	b.Matrix, b.Rough = make([]float64, n*functions), make([]float64, functions)
	for k := range functions {
		b.Rough[k] = max(values[k+2], 1e-12) / max(values[2], 1e-12)
		// A sign for the bits to be the same everywhere is no matter: the fit has one of its own.
		for i := range n {
			b.Matrix[i*functions+k] = u.At(i, k+2)
		}
	}
	return true
}

// size is the number of functions.
func (b *smooth) size() int { return len(b.Rough) }

// values stores those of the functions at v in dst.
func (b *smooth) values(dst, row []float64, v float64) {
	b.splines(row, v)
	k := b.size()
	clear(dst)
	for i, p := range row {
		if p == 0 {
			continue
		}
		for j, m := range b.Matrix[i*k : (i+1)*k] {
			dst[j] += p * m
		}
	}
}

// at is the knot of index i, those beyond the ends being the ends.
func (b *smooth) at(i int) float64 {
	return b.Knots[min(max(i-3, 0), len(b.Knots)-1)]
}

// splines stores the cubic B-splines at v (de Boor 1978), clamped to the ends, in dst.
func (b *smooth) splines(dst []float64, v float64) {
	clear(dst)
	last := len(b.Knots) - 1
	v = min(max(v, b.Knots[0]), b.Knots[last])
	k := 0
	for k < last-1 && v >= b.Knots[k+1] {
		k++
	}
	i := k + 3 // v is in [at(i), at(i+1)]
	var n, left, right [4]float64
	n[0] = 1
	for j := 1; j <= 3; j++ {
		left[j], right[j] = v-b.at(i+1-j), b.at(i+j)-v
		saved := 0.0
		for r := range j {
			t := n[r] / (right[r+1] + left[j-r])
			n[r] = saved + right[r+1]*t
			saved = left[j-r] * t
		}
		n[j] = saved
	}
	copy(dst[k:], n[:])
}

// roughness is the matrix of ∫ B_i″ B_j″, whose integrand is quadratic between knots:
// Simpson's rule is exact.
func (b *smooth) roughness() *mat.SymDense {
	n := len(b.Knots) + 2
	r := mat.NewSymDense(n, nil)
	for k := range len(b.Knots) - 1 {
		lo, hi := b.Knots[k], b.Knots[k+1]
		for q, w := range []float64{1, 4, 1} {
			d := b.curvature(lo+(hi-lo)*float64(q)/2, k, n)
			for i := range n {
				for j := i; j < n; j++ {
					r.SetSym(i, j, r.At(i, j)+w*(hi-lo)/6*d[i]*d[j])
				}
			}
		}
	}
	return r
}

// curvature is B″ at v in interval k: cubic pieces, of which four values tell all.
func (b *smooth) curvature(v float64, k, n int) []float64 {
	lo, h := b.Knots[k], (b.Knots[k+1]-b.Knots[k])/3
	d := make([]float64, n)
	var p [4][]float64
	for q := range p {
		p[q] = make([]float64, n)
		b.inside(p[q], lo+h*float64(q), k)
	}
	s := (v - lo) / h // second derivative of the cubic through 0, 1, 2, 3
	for i := range n {
		second, third := p[2][i]-2*p[1][i]+p[0][i], p[3][i]-3*p[2][i]+3*p[1][i]-p[0][i]
		d[i] = (second + third*(s-1)) / (h * h)
	}
	return d
}

// inside is splines with v taken to be in interval k, also at its right end.
func (b *smooth) inside(dst []float64, v float64, k int) {
	hi := b.Knots[k+1]
	b.splines(dst, min(v, hi-1e-9*(hi-b.Knots[k])))
}

func (b *smooth) check() error {
	k := b.size()
	if len(b.Knots) < 4 || k != len(b.Knots) || len(b.Matrix) != k*(len(b.Knots)+2) || !slices.IsSorted(b.Knots) {
		return errDamaged
	}
	for _, v := range slices.Concat(b.Knots, b.Matrix, b.Rough) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errDamaged
		}
	}
	return nil
}
