package guide

import (
	"errors"
	"math"

	"tweedie/internal/numeric"
	"tweedie/sde"
)

// cloud is the nodes of one row, x = D + Q √λ (m + T e_k), where V = Q λ Qᵀ and T is the root
// of a covariance: with m = 0 and T = I draws of N(D, V), and later of the normal law that is
// nearest to the reweighted one.
type cloud struct {
	*nodes
	v, q, root, cov, t []float64 // d×d; root is Q √λ
	m, mean, x, u, out []float64
	w                  []float64 // of each node
}

func newCloud(at State, n *nodes) *cloud {
	d := n.d
	c := &cloud{nodes: n}
	for _, p := range []*[]float64{&c.v, &c.q, &c.root, &c.cov, &c.t} {
		*p = at.floats(d * d)
	}
	for _, p := range []*[]float64{&c.m, &c.mean, &c.x, &c.u, &c.out} {
		*p = at.floats(d)
	}
	c.w = at.floats(len(n.logw))
	return c
}

// spread takes V from the Jacobian, symmetric and between bounds that rows can have: in units
// of the variance σ²/α² of the noise, and for what is no Gaussian law of slack times that
// of normal data.
func (c *cloud) spread(v func(j, k int) float64, variance []float64, co sde.Coeff, law bool) {
	d := c.d
	noise := co.Sigma * co.Sigma / (co.Alpha * co.Alpha)
	most := 0.0
	for j := range d {
		of := 1.0
		if variance != nil {
			of = variance[j]
		}
		most = math.Max(most, slack*float64(d)*spread(co, of))
		for k := range d {
			c.v[j*d+k] = (v(j, k) + v(k, j)) / 2
		}
	}
	eigen(c.v, c.q, d)
	for j := range d {
		for k := range d {
			l := math.Max(c.v[k*d+k], 1e-10*noise)
			if !law {
				l = math.Min(l, most)
			}
			c.root[j*d+k] = c.q[j*d+k] * math.Sqrt(l)
		}
	}
}

// The rounds in which nodes move, the share of them that are of use at which they stay, and
// the factor by which it must grow for another round.
const (
	rounds = 8
	useful = 0.97
	gain   = 1.05
)

// tilt finds the mean of u under the weights, in c.mean, and returns the log mean of e^R.
func (c *cloud) tilt(r func(x []float64) float64, center []float64) (logp float64, err error) {
	d := c.d
	clear(c.m)
	clear(c.t)
	logdet := 0.0
	for j := range d {
		c.t[j*d+j] = 1
	}
	best, enough := math.Inf(-1), 0.0
	clear(c.mean)
	for round := range rounds {
		lp, share, err := c.weigh(r, center, logdet)
		if err != nil {
			return 0, err
		}
		if math.IsInf(lp, -1) {
			if round == 0 {
				return barred, nil
			}
			return best, nil
		}
		last := enough
		if share > enough { // the values of the most even weights count
			best, enough = lp, share
			c.average(c.mean)
		}
		if share >= useful || share < gain*last || round == rounds-1 {
			break
		}
		if logdet = c.move(); math.IsNaN(logdet) {
			break
		}
	}
	return best, nil
}

// node stores u = m + T e_k in c.u.
func (c *cloud) node(k int) {
	e := c.e[k*c.d : k*c.d+c.d]
	for j := range c.u {
		c.u[j] = c.m[j] + numeric.Dot(c.t[j*c.d:j*c.d+j+1], e[:j+1])
	}
}

// weigh stores the normalized weights in c.w, and returns the log of their sum and the share
// of the nodes that are of use.
func (c *cloud) weigh(r func(x []float64) float64, center []float64, logdet float64) (lp, share float64, err error) {
	d, top := c.d, math.Inf(-1)
	for k := range c.w {
		c.node(k)
		for j := range d {
			c.x[j] = center[j] + numeric.Dot(c.root[j*d:j*d+d], c.u)
		}
		v := r(c.x)
		if math.IsNaN(v) || math.IsInf(v, 1) {
			return 0, 0, errors.New("the log weight is NaN or infinite: it must be finite, or -Inf where a row is impossible")
		}
		c.w[k] = v + c.log[k] + logdet - numeric.Dot(c.u, c.u)/2
		top = math.Max(top, c.w[k])
	}
	if math.IsInf(top, -1) {
		return top, 0, nil
	}
	sum, squares := 0.0, 0.0
	for k, v := range c.w {
		c.w[k] = math.Exp(v - top)
		sum += c.w[k]
	}
	for k := range c.w {
		c.w[k] /= sum
		// In units of the weights that nodes have under their own law.
		squares += c.w[k] * c.w[k] / math.Exp(c.logw[k])
	}
	return top + math.Log(sum), 1 / squares, nil
}

func (c *cloud) average(to []float64) {
	clear(to)
	for k, w := range c.w {
		c.node(k)
		numeric.Axpy(to, w, c.u)
	}
}

// move sets m and T by the weighted mean and covariance of the nodes, and
// returns log det T, NaN if they are too few to have one.
func (c *cloud) move() float64 {
	d := c.d
	c.average(c.x)
	clear(c.cov)
	for k, w := range c.w {
		c.node(k)
		for i := range d {
			for j := range i + 1 {
				c.cov[i*d+j] += w * (c.u[i] - c.x[i]) * (c.u[j] - c.x[j])
			}
		}
	}
	for j := range d {
		// Few nodes of use have too small a covariance: part of the last one stays.
		for i := range j {
			last := numeric.Dot(c.t[j*d:j*d+i+1], c.t[i*d:i*d+i+1])
			c.cov[j*d+i] = 0.9*c.cov[j*d+i] + 0.1*last
		}
		last := numeric.Dot(c.t[j*d:j*d+j+1], c.t[j*d:j*d+j+1])
		c.cov[j*d+j] = 0.9*c.cov[j*d+j] + 0.1*last
	}
	if !cholesky(c.cov, d) {
		return math.NaN()
	}
	logdet := 0.0
	for j := range d {
		copy(c.t[j*d:j*d+j+1], c.cov[j*d:j*d+j+1])
		logdet += math.Log(c.t[j*d+j])
	}
	copy(c.m, c.x)
	return logdet
}

// shift is the score of the row, α/σ² Q √λ times the mean of u.
func (c *cloud) shift(co sde.Coeff) []float64 {
	for j := range c.out {
		c.out[j] = numeric.Dot(c.root[j*c.d:j*c.d+c.d], c.mean) / co.Tweedie()
	}
	return c.out
}
