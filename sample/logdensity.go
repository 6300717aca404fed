package sample

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// LogProbOptions of LogProb. The zero value is ready to use.
type LogProbOptions struct {
	RTol, ATol float64  // as in FlowOptions
	Start, End float64  // from noise to data; zero means 1 and sde.MinTime
	Terminal   Terminal // the law at Start; nil means TerminalOf(d, Start)

	Workers, Block int // as in Options: no effect on any bit of the result

	// Observe, when set, is called after each block, in row order, with the
	// number of rows done so far. Stop ends the run early without error.
	Observe func(rows int) error

	// Probe says how traces are found. With RademacherProbe or Normal, each row has
	// Probes probes (zero means 8), the same over the whole flow, one pullback
	// each per evaluation. They are a function of Seed and the global row index,
	// First for the first row.
	Probe  Probe
	Probes int
	Seed   uint64
	First  int
}

// LogDensity is the result of LogProb.
type LogDensity struct {
	LogProb []float64 // log p(x_i), in nats
	// StdErr is the standard error of LogProb by the spread of its probes: 0
	// with exact traces, NaN with a single probe. It does not include the
	// solver's error.
	StdErr  []float64
	Latent  *mat.Dense // the states at Start
	Rows    int        // finished rows; all else of the rows beyond is 0
	NFE     float64    // mean denoiser evaluations (linearizations) of a finished row
	Pulls   float64    // mean pullbacks of a finished row
	Caveats []string   // why LogProb is not that of the data, by the denoiser
}

// LogProb returns the log density in nats of each row of x under the
// probability flow of d (Song et al. 2021, eq. 39, arXiv:2011.13456). With
// u = x/√(α²+σ²) and p = α/√(α²+σ²),
//
//	log p(x) = log p_T(x_T) + ∫ (p² Dim - α tr ∂D/∂x_t) dλ + the logs of the scalings
//
// with the exact divergence, or Hutchinson's estimate of it (see Probe).
//
// The density is that of x_End/α(End), the data blurred by σ/α at End: 1e-3 by
// default, where smooth densities do not feel it. Where that of the data has no
// bound (atoms, ties, constant columns) the result grows without bound as End
// falls, and means nothing.
//
// If the denoiser is not the posterior mean of one law (if it is guided, say),
// the result is the log density of the law that its flow transports p_T to. A
// denoiser with a method Caveats() []string says so in the result.
// LogProb needs derivatives; sde.ByDifferences provides them.
//
// Row i depends on row i of x alone, bit for bit. When ctx is done, or a row
// errs, what is finished comes with the error.
func LogProb(ctx context.Context, d sde.Differentiable, x *mat.Dense, o *LogProbOptions) (*LogDensity, error) {
	opts := valueOf(o)
	f, err := opts.resolve(d, x)
	if err != nil {
		return nil, err
	}
	n, w := x.Dims()
	l := &logDensity{f, opts, x, &LogDensity{
		LogProb: make([]float64, n), StdErr: make([]float64, n), Latent: mat.NewDense(n, w, nil),
	}}
	l.res.Caveats = sde.Caveats(d)
	return l.res, l.do(ctx)
}

func (o *LogProbOptions) resolve(d sde.Denoiser, x *mat.Dense) (*flowSpan, error) {
	f, err := FlowOptions{
		RTol: o.RTol, ATol: o.ATol, Start: o.Start, End: o.End,
		Workers: o.Workers, Block: o.Block, Observe: o.Observe,
	}.resolve(d, x, o.First)
	if err != nil {
		return nil, err
	}
	switch {
	case o.Probe < ExactTrace || o.Probe > GaussianProbe:
		return nil, fmt.Errorf("sample: unknown probe %d", int(o.Probe))
	case o.Probes < 0:
		return nil, fmt.Errorf("sample: %d probes, want a positive number", o.Probes)
	case o.Probe == ExactTrace && o.Probes > 0:
		return nil, errors.New("sample: Probes is set, but the trace is exact: set Probe")
	case o.Probes == 0:
		o.Probes = 8
	}
	if o.Terminal == nil {
		o.Terminal = TerminalOf(d, f.Start)
	}
	return f, nil
}

type logDensity struct {
	*flowSpan
	o   LogProbOptions
	x   *mat.Dense
	res *LogDensity
}

func (l *logDensity) do(ctx context.Context) error {
	n, _ := l.x.Dims()
	rows, evals, pulls, err := l.flowSpan.do(ctx, n, l.block)
	res := l.res
	if res.Rows = rows; rows > 0 {
		res.NFE, res.Pulls = evals/float64(rows), pulls/float64(rows)
	}
	for i := rows; i < n; i++ { // blocks after the one that ended the run
		res.LogProb[i], res.StdErr[i] = 0, 0
		clear(res.Latent.RawRowView(i))
	}
	return err
}

func (l *logDensity) block(m *meter, b block) error {
	d := l.bound(m, b)
	if _, ok := d.(sde.Differentiable); !ok {
		panic("sample: Rows of a Differentiable is not one")
	}
	w := l.d.Dim()
	var tr tracer = newExactTrace(b.rows, w)
	if l.o.Probe != ExactTrace {
		tr = newHutchinson(l.o.Probe, l.o.Probes, b.rows, w, l.o.Seed, l.o.First+b.first)
	}
	k := tr.estimates()
	u := mat.NewDense(b.rows, w+k, nil)
	for i := range b.rows {
		ui := u.RawRowView(i)
		for j, v := range l.x.RawRowView(b.first + i) {
			ui[j] = v * l.ce.p
		}
	}
	if err := l.solve(newTraced(d, b.rows, tr), u, l.end, l.start, m, b, "log density"); err != nil {
		return err
	}
	z := l.res.Latent.Slice(b.first, b.first+b.rows, 0, w).(*mat.Dense)
	combine(z, l.cs.r, u.Slice(0, b.rows, 0, w).(*mat.Dense), 0, z)
	lp := l.res.LogProb[b.first : b.first+b.rows]
	l.o.Terminal.LogProb(lp, z)
	for i := range lp {
		mean, se := meanAndError(u.RawRowView(i)[w:])
		lp[i] += float64(w)*(math.Log(l.cs.r)+math.Log(l.ce.p)) - mean
		l.res.StdErr[b.first+i] = se
		if math.IsNaN(lp[i]) {
			return fmt.Errorf("sample: log density of row %d is NaN", l.o.First+b.first+i)
		}
	}
	if l.o.Probe == ExactTrace {
		clear(l.res.StdErr[b.first : b.first+b.rows])
	}
	return nil
}

// meanAndError returns the mean of v and its standard error, NaN for one value.
func meanAndError(v []float64) (mean, se float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	var s float64
	for _, x := range v {
		s += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(s / (n - 1) / n)
}

// BitsPerDim converts a log density in nats of dim-dimensional data to bits per
// dimension of the data binned to cells of the given width, of which logProb is
// that of the uniformly dequantized data: -(logProb/dim + ln width)/ln 2. For
// 256 levels over [-1, 1] the width is 2/256, which adds 7 bits. It makes sense
// for binned data only.
func BitsPerDim(logProb float64, dim int, width float64) float64 {
	return -(logProb/float64(dim) + math.Log(width)) / math.Ln2
}
