package spec

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
)

// LawsEntry is the law of columns together: of independent blocks of columns, or normals
// fitted to draws of the model. In YAML it is one of
//
//	{age: {law: normal, mean: 40, sd: 12}, height: {law: uniform, min: 1.4, max: 2.1}}
//	{columns: [age, height], mean: [40, 1.7], cov: [[144, 0.3], [0.3, 0.01]]}
//	{columns: [age, height], parts: [{weight: 1, mean: …, cov: …}, …]}    # a mixture
//	[…, …]                       # several of these
//	fitted                       # or {fitted: 3}, the number of normals
type LawsEntry struct {
	Blocks []LawBlock
	Fitted int // number of normals fitted to draws of the model; -1 for the default; 0 for none
}

// LawBlock is the law of one column, or a mixture of normals of several.
type LawBlock struct {
	Columns []string
	Law     *LawEntry    // of one column
	Parts   []NormalPart // of several
}

// NormalPart is a normal law of several columns.
type NormalPart struct {
	Weight float64     `yaml:"weight"`
	Mean   []float64   `yaml:"mean"`
	Cov    [][]float64 `yaml:"cov"`
}

// block is the law of some positions of encoded rows.
type block struct {
	index  []int
	law    sde.Law
	points []float64 // quantiles of a law of one number
}

// blocks are the blocks of the entry, in the order given, with no column twice.
func (l *LawsEntry) blocks(c *datasets.Codec, sched sde.Schedule) ([]block, error) {
	if len(l.Blocks) == 0 {
		return nil, errors.New("laws of columns are missing: give {column: {law: normal, mean: 0, sd: 1}}, or a law of several columns")
	}
	var list []block
	seen := map[int]bool{}
	for _, e := range l.Blocks {
		if len(e.Columns) == 0 {
			return nil, errors.New("a law of no columns: name them")
		}
		k := block{}
		for _, name := range e.Columns {
			at, present, err := c.Number(name)
			switch {
			case err != nil:
				return nil, err
			case present >= 0 && c.Metadata().Field(name).LevelValues() != nil:
				return nil, fmt.Errorf("each value of column %q is a level: no law of numbers is its law; balance it, or leave it out", name)
			case present >= 0:
				return nil, fmt.Errorf("column %q has missing cells, or values that stand out, and is not always a number: no law of numbers is its law; standardize its encoding, or leave it out", name)
			case seen[at]:
				return nil, fmt.Errorf("column %q has two laws: give one", name)
			}
			seen[at] = true
			k.index = append(k.index, at)
		}
		var err error
		if e.Law != nil {
			if err = e.Law.check(); err == nil {
				k.points = e.Law.points(c, k.index[0])
				k.law, err = e.Law.encoded(c, k.index[0], sched)
			}
		} else {
			k.law, err = e.normals(c, k.index, sched)
		}
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", quoted(e.Columns), err)
		}
		list = append(list, k)
	}
	return list, nil
}

func quoted(names []string) string {
	s := ""
	for i, n := range names {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("%q", n)
	}
	return s
}

// normals is the mixture of normals of several columns, encoded.
func (e LawBlock) normals(c *datasets.Codec, index []int, sched sde.Schedule) (sde.Law, error) {
	n := len(index)
	mean, std := make([]float64, n), make([]float64, n)
	for k, at := range index {
		var affine bool
		if mean[k], std[k], affine = c.Affine(at); !affine {
			return nil, errors.New("encoded by quantiles, which makes no normal of a normal: give laws column by column, or train with --encoding standard")
		}
	}
	var comps []*sde.Gaussian
	var weights []float64
	for i, p := range e.Parts {
		if len(p.Mean) != n || len(p.Cov) != n || slices.ContainsFunc(p.Cov, func(r []float64) bool { return len(r) != n }) {
			return nil, fmt.Errorf("a normal of %d columns has a mean of %d numbers and a cov of %d rows of %d", n, n, n, n)
		}
		if !(p.Weight > 0) || math.IsInf(p.Weight, 0) {
			return nil, fmt.Errorf("part %d needs a positive weight", i+1)
		}
		mu, cov := make([]float64, n), mat.NewSymDense(n, nil)
		for j := range n {
			mu[j] = (p.Mean[j] - mean[j]) / std[j]
			for k := range n {
				if p.Cov[j][k] != p.Cov[k][j] {
					return nil, fmt.Errorf("cov is not symmetric: row %d has %g where row %d has %g", j+1, p.Cov[j][k], k+1, p.Cov[k][j])
				}
				cov.SetSym(j, k, p.Cov[j][k]/std[j]/std[k])
			}
		}
		var ch mat.Cholesky
		if !ch.Factorize(cov) {
			return nil, errors.New("cov is not positive definite: it holds variances on its diagonal, and covariances of at most the root of their products")
		}
		g, err := sde.NewGaussian(mu, cov, sched)
		if err != nil {
			return nil, err
		}
		comps, weights = append(comps, g), append(weights, p.Weight)
	}
	if len(comps) == 1 {
		return comps[0], nil
	}
	return sde.NewMixture(weights, comps)
}

// normal1 is the law N(mean, sd²) of one number.
func normal1(mean, sd float64, sched sde.Schedule) (*sde.Gaussian, error) {
	return sde.NewGaussian([]float64{mean}, mat.NewSymDense(1, []float64{sd * sd}), sched)
}

// lawNormals is the number of normals that stand for a law of one column.
const lawNormals = 6

// fitPoints fits k normals to numbers.
func fitPoints(points []float64, k int, sched sde.Schedule) (*guide.FittedMixture, error) {
	return guide.FitMixture(mat.NewDense(len(points), 1, slices.Clone(points)), k, sched, 0)
}
