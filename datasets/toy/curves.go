package toy

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"tweedie/internal/stream"
)

// curve is a point at(u), u uniform on [0, 1), plus Gaussian noise of standard
// deviation sd in each coordinate. Its density
//
//	p(x) = ∫₀¹ N(x; at(u), sd² I) du
//
// is a Gauss-Legendre sum. Nodes are at most π/4 of a standard deviation
// apart, wherever the curve is fastest: the error then falls like
// exp(-2π²(sd/spacing)²), below 1e-13.
type curve struct {
	at    func(u float64) (x, y float64)
	sd    float64
	nodes []node
}

type node struct{ x, y, logWeight float64 }

func newCurve(sd float64, at func(u float64) (x, y float64)) *curve {
	n := 32 + int(2*fastest(at)/sd)
	u, w := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(u, w, 0, 1)
	c := &curve{at, sd, make([]node, n)}
	for i := range u {
		x, y := at(u[i])
		c.nodes[i] = node{x, y, math.Log(w[i])}
	}
	return c
}

// fastest returns about the largest speed of a curve on [0, 1].
func fastest(at func(u float64) (x, y float64)) float64 {
	const n = 200
	top := 0.0
	px, py := at(0)
	for i := 1; i <= n; i++ {
		x, y := at(float64(i) / n)
		top = max(top, n*math.Hypot(x-px, y-py))
		px, py = x, y
	}
	return top
}

func (c *curve) draw(rng *stream.Source) (x, y float64) {
	x, y = c.at(rng.Float64())
	return x + c.sd*rng.NormFloat64(), y + c.sd*rng.NormFloat64()
}

func (c *curve) logDensity(x, y float64) float64 {
	sum, precision := newLogSum(), -.5/(c.sd*c.sd)
	for _, p := range c.nodes {
		sum.add(p.logWeight + precision*((x-p.x)*(x-p.x)+(y-p.y)*(y-p.y)))
	}
	return sum.log() - math.Log(2*math.Pi*c.sd*c.sd)
}

func circle(r, sd float64) component {
	return newCurve(sd, func(u float64) (x, y float64) {
		sin, cos := math.Sincos(2 * math.Pi * u)
		return r * cos, r * sin
	})
}

// circles has radii 3 and 1.5 and noise 0.24, three times scikit-learn's
// make_circles(factor=.5, noise=.08). Class 0 is the outer one.
func circles() Law { return mixture(3.26814, circle(3, .24), circle(1.5, .24)) }

// rings has radii 3, 2.25, 1.5, 0.75, in the order of classes, and noise 0.08.
func rings() Law {
	return mixture(2.62318, circle(3, .08), circle(2.25, .08), circle(1.5, .08), circle(.75, .08))
}

// moons is 2 make_moons(noise=.1) - (1, 0.2): the upper half circle
// (cos, sin), class 0, and the lower one (1 - cos, ½ - sin), class 1.
func moons() Law {
	return mixture(2.39388,
		newCurve(.2, func(u float64) (x, y float64) {
			sin, cos := math.Sincos(math.Pi * u)
			return 2*cos - 1, 2*sin - .2
		}),
		newCurve(.2, func(u float64) (x, y float64) {
			sin, cos := math.Sincos(math.Pi * u)
			return 2*(1-cos) - 1, 2*(.5-sin) - .2
		}))
}

// swissroll is make_swiss_roll(noise=1) seen from the side, divided by 5:
// (t cos t, t sin t), t = 1.5π(1 + 2u).
func swissroll() Law {
	return mixture(2.66965, newCurve(.2, func(u float64) (x, y float64) {
		t := 1.5 * math.Pi * (1 + 2*u)
		sin, cos := math.Sincos(t)
		return t * cos / 5, t * sin / 5
	}))
}

// sCurve is make_s_curve(noise=.1) seen from the side. See the package comment.
func sCurve() Law {
	return mixture(1.37644, newCurve(.1, func(u float64) (x, y float64) {
		t := 3 * math.Pi * (u - .5)
		sin, cos := math.Sincos(t)
		return sin, math.Copysign(1, t) * (cos - 1)
	}))
}
