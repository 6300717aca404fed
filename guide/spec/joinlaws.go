package spec

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// maxNormals bounds the parts of a product of mixtures.
const maxNormals = 512

// mixture is the law of independent blocks, each of them normals, over the coordinates
// that place tells for their positions. Blocks that are not normals are fitted by some,
// if fit is set; fitted counts the points.
func mixture(blocks []block, d int, place func(position int) int, fit bool, sched sde.Schedule) (law sde.Observable, err error) {
	weights, means, covs, fitted := []float64{1}, [][]float64{make([]float64, d)}, []*mat.SymDense{mat.NewSymDense(d, nil)}, 0
	for _, b := range blocks {
		var w []float64
		var comps []*sde.Gaussian
		switch l := b.law.(type) {
		case *sde.Gaussian:
			w, comps = []float64{1}, []*sde.Gaussian{l}
		case *sde.Mixture:
			w, comps = l.Weights, l.Comps
		case *guide.FittedMixture:
			w, comps, fitted = l.Weights, l.Comps, fitted+l.Rows
		default:
			if !fit {
				return nil, errNotNormals
			}
			f, err := fitPoints(b.points, lawNormals, sched)
			if err != nil {
				return nil, err
			}
			w, comps, fitted = f.Weights, f.Comps, fitted+f.Rows
		}
		if len(weights)*len(w) > maxNormals {
			return nil, fmt.Errorf("the laws of these columns together are a mixture of more than %d normals: give fewer parts", maxNormals)
		}
		var ws []float64
		var ms [][]float64
		var cs []*mat.SymDense
		for i := range weights {
			for k, g := range comps {
				m, c := slices.Clone(means[i]), mat.NewSymDense(d, nil)
				c.CopySym(covs[i])
				for a, pa := range b.index {
					m[place(pa)] = g.Mu[a]
					for e, pe := range b.index {
						c.SetSym(place(pa), place(pe), g.Cov.At(a, e))
					}
				}
				ws, ms, cs = append(ws, weights[i]*w[k]), append(ms, m), append(cs, c)
			}
		}
		weights, means, covs = ws, ms, cs
	}
	comps := make([]*sde.Gaussian, len(weights))
	for i := range comps {
		if comps[i], err = sde.NewGaussian(means[i], covs[i], sched); err != nil {
			return nil, err
		}
	}
	if len(comps) == 1 && fitted == 0 {
		return comps[0], nil
	}
	m, err := sde.NewMixture(weights, comps)
	if err != nil || fitted == 0 {
		return m, err
	}
	return &guide.FittedMixture{Mixture: m, Rows: fitted}, nil
}

var errNotNormals = fmt.Errorf("laws that are not normals")

// whole is the law of whole rows of d: normals where all blocks are, and else a product of
// blocks side by side.
func whole(blocks []block, d int, sched sde.Schedule) (sde.Law, error) {
	law, err := mixture(blocks, d, func(p int) int { return p }, false, sched)
	if err == nil {
		return law, nil
	}
	if err != errNotNormals {
		return nil, err
	}
	blocks = slices.SortedFunc(slices.Values(blocks), func(a, b block) int { return a.index[0] - b.index[0] })
	var laws []sde.Law
	next := 0
	for _, b := range blocks {
		for _, p := range b.index {
			if p != next {
				return nil, fmt.Errorf("a law of several columns beside laws that are not normal takes them in the order of the table, side by side")
			}
			next++
		}
		laws = append(laws, b.law)
	}
	return sde.NewProduct(laws...)
}
