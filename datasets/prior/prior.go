package prior

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Prior is the law p(θ) of the parameters of a simulator. Make one with New or Read.
type Prior struct {
	entries []Entry
	names   []string
	law     product
}

// Dim is the number of parameters.
func (p *Prior) Dim() int { return p.law.dim() }

// Names returns the names of the parameters, in their order.
func (p *Prior) Names() []string { return slices.Clone(p.names) }

// Entries returns what New makes the same prior from.
func (p *Prior) Entries() []Entry { return slices.Clone(p.entries) }

// Marginal returns the law of parameter j alone.
func (p *Prior) Marginal(j int) Univariate { return p.law.marginal(j) }

// Independent reports whether parameter j is independent of all others.
func (p *Prior) Independent(j int) bool { return p.law.blocks[p.law.of[j]].dim() == 1 }

// Support returns the smallest box that has all mass; its ends may be infinite.
func (p *Prior) Support() (lo, hi []float64) {
	lo, hi = make([]float64, p.Dim()), make([]float64, p.Dim())
	for j := range lo {
		lo[j], hi[j] = p.Marginal(j).Support()
	}
	return lo, hi
}

// Sample fills dst with draws of θ, n×d. Row i of dst is draw first+i of the seed,
// whatever the number of rows.
func (p *Prior) Sample(dst *mat.Dense, seed uint64, first int) {
	p.check(dst)
	n, _ := dst.Dims()
	key, rng := stream.NewKey(seed, "prior"), stream.NewSource(stream.Key{})
	z := make([]float64, p.Dim())
	for i := range n {
		rng.Seek(key.At(uint64(first + i)))
		for j := range z {
			z[j] = rng.NormFloat64()
		}
		p.unwhiten(dst.RawRowView(i), z)
	}
}

// LogProb stores log p(θ_i) in nats in dst[i], -Inf outside of the support.
func (p *Prior) LogProb(dst []float64, theta *mat.Dense) {
	p.check(theta)
	if n, _ := theta.Dims(); n != len(dst) {
		panic(badSize)
	}
	for i := range dst {
		dst[i] = p.logProb(theta.RawRowView(i))
	}
}

// eachBlock calls f for each independent block and its part of a row, until f returns false.
func (p *Prior) eachBlock(f func(b block, lo, hi int) bool) {
	for k, b := range p.law.blocks {
		if !f(b, p.law.start[k], p.law.start[k+1]) {
			return
		}
	}
}

func (p *Prior) logProb(row []float64) float64 {
	l := 0.0
	p.eachBlock(func(b block, lo, hi int) bool {
		part := row[lo:hi]
		if m, ok := b.(*multivariate); ok {
			l += m.logProb(part)
		} else {
			for j := 0; j < len(part) && !math.IsInf(l, -1); j++ {
				l += b.given(j, part[:j]).LogProb(part[j])
			}
		}
		return !math.IsInf(l, -1)
	})
	if math.IsNaN(l) || slices.ContainsFunc(row, math.IsNaN) {
		return math.Inf(-1)
	}
	return l
}

// Whiten stores z(θ_i) in row i of dst, which may be theta. It errs on the first θ
// outside of the support, and on NaN, naming row and parameter.
func (p *Prior) Whiten(dst, theta *mat.Dense) error {
	p.check(dst)
	p.check(theta)
	n, _ := theta.Dims()
	if m, _ := dst.Dims(); m != n {
		panic(badSize)
	}
	row := make([]float64, p.Dim())
	for i := range n {
		copy(row, theta.RawRowView(i))
		if bad := p.whiten(dst.RawRowView(i), row); bad >= 0 {
			lo, hi := p.Marginal(bad).Support()
			return fmt.Errorf("row %d, parameter %q: %g is outside of the support of the prior, from %g to %g: give the prior that the parameters were drawn from", i+1, p.names[bad], row[bad], lo, hi)
		}
	}
	return nil
}

// whiten returns the first coordinate that is outside of the support, or -1.
func (p *Prior) whiten(z, theta []float64) int {
	bad := slices.IndexFunc(theta, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if bad >= 0 {
		return bad
	}
	p.eachBlock(func(b block, lo, hi int) bool {
		if m, ok := b.(*multivariate); ok {
			m.whiten(z[lo:hi], theta[lo:hi])
			return true
		}
		for j := lo; j < hi; j++ {
			u := b.given(j-lo, theta[lo:j])
			if math.IsInf(u.LogProb(theta[j]), -1) {
				bad = j
				return false
			}
			z[j] = inside(u.Normal(theta[j]))
		}
		return true
	})
	return bad
}

// Unwhiten stores θ(z_i) in row i of dst, which may be z.
func (p *Prior) Unwhiten(dst, z *mat.Dense) {
	p.check(dst)
	p.check(z)
	n, _ := z.Dims()
	if m, _ := dst.Dims(); m != n {
		panic(badSize)
	}
	row := make([]float64, p.Dim())
	for i := range n {
		copy(row, z.RawRowView(i))
		p.unwhiten(dst.RawRowView(i), row)
	}
}

func (p *Prior) unwhiten(theta, z []float64) {
	p.eachBlock(func(b block, lo, hi int) bool {
		if m, ok := b.(*multivariate); ok {
			m.unwhiten(theta[lo:hi], z[lo:hi])
			return true
		}
		for j := lo; j < hi; j++ {
			theta[j] = b.given(j-lo, theta[lo:j]).Value(z[j])
		}
		return true
	})
}

// LogDet stores log |det ∂θ/∂z| in dst[i], for a pair of rows of Whiten or Unwhiten: the
// log density of the normal z less that of θ.
func (p *Prior) LogDet(dst []float64, theta, z *mat.Dense) {
	p.LogProb(dst, theta)
	p.check(z)
	for i := range dst {
		l := 0.0
		for _, v := range z.RawRowView(i) {
			l += logPhi(v)
		}
		dst[i] = l - dst[i]
	}
}

const badSize = "prior: size mismatch"

func (p *Prior) check(m *mat.Dense) {
	if _, d := m.Dims(); d != p.Dim() {
		panic(badSize)
	}
}
