package guide

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Reweight gives rows the law p(x_0) e^{R(x_0)}/Z for a function R without a derivative: the
// logarithm of a ratio of priors, a constraint (-Inf where it fails), a reward. With x_0 given
// x_t taken as N(D, V), V = σ²/α J, the guided D is the mean of the reweighted normal law,
//
//	D_guided = E[x e^{R(x)}]/E[e^{R(x)}],   x ~ N(D, V)
//
// by weighted nodes, which move to where the weights are: exact for a Gaussian model but for
// their number. (A Reward takes R at D alone.) It costs Dim backward passes and up to eight
// times Nodes values of R for each row.
type Reweight struct {
	// R returns the log weight of a row in nats, finite or -Inf. It must be safe for
	// concurrent use.
	R func(x []float64) float64
	// Guide, when set, stands for R in the guide, as a faster approximation of it.
	Guide func(x []float64) float64
	Nodes int // zero means the larger of 64 and 8 Dim
	// Note, when set, is what else is approximate.
	Note string
}

var _ Twist = Reweight{}

func (r Reweight) Check(model sde.Differentiable) error {
	switch {
	case r.R == nil:
		return errors.New("a Reweight without R")
	case r.Nodes < 0 || r.Nodes > 0 && r.Nodes < 4*model.Dim():
		return fmt.Errorf("%d nodes for rows of %d: give at least four times as many, or 0 for the default", r.Nodes, model.Dim())
	}
	return nil
}

func (r Reweight) Exactness(model sde.Differentiable) (Exactness, string) {
	switch {
	case r.Note != "":
		return Heuristic, r.Note
	case gaussian(model):
		return Asymptotic, "means under the weights are sums over nodes: raise Nodes"
	}
	return Heuristic, "rows given their noised values are taken as normal: weight particles with R, which is exact in their number"
}

func (r Reweight) guide() func(x []float64) float64 {
	if r.Guide != nil {
		return r.Guide
	}
	return r.R
}

// AddScore implements Term: g = α/σ² (D_guided - D).
func (r Reweight) AddScore(dst *mat.Dense, at State) error { return r.eval(dst, nil, at) }

// LogProb implements Twist: log E[e^{R(x_0)} | x_t].
func (r Reweight) LogProb(dst []float64, at State) error { return r.eval(nil, dst, at) }

// LogLikelihood implements LikelihoodTerm: R(x_0).
func (r Reweight) LogLikelihood(dst []float64, at State) error {
	for i := range dst {
		if dst[i] = r.R(at.Mean.RawRowView(i)); math.IsNaN(dst[i]) || math.IsInf(dst[i], 1) {
			return at.rowErr(i, "the log weight is %g", dst[i])
		}
	}
	return nil
}

func (r Reweight) eval(dst *mat.Dense, logp []float64, at State) error {
	n, d := at.X.Dims()
	cols, e := at.adjoints(d), at.zeros(n, d)
	for k := range d {
		unitRows(e, k)
		if err := at.Pull(cols[k], e); err != nil {
			return err
		}
	}
	law := gaussian(at.Prior())
	c := newCloud(at, nodesOf(d, r.Nodes))
	for i := range n {
		co := at.Coeff(i)
		if co.Sigma == 0 {
			if logp != nil {
				logp[i] = max(r.R(at.Mean.RawRowView(i)), barred)
			}
			continue
		}
		c.spread(func(j, k int) float64 { return co.Tweedie() * cols[j].At(i, k) }, at.ws.variance, co, law)
		lp, err := c.tilt(r.guide(), at.Mean.RawRowView(i))
		if err != nil {
			return at.rowErr(i, "%w", err)
		}
		if logp != nil {
			logp[i] = lp
			continue
		}
		row := c.shift(co)
		f := 1.0
		if !law {
			f = reachable(row, at.ws.variance, co)
		}
		numeric.Axpy(dst.RawRowView(i), f, row)
	}
	return nil
}

// barred is the log weight of a row whose nodes are all impossible: other rows are better,
// but more noise may still bring it back.
const barred = -1e6

// nodes are points e_k with weights of sum 1 whose mean is 0 and whose covariance is I: an
// even grid on the line, and otherwise a lattice of normal quantiles, each with its opposite.
type nodes struct {
	e    []float64 // K×d
	logw []float64
	log  []float64 // log weight less the log density of N(0, I) at e_k
	d    int
}

var madeNodes sync.Map // [2]int{d, K} → *nodes

func nodesOf(d, k int) *nodes {
	if k == 0 {
		k = max(64, 8*d)
	}
	key := [2]int{d, k}
	if m, ok := madeNodes.Load(key); ok {
		return m.(*nodes)
	}
	m, _ := madeNodes.LoadOrStore(key, makeNodes(d, k))
	return m.(*nodes)
}

func makeNodes(d, k int) *nodes {
	m := &nodes{d: d}
	if d == 1 {
		sum := 0.0
		for i := range k {
			u := -6 + 12*float64(i)/float64(k-1)
			m.e, m.logw = append(m.e, u), append(m.logw, -u*u/2)
			sum += math.Exp(-u * u / 2)
		}
		for i := range k {
			m.logw[i] -= math.Log(sum)
			m.log = append(m.log, m.logw[i]+m.e[i]*m.e[i]/2)
		}
		return m
	}
	// The root of g^{d+1} = g + 1, whose powers make an even lattice in any dimension.
	g := 1.5
	for range 60 {
		g = math.Pow(1+g, 1/float64(d+1))
	}
	for i := range (k + 1) / 2 {
		row := make([]float64, d)
		for j := range d {
			_, u := math.Modf(0.5 + float64(i+1)*math.Pow(g, -float64(j+1)))
			row[j] = math.Sqrt2 * math.Erfinv(2*u-1)
		}
		m.e = append(m.e, row...)
		for j := range row {
			row[j] = -row[j]
		}
		m.e = append(m.e, row...)
	}
	m.whiten()
	count := len(m.e) / d
	for i := range count {
		e := m.e[i*d : i*d+d]
		m.logw = append(m.logw, -math.Log(float64(count)))
		m.log = append(m.log, m.logw[i]+numeric.Dot(e, e)/2)
	}
	return m
}

// whiten makes the covariance of the nodes I.
func (m *nodes) whiten() {
	d, count := m.d, len(m.e)/m.d
	c := make([]float64, d*d)
	for i := range count {
		e := m.e[i*d : i*d+d]
		for j := range d {
			for k := range d {
				c[j*d+k] += e[j] * e[k] / float64(count)
			}
		}
	}
	cholesky(c, d)
	for i := range count {
		solveLower(c, m.e[i*d:i*d+d], d)
	}
}
