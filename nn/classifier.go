package nn

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Classifier is a time-dependent classifier p(c | x_t), for guidance by its
// gradient in x_t (Song et al. 2021, §5, arXiv:2011.13456). An untrained one
// gives every class the same probability. It is safe for concurrent use while
// Params are not written.
type Classifier struct {
	inputs
	Params *Params
	Label  Condition // the label that it tells
	// Temperature divides the logits; 0 means 1. See Calibrate.
	Temperature float64
	free        *freeList[machine[float32]]
}

// NewClassifier returns an untrained classifier of the levels of label. Of c,
// Conditions must be empty.
func NewClassifier(c Config, label Condition) (*Classifier, error) {
	if label.Levels < 2 {
		return nil, fmt.Errorf("nn: label %q has %d levels: a classifier needs two", label.Name, label.Levels)
	}
	if len(c.Conditions) > 0 {
		return nil, fmt.Errorf("nn: a classifier takes no conditions")
	}
	in, err := c.inputs(label.Levels)
	if err != nil {
		return nil, err
	}
	return newClassifier(in, in.init(c.Seed), label, 1), nil
}

func newClassifier(in inputs, p *Params, label Condition, temperature float64) *Classifier {
	return &Classifier{in, p, label, temperature, in.newFreeList(p)}
}

// Labels implements Trainable: Regression.Cond has one column, the class.
func (c *Classifier) Labels() int { return 1 }

func (c *Classifier) Parameters() *Params { return c.Params }

func (c *Classifier) Over(p *Params) Trainable {
	return newClassifier(c.inputs, p, c.Label, c.Temperature)
}

func (c *Classifier) Architecture() string { return "classifier " + c.describe() }

func (c *Classifier) temperature() float64 { return cmp.Or(c.Temperature, 1) }

// LogProbs stores ln p(c | x_t) in dst, n×levels.
func (c *Classifier) LogProbs(dst, x *mat.Dense, t []float64) error {
	xv, n := c.view(x)
	if r, k := dst.Dims(); r != n || k != c.Label.Levels || (len(t) != 1 && len(t) != n) {
		panic("nn: size mismatch")
	}
	m, err := c.free.take()
	if err != nil {
		return err
	}
	defer c.free.put(m)
	for first := 0; first < n; first += BlockRows {
		rows := min(BlockRows, n-first)
		c.logits(m, xv, t, first, rows)
		for i := range rows {
			c.logProbs(dst.RawRowView(first+i), m, i)
		}
	}
	return nil
}

func (c *Classifier) logits(m *machine[float32], x rowsView, t []float64, first, n int) {
	c.prepare(m, x, t, conds{}, first, n)
	m.fwd.run()
	m.gen++
}

// logProbs stores the log probabilities of row i of the block on m.
func (c *Classifier) logProbs(dst []float64, m *machine[float32], i int) {
	k := len(dst)
	for j, v := range m.out[i*k : (i+1)*k] {
		dst[j] = float64(v) / c.temperature()
	}
	lse := numeric.LogSumExp(dst)
	for j := range dst {
		dst[j] -= lse
	}
}

// ClassLogProb is ln p(c | x_t) as a function of x_t, for classes bound to the rows:
// one for all, or one per row.
type ClassLogProb struct {
	c     *Classifier
	class []int
}

var _ sde.PerRowClassScore = (*ClassLogProb)(nil)

// Of binds classes: one for all rows of every batch, or one for each row. It
// errs for a class that the label does not have.
func (c *Classifier) Of(class ...int) (*ClassLogProb, error) {
	for _, k := range class {
		if k < 0 || k >= c.Label.Levels {
			return nil, fmt.Errorf("nn: label %q has no class %d: classes are 0 to %d", c.Label.Name, k, c.Label.Levels-1)
		}
	}
	if len(class) == 0 {
		return nil, fmt.Errorf("nn: no class given")
	}
	return &ClassLogProb{c, class}, nil
}

// Schedule is that of the noise the classifier was trained under.
func (o *ClassLogProb) Schedule() sde.Schedule { return o.c.Sched }

// Dim is the number of columns of the rows.
func (o *ClassLogProb) Dim() int { return o.c.Net.Dim }

// Rows implements sde.PerRowClassScore.
func (o *ClassLogProb) Rows(idx []int) sde.ClassScore {
	if len(o.class) == 1 {
		return o
	}
	r := &ClassLogProb{o.c, make([]int, len(idx))}
	for i, k := range idx {
		r.class[i] = o.class[k]
	}
	return r
}

// LogProbGrad stores ln p(c_i | x_i) in logp and its gradient in x_i in row i
// of dst, from the graph of the classifier:
//
//	∇ ln p(c|x) = c_in ⊙ J_Fᵀ (e_c − softmax(F/τ))/τ.
func (o *ClassLogProb) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	c := o.c
	xv, n := c.view(x)
	gv, nd := c.view(dst)
	if nd != n || len(logp) != n || (len(t) != 1 && len(t) != n) || (len(o.class) != 1 && len(o.class) != n) {
		panic("nn: size mismatch")
	}
	m, err := c.free.take()
	if err != nil {
		return err
	}
	defer c.free.put(m)
	for first := 0; first < n; first += BlockRows {
		rows := min(BlockRows, n-first)
		c.logits(m, xv, t, first, rows)
		o.cotangent(m, logp, first, rows)
		m.bwd.run()
		for i := range rows {
			c.pullRow(m, gv.row(first+i, c.Net.Dim), i)
		}
	}
	return nil
}

// cotangent fills the machine's v and the log probabilities of the rows.
func (o *ClassLogProb) cotangent(m *machine[float32], logp []float64, first, n int) {
	k, tau := o.c.Label.Levels, o.c.temperature()
	var buf [64]float64
	p := buf[:]
	if k > len(p) {
		p = make([]float64, k)
	}
	p = p[:k]
	for i := range n {
		class := o.class[0]
		if len(o.class) > 1 {
			class = o.class[first+i]
		}
		o.c.logProbs(p, m, i)
		logp[first+i] = p[class]
		for j, l := range p {
			v := -math.Exp(l)
			if j == class {
				v++
			}
			m.v[i*k+j] = float32(v / tau)
		}
	}
	clear(m.v[n*k:])
}

// pullRow stores in dst the gradient with respect to row i of a block of noisy rows, from
// that with respect to the inputs of the network.
func (m *inputs) pullRow(k *machine[float32], dst []float64, i int) {
	d, wide := m.Net.Dim, m.Net.in()
	w := k.prep.row(i)
	for j := range dst {
		dst[j] = w.cin[j] * float64(k.gx[i*wide+j])
	}
	m.addFourier(dst, k.x[i*wide+d:(i+1)*wide], k.gx[i*wide+d:(i+1)*wide], w)
	for b := range m.Cats {
		m.pullInput(k, dst, &m.Cats[b], i)
	}
}
