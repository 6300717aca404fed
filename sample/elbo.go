package sample

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// LowerBoundOptions of LowerBound. The zero value is ready to use.
type LowerBoundOptions struct {
	Samples    int      // draws of a time and of a noise per row; zero means 128
	Start, End float64  // from noise to data; zero means 1 and sde.MinTime
	Terminal   Terminal // the law at Start; nil means TerminalOf(d, Start)
	Seed       uint64
	First      int // global index of the first row

	Workers, Block int // as in Options: no effect on any bit of the result

	// Decode returns log P(x | x_ε), in nats, from the mean D(x_ε) and the kernel
	// at End, for rows that are not all numbers: any law does, for the bound is
	// one with each. nil means N(x; D, (σ/α)² I). It must be safe for concurrent
	// use.
	Decode func(x, mean []float64, c sde.Coeff) float64
	// Omit, if not nil, says which positions do not count, so that the bound is one of the density of the others. It is for
	// positions that are independent of the others: what they add is an estimate of their own log density, which is noise.
	// The bound is then that of the denoiser whose posterior mean at these positions is exact; where that of d is not,
	// it leaves out what their error costs.
	Omit []bool
}

// LogDensityBound is the result of LowerBound.
type LogDensityBound struct {
	LogProb []float64 // estimates of the lower bound of log p(x_i), in nats
	StdErr  []float64 // their standard errors, by the differences of neighboring strata
	Rows    int       // finished rows; the rest is 0
	NFE     float64   // denoiser evaluations per row
}

// LowerBound returns an unbiased estimate of a lower bound of the log density of
// each row of x under the reverse SDE of d (Song et al. 2021b, theorem 3,
// arXiv:2101.09258; in the form of Kingma et al. 2021, eq. 11-15,
// arXiv:2107.00630),
//
//	log p(x) ≥ -KL(q(x_T|x) ‖ p_T) - ∫ E e^{2λ}|x - D(x_λ)|² dλ + E log N(x; D(x_ε), (σ/α)² I)
//
// with λ drawn uniformly, which is the importance sampling of that paper, in
// Samples strata of the range. It takes two evaluations per sample and, unlike
// LogProb, no derivatives. For the exact denoiser of a smooth law the bound is
// attained, up to the decoder's error of order σ/α at End.
//
// Row i depends on row i of x alone, bit for bit. When ctx is done, or a row
// errs, what is finished comes with the error.
func LowerBound(ctx context.Context, d sde.Denoiser, x *mat.Dense, o *LowerBoundOptions) (*LogDensityBound, error) {
	opts := valueOf(o)
	if opts.Samples < 0 || opts.Samples == 1 {
		return nil, fmt.Errorf("sample: %d samples, want at least 2", opts.Samples)
	}
	opts.Samples = cmp.Or(opts.Samples, 128)
	if opts.Omit != nil && len(opts.Omit) != d.Dim() {
		return nil, fmt.Errorf("sample: %d positions to omit or not, of rows of %d", len(opts.Omit), d.Dim())
	}
	f, err := FlowOptions{Start: opts.Start, End: opts.End, Workers: opts.Workers, Block: opts.Block}.resolve(d, x, opts.First)
	if err != nil {
		return nil, err
	}
	if opts.Terminal == nil {
		opts.Terminal = TerminalOf(d, f.Start)
	}
	n, _ := x.Dims()
	res := &LogDensityBound{LogProb: make([]float64, n), StdErr: make([]float64, n)}
	rows, evals, _, err := f.do(ctx, n, func(m *meter, b block) error { return newBound(f, &opts, x, m, b).run(res) })
	if res.Rows = rows; rows > 0 {
		res.NFE = evals / float64(rows)
	}
	clear(res.LogProb[rows:])
	clear(res.StdErr[rows:])
	return res, err
}

type bound struct {
	*flowSpan
	o        *LowerBoundOptions
	d        sde.Denoiser
	m        *meter
	b        block
	x        *mat.Dense // the rows
	xt, mean *mat.Dense
	t, gap   []float64
	z        *sde.Streams
	key      stream.Key // of the times
	src      *stream.Source
	sum, sq  []float64 // of the samples less the first, and of the squares of their successive differences
	base     []float64 // the first sample
	last     []float64
}

func newBound(f *flowSpan, o *LowerBoundOptions, x *mat.Dense, m *meter, b block) *bound {
	n, w := b.rows, f.d.Dim()
	key := stream.NewKey(o.Seed, "sample/bound/time")
	return &bound{
		flowSpan: f, o: o, d: f.bound(m, b), m: m, b: b,
		x:  x.Slice(b.first, b.first+n, 0, w).(*mat.Dense),
		xt: mat.NewDense(n, w, nil), mean: mat.NewDense(n, w, nil),
		t: make([]float64, n), gap: make([]float64, n),
		z:   sde.NewStreams(o.Seed, "sample/bound", o.First+b.first),
		key: key, src: stream.NewSource(key),
		sum: make([]float64, n), sq: make([]float64, n), base: make([]float64, n), last: make([]float64, n),
	}
}

func (e *bound) run(res *LogDensityBound) error {
	one := make([]float64, e.b.rows)
	for k := range e.o.Samples {
		if err := e.sample(one, k); err != nil {
			if e.m.ctx.Err() != nil {
				return e.m.ctx.Err()
			}
			return fmt.Errorf("sample: lower bound, rows %d to %d: %w", e.o.First+e.b.first, e.o.First+e.b.first+e.b.rows-1, err)
		}
		for i, v := range one {
			if k == 0 {
				e.base[i], e.last[i] = v, v
			}
			e.sum[i] += v - e.base[i]
			e.sq[i] += (v - e.last[i]) * (v - e.last[i])
			e.last[i] = v
		}
	}
	n := float64(e.o.Samples)
	for i, s := range e.sum {
		v := e.base[i] + s/n
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("sample: lower bound of row %d is %g", e.o.First+e.b.first+i, v)
		}
		res.LogProb[e.b.first+i] = v
		res.StdErr[e.b.first+i] = math.Sqrt(e.sq[i] / (2 * (n - 1) * n))
	}
	return nil
}

// sample stores the k-th sample of the bound of each row in dst.
func (e *bound) sample(dst []float64, k int) error {
	w, sched := float64(e.d.Dim()), e.d.Schedule()

	// -KL: log p_T(x_T) - log q(x_T|x).
	c := sched.Coeff(e.Start)
	e.z.Normal(e.xt, 1, 1, 3*k)
	for i := range dst {
		var zz float64
		for _, v := range e.xt.RawRowView(i) {
			zz += v * v
		}
		e.gap[i] = 0.5*zz + w*(math.Log(c.Sigma)+0.5*math.Log(2*math.Pi))
		e.perturb(i, c)
	}
	e.o.Terminal.LogProb(dst, e.xt)
	for i, g := range e.gap {
		dst[i] += g
	}

	// The integral, at one λ in the stratum k.
	span := e.end - e.start
	e.z.Normal(e.xt, 1, 1, 3*k+1)
	for i := range dst {
		e.src.Seek(e.key.At(uint64(e.o.First + e.b.first + i)).At(uint64(k)))
		u := (float64(k) + e.src.Float64()) / float64(e.o.Samples)
		e.t[i] = sde.TimeAt(sched, e.start+span*u)
		e.perturb(i, sched.Coeff(e.t[i]))
	}
	if err := e.residual(e.t); err != nil {
		return err
	}
	for i, g := range e.gap {
		dst[i] -= span * g * math.Exp(2*sched.Coeff(e.t[i]).Lambda())
	}

	// The decoder.
	c = sched.Coeff(e.End)
	e.z.Normal(e.xt, 1, 1, 3*k+2)
	for i := range dst {
		e.perturb(i, c)
	}
	if err := e.residual([]float64{e.End}); err != nil {
		return err
	}
	s, omitted := c.Sigma/c.Alpha, 0.0
	for _, out := range e.o.Omit {
		if out {
			omitted++
		}
	}
	for i, g := range e.gap {
		if e.o.Decode != nil {
			dst[i] += e.o.Decode(e.x.RawRowView(i), e.mean.RawRowView(i), c)
			continue
		}
		dst[i] -= 0.5*g/(s*s) + (w-omitted)*(math.Log(s)+0.5*math.Log(2*math.Pi))
	}
	return nil
}

// perturb turns the noise z in row i of xt into α x + σ z.
func (e *bound) perturb(i int, c sde.Coeff) {
	xi := e.xt.RawRowView(i)
	for j, v := range e.x.RawRowView(i) {
		xi[j] = c.Alpha*v + c.Sigma*xi[j]
	}
}

func (e *bound) residual(t []float64) error {
	if err := e.d.Denoise(e.mean, e.xt, t); err != nil {
		return err
	}
	for i := range e.gap {
		e.gap[i] = 0
		mi := e.mean.RawRowView(i)
		for j, v := range e.x.RawRowView(i) {
			if e.o.Omit == nil || !e.o.Omit[j] {
				e.gap[i] += (v - mi[j]) * (v - mi[j])
			}
		}
	}
	return nil
}
