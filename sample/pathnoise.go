package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// onPath is a method that may draw at times of its own, and so need a Brownian path.
type onPath interface{ needsPath() bool }

func needsPath(m Method) bool {
	p, ok := m.(onPath)
	return ok && p.needsPath()
}

// path is a noise that gives single rows their part of a Brownian path.
type path interface {
	sde.Noise
	row(dst []float64, i int, t, s float64, use int)
}

var (
	_ path = (*Brownian)(nil)
	_ path = (*scaled)(nil)
)

// scaled is the noise z times k. It is a path if z is one.
type scaled struct {
	z sde.Noise
	k float64
}

func (c *scaled) Normal(dst *mat.Dense, t, s float64, use int) {
	c.z.Normal(dst, t, s, use)
	scale(dst, c.k)
}

func (c *scaled) row(dst []float64, i int, t, s float64, use int) {
	c.z.(path).row(dst, i, t, s, use)
	for j := range dst {
		dst[j] *= c.k
	}
}

// shifted is the noise z from use by on: for a step that is taken again.
type shifted struct {
	z  sde.Noise
	by int
}

func (c *shifted) Normal(dst *mat.Dense, t, s float64, use int) { c.z.Normal(dst, t, s, use+c.by) }

func pathOf(z sde.Noise) (path, bool) {
	if c, ok := z.(*scaled); ok {
		if _, ok := c.z.(path); !ok {
			return nil, false
		}
	}
	p, ok := z.(path)
	return p, ok
}
