package inference

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/guide/calibration"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

// The names of the regions.
const (
	TARPName    = "TARP"
	DensityName = "highest density"
)

// Region is how often regions of q(θ|x) hold the true θ. Its Ranks are, for each
// simulation, the number of draws that are further inside than the true θ: all up to that
// of the highest credibility that the region needs to hold it.
type Region struct {
	calibration.Column
	calibration.Uniformity
	Draws int `json:"draws"` // for each simulation
}

// References are the points that TARP measures distances from, n×d, and their metrics: the
// distance of θ_i from point i is |Metric[i mod 2] (θ_i - point)|, Euclidean if Metric is nil.
type References struct {
	Points *mat.Dense
	Metric []*mat.Dense // d×d, of even rows and of odd ones
}

// TARP counts the draws that are nearer to a reference point than the true θ: the balls
// about refs, n×d, whose edge the true θ is on. Row i of theta, n×d, has the draws
// i·per … (i+1)·per-1. If q is the posterior, and references are functions of x and of
// independent draws, the counts are uniform (Lemos et al. 2023, arXiv:2302.03026, theorem
// 1 and algorithm 2). It panics on a size mismatch, and on less than nine draws.
func TARP(theta, draws *mat.Dense, per int, refs References) Region {
	g := tarp(theta, draws, per, refs, 0)
	g.finish()
	return g
}

// tarp are the counts of TARP, of simulations from first on.
func tarp(theta, draws *mat.Dense, per int, refs References, first int) Region {
	n, d := theta.Dims()
	if rows, cols := draws.Dims(); rows != n*per || cols != d {
		panic("inference: size mismatch")
	}
	if rows, cols := refs.Points.Dims(); rows != n || cols != d || refs.Metric != nil && len(refs.Metric) != 2 {
		panic("inference: size mismatch")
	}
	truth, of := make([]float64, n), make([]float64, n*per)
	away := make([]float64, d)
	for i := range n {
		truth[i] = refs.distance(away, theta.RawRowView(i), i)
		for k := i * per; k < (i+1)*per; k++ {
			of[k] = refs.distance(away, draws.RawRowView(k), i)
		}
	}
	return region(TARPName, truth, of, per, first)
}

// distance is the squared one of θ from point i.
func (r References) distance(away, theta []float64, i int) (sum float64) {
	point := r.Points.RawRowView(i)
	for j, v := range theta {
		away[j] = v - point[j]
	}
	if r.Metric == nil {
		return squared(theta, point)
	}
	for j := range away {
		e := numeric.Dot(r.Metric[i%2].RawRowView(j), away)
		sum += e * e
	}
	return sum
}

// Density counts the draws whose log q(θ|x) is higher than that of the true θ: truth has it
// for each simulation, of for each of its per draws, at least nine (Hermans et al. 2022,
// arXiv:2110.06581). A term of log q that depends on x alone plays no role.
func Density(truth, of []float64, per int) Region {
	g := density(truth, of, per, 0)
	g.finish()
	return g
}

// density are the counts of Density, of simulations from first on.
func density(truth, of []float64, per, first int) Region {
	if len(of) != len(truth)*per {
		panic("inference: size mismatch")
	}
	negative := func(v []float64) []float64 {
		w := make([]float64, len(v))
		for i, l := range v {
			w[i] = -l
		}
		return w
	}
	return region(DensityName, negative(truth), negative(of), per, first)
}

// region ranks a depth, which is least inside, of simulations from first on.
func region(name string, truth, of []float64, per, first int) Region {
	c := calibration.PartRankFit(name, mat.NewDense(len(truth), 1, truth), mat.NewDense(len(of), 1, of), per, first)
	return Region{Column: c, Draws: per}
}

// from are the references of n rows from first on.
func (r References) from(first, n int) References {
	_, d := r.Points.Dims()
	p := References{Points: r.Points.Slice(first, first+n, 0, d).(*mat.Dense)}
	if r.Metric != nil {
		p.Metric = []*mat.Dense{r.Metric[first%2], r.Metric[(first+1)%2]}
	}
	return p
}

// referenceSpread is how far a reference is from the regression, in residual standard
// deviations. At 0 distances would see no shift, and further away little else.
const referenceSpread = 0.5

// NewReferences returns points for TARP. Point i is the linear regression of θ on x at x_i
// and noise, with half of the standard deviation of the residuals; distances are in units
// of these, whitened. The regression is that of the rows of the other half, even or odd, so
// that nothing here depends on θ_i. A posterior that ignores x, as the prior does, is
// further from these points than θ is, which uniform references would not see; and where
// parameters are correlated, one that drops this is further as well.
func NewReferences(theta, x *mat.Dense, seed uint64) References {
	n, d := theta.Dims()
	r := References{mat.NewDense(n, d, nil), make([]*mat.Dense, 2)}
	key, rng := stream.NewKey(seed, "inference/references"), stream.NewSource(stream.Key{})
	e := mat.NewVecDense(d, nil)
	for half := range 2 {
		fit := regress(every(theta, 1-half), every(x, 1-half))
		r.Metric[half] = fit.white()
		for i := half; i < n; i += 2 {
			rng.Seek(key.At(uint64(i)))
			for j := range d {
				e.SetVec(j, rng.NormFloat64())
			}
			fit.mean(r.Points.RawRowView(i), x.RawRowView(i))
			fit.noise(r.Points.RawRowView(i), referenceSpread, e)
		}
	}
	return r
}

// every is every second row, of the even or of the odd ones; all where there is one row.
func every(m *mat.Dense, first int) *mat.Dense {
	n, d := m.Dims()
	if n < 2 {
		return m
	}
	part := mat.NewDense((n-first+1)/2, d, nil)
	for i := first; i < n; i += 2 {
		part.SetRow(i/2, m.RawRowView(i))
	}
	return part
}
