package metrics

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// LC2STOptions are the settings of NewLC2ST. The zero value is ready to use.
type LC2STOptions struct {
	Nulls   int    // classifiers of the null hypothesis: the least p-value is 1/(Nulls+1); 0 is 99
	Epochs  int    // that each classifier is trained for at most; 0 is 20, or more for 200 steps
	Seed    uint64 // of labels, weights and the order of rows
	Workers int    // classifiers trained at once, 0 for one per core; changes no bit
	// First and Count say which of the Nulls+1 classifiers are trained, the first being that
	// of the labels as they are: for Statistics of parts. Count 0 means all.
	First, Count int
	// Progress, if not nil, is called with the number of classifiers that are trained, of
	// how many, from one goroutine at a time.
	Progress func(done, of int)
}

// lc2stHidden bounds the hidden units of the classifiers of LC2ST.
const lc2stHidden = 100

// LC2ST is the local classifier two-sample test (Linhart et al. 2023, arXiv:2306.03580):
// whether draws of q(θ|x_o) are draws of p(θ|x_o) at one x_o, of which no true draw is
// known. It is made once, and asked at any number of observations. It is not safe for
// concurrent use.
type LC2ST struct {
	nets     []*classifier // from that of index first on; index 0 is of the labels as they are
	first    int
	of       int       // classifiers of the whole
	mean, sd []float64 // of θ, then of x
	d        int       // parameters
	workers  int
}

// NewLC2ST trains a classifier to tell the pairs (θ_i, x_i) of simulations, n×d and n×w,
// from pairs (draws_i, x_i), where row i of draws is one draw of q(θ|x_i). It has two
// hidden layers of min(10 (d+w), 100) rectified units, and is trained as that of C2ST is.
// If q is p, the two θ of an x may change places; so further classifiers learn where each
// pair has done so by the toss of a coin: they are what the first would be if q were p.
//
// It errs on a number that is not finite, on fewer than 20 rows, on a parameter that is
// constant, and when ctx is done. It panics unless the sizes agree.
func NewLC2ST(ctx context.Context, theta, draws, x *mat.Dense, o LC2STOptions) (*LC2ST, error) {
	n, d := theta.Dims()
	m, w := x.Dims()
	if rows, cols := draws.Dims(); rows != n || cols != d || m != n {
		panic("metrics: size mismatch")
	}
	if o.Nulls == 0 {
		o.Nulls = 99
	}
	if o.Epochs == 0 {
		o.Epochs = max(20, 200*c2stBatch/(2*n))
	}
	if o.Nulls < 1 || o.Epochs < 1 {
		return nil, fmt.Errorf("L-C2ST: %d classifiers of the null hypothesis and %d epochs: give at least 1", o.Nulls, o.Epochs)
	}
	if n < fewest {
		return nil, fmt.Errorf("L-C2ST: %d simulations: give at least %d", n, fewest)
	}
	if o.First < 0 || o.Count < 0 || o.First+o.Count > o.Nulls+1 || o.First > 0 && o.Count == 0 {
		return nil, fmt.Errorf("L-C2ST: classifiers %d to %d, of %d: give some of them", o.First, o.First+o.Count, o.Nulls+1)
	}
	if o.Count == 0 {
		o.Count = o.Nulls + 1
	}
	for k, part := range []*mat.Dense{theta, draws, x} {
		if err := checkFinite(part, []string{"parameters", "draws", "data"}[k]); err != nil {
			return nil, fmt.Errorf("L-C2ST: %w", err)
		}
	}
	l := &LC2ST{nets: make([]*classifier, o.Count), first: o.First, of: o.Nulls + 1, d: d, workers: o.Workers}
	if err := l.scale(theta, x); err != nil {
		return nil, err
	}
	rows := make([]float32, 2*n*(d+w))
	for i := range n {
		l.put(rows[i*(d+w):], theta.RawRowView(i), x.RawRowView(i))
		l.put(rows[(n+i)*(d+w):], draws.RawRowView(i), x.RawRowView(i))
	}
	l.train(ctx, rows, n, o)
	return l, ctx.Err()
}

func (l *LC2ST) train(ctx context.Context, rows []float32, n int, o LC2STOptions) {
	all := make([]int, 2*n)
	for i := range all {
		all[i] = i
	}
	lock, done := make(chan struct{}, 1), 0
	parallel.For(o.Workers, len(l.nets), func(at int) {
		if ctx.Err() != nil {
			return
		}
		k := l.first + at
		class := make([]float32, 2*n)
		coin := stream.New(o.Seed, "metrics/lc2st", uint64(k))
		for i := range n {
			swapped := k > 0 && coin.IntN(2) == 1
			class[i], class[n+i] = bit(swapped), bit(!swapped)
		}
		c := newClassifierOf(len(l.mean), min(10*len(l.mean), lc2stHidden), uint32(stream.Seed(o.Seed, "metrics/lc2st/net", uint64(k))))
		c.train(ctx, rows, class, all, o.Epochs)
		c.grad, c.moment, c.square = nil, nil, nil
		l.nets[at] = c
		lock <- struct{}{}
		if done++; o.Progress != nil {
			o.Progress(done, len(l.nets))
		}
		<-lock
	})
}

func bit(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// At returns the mean of (c(θ, x) - ½)² over rows of draws, m×d, of q(θ|x), c being the
// probability that the classifier gives to a pair of q; and the p-value: the share, with
// one more counted in both, of the classifiers of the null hypothesis, on the same draws,
// whose mean is as large. It errs on a number that is not finite. It panics unless the
// sizes agree, and unless it has all classifiers.
func (l *LC2ST) At(x []float64, draws *mat.Dense) (statistic, p float64, err error) {
	if len(l.nets) != l.of {
		panic("metrics: some of the classifiers have no p-value: take Statistics")
	}
	found, err := l.Statistics(x, draws)
	if err != nil {
		return 0, 0, err
	}
	statistic, p = LC2STOf(found)
	return statistic, p, nil
}

// LC2STOf returns the statistic of L-C2ST and its p-value from the Statistics of all
// classifiers in their order.
func LC2STOf(statistics []float64) (statistic, p float64) {
	as := 1
	for _, t := range statistics[1:] {
		if t >= statistics[0] {
			as++
		}
	}
	return statistics[0], float64(as) / float64(len(statistics))
}

// Statistics returns the mean of At for each of the classifiers that were trained, in their
// order. It errs and panics as At does.
func (l *LC2ST) Statistics(x []float64, draws *mat.Dense) ([]float64, error) {
	m, d := draws.Dims()
	if d != l.d || len(x) != len(l.mean)-d {
		panic("metrics: size mismatch")
	}
	if err := checkFinite(mat.NewDense(1, len(x), x), "observation"); err != nil {
		return nil, fmt.Errorf("L-C2ST: %w", err)
	}
	if err := checkFinite(draws, "draws"); err != nil {
		return nil, fmt.Errorf("L-C2ST: %w", err)
	}
	width := len(l.mean)
	rows := make([]float32, m*width)
	for i := range m {
		l.put(rows[i*width:], draws.RawRowView(i), x)
	}
	found := make([]float64, len(l.nets))
	parallel.For(l.workers, len(found), func(k int) { found[k] = l.nets[k].offCenter(rows, m) })
	return found, nil
}

// offCenter is the mean of (c - ½)² over the rows.
func (c *classifier) offCenter(rows []float32, n int) float64 {
	sum, batch := 0.0, make([]int, 0, c2stBatch)
	for s := 0; s < n; s += c2stBatch {
		batch = batch[:0]
		for i := s; i < min(s+c2stBatch, n); i++ {
			batch = append(batch, i)
		}
		for _, z := range c.forward(rows, batch) {
			e := 1/(1+math.Exp(-float64(z))) - 0.5
			sum += e * e
		}
	}
	return sum / float64(n)
}

// scale keeps the mean and the standard deviation of each column. A column of x that is
// constant is one of zeros.
func (l *LC2ST) scale(theta, x *mat.Dense) error {
	n, _ := theta.Dims()
	for k, part := range []*mat.Dense{theta, x} {
		_, d := part.Dims()
		for j := range d {
			mean, sd := 0.0, 0.0
			for i := range n {
				mean += part.At(i, j) / float64(n)
			}
			for i := range n {
				sd += (part.At(i, j) - mean) * (part.At(i, j) - mean) / float64(n-1)
			}
			if sd = math.Sqrt(sd); !(sd > 1e-12*math.Abs(mean)) {
				if k == 0 {
					return fmt.Errorf("L-C2ST: parameter %d is constant: remove it", j+1)
				}
				sd = math.Inf(1)
			}
			l.mean, l.sd = append(l.mean, mean), append(l.sd, sd)
		}
	}
	return nil
}

// put stores a pair in units of the simulations.
func (l *LC2ST) put(dst []float32, theta, x []float64) {
	for j, v := range theta {
		dst[j] = float32((v - l.mean[j]) / l.sd[j])
	}
	for j, v := range x {
		k := l.d + j
		dst[k] = float32((v - l.mean[k]) / l.sd[k])
	}
}
