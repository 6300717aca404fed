package toy

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"tweedie/internal/stream"
)

const (
	spiralTurns = 3 * math.Pi // the largest angle: 540°
	spiralBox   = .5          // side of the square that thickens it
	spiralScale = 3.
	spiralSD    = .1
)

// spiral is one of 2spirals: with n = 3π√u and U, V uniform on [0, ½),
//
//	± (U - n cos n, V + n sin n)/3 + 0.1 z.
//
// The sign of class 1 turns the square with the spiral.
type spiral struct {
	sign  float64
	nodes []node
}

func spirals() Law {
	nodes := spiralNodes()
	return mixture(2.64545, &spiral{1, nodes}, &spiral{-1, nodes})
}

// spiralNodes returns a Gauss-Legendre rule over n, du = 2n/(3π)² dn, with the
// centers of the squares as points, spaced as those of a curve are.
func spiralNodes() []node {
	at := func(n float64) (x, y float64) {
		sin, cos := math.Sincos(n)
		return (spiralBox/2 - n*cos) / spiralScale, (spiralBox/2 + n*sin) / spiralScale
	}
	speed := fastest(func(u float64) (x, y float64) { return at(spiralTurns * u) })
	n := make([]float64, 32+int(2*speed/spiralSD))
	w := make([]float64, len(n))
	quad.Legendre{}.FixedLocations(n, w, 0, spiralTurns)
	nodes := make([]node, len(n))
	for i := range n {
		x, y := at(n[i])
		nodes[i] = node{x, y, math.Log(w[i] * 2 * n[i] / (spiralTurns * spiralTurns))}
	}
	return nodes
}

func (s *spiral) draw(rng *stream.Source) (x, y float64) {
	n := spiralTurns * math.Sqrt(rng.Float64())
	sin, cos := math.Sincos(n)
	x = (spiralBox*rng.Float64() - n*cos) / spiralScale
	y = (spiralBox*rng.Float64() + n*sin) / spiralScale
	return s.sign*x + spiralSD*rng.NormFloat64(), s.sign*y + spiralSD*rng.NormFloat64()
}

func (s *spiral) logDensity(x, y float64) float64 {
	x, y = s.sign*x, s.sign*y // the law of class 1 is that of class 0, turned by 180°
	best, top := 0, math.Inf(-1)
	for i := range s.nodes {
		if b := s.nodes[i].bound(x, y); b > top {
			best, top = i, b
		}
	}
	sum := newLogSum()
	sum.add(s.nodes[best].logBlurred(x, y)) // first, so that few others matter
	for i := range s.nodes {
		if i != best && sum.matters(s.nodes[i].bound(x, y)) {
			sum.add(s.nodes[i].logBlurred(x, y))
		}
	}
	return sum.log() - 2*math.Log(2*halfBox)
}

const halfBox = spiralBox / spiralScale / 2

// logBlurred returns the log probability, times the weight of p, that a point of noise at
// (x, y) falls into the square around p.
func (p *node) logBlurred(x, y float64) float64 {
	dx, dy := math.Abs(x-p.x), math.Abs(y-p.y)
	return p.logWeight + logInterval((dx-halfBox)/spiralSD, (dx+halfBox)/spiralSD) + logInterval((dy-halfBox)/spiralSD, (dy+halfBox)/spiralSD)
}

// bound returns an upper bound of logBlurred without special functions.
func (p *node) bound(x, y float64) float64 {
	dx, dy := max(0, math.Abs(x-p.x)-halfBox), max(0, math.Abs(y-p.y)-halfBox)
	return p.logWeight - (dx*dx+dy*dy)/(2*spiralSD*spiralSD)
}

// logInterval returns ln(Φ(b) - Φ(a)), a < b, b + a ≥ 0, without underflow.
func logInterval(a, b float64) float64 {
	if a < 30 {
		return math.Log((math.Erfc(a/math.Sqrt2) - math.Erfc(b/math.Sqrt2)) / 2)
	}
	top := logTail(a)
	return top + math.Log1p(-math.Exp(logTail(b)-top))
}

// logTail returns ln(1 - Φ(a)) for a ≥ 30 by its asymptotic series.
func logTail(a float64) float64 {
	q := 1 / (a * a)
	return -a*a/2 - math.Log(a*math.Sqrt(2*math.Pi)) + math.Log1p(-q*(1-3*q*(1-5*q*(1-7*q))))
}
