package sample

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Result of a run.
type Result struct {
	// X, n×Dim, holds the rows; nil when they went to a sink. When the run
	// ended early the first Rows rows are finished; the others hold unfinished
	// states, or 0.
	X     *mat.Dense
	Rows  int
	Times []float64
	// NFE is the mean number of denoiser evaluations of a finished row,
	// counted from calls.
	NFE float64
	// Caveats say why the rows are not exact draws of the model, and what to do
	// about it: those of the denoiser and of the method (their methods Caveats).
	Caveats []string
}

// Run draws n rows with the method m, in blocks spread over o.Workers. A nil o
// means the zero Options.
//
// Finished rows are x_End/α(End), in the units of the data, or with Options.Denoise
// the posterior mean at End. A state to go on from is α(End) times such a row.
//
// Row i is a function of the denoiser, the method, the times, o.Seed and its
// global index o.First+i: the split into workers, blocks and shards changes no
// bit of it. A denoiser that is an sde.PerRow stands for the n rows of this run.
// Finished rows have exactly the values that an sde.Conditional knows of them.
//
// The run ends early when ctx is done, when a step or a callback errs, or when
// a row becomes infinite or NaN. The error then says where, and the result has the
// finished rows. Run panics if n is not positive.
func Run(ctx context.Context, d sde.Denoiser, m Method, n int, o *Options) (*Result, error) {
	return runRows(ctx, d, m, n, o, false)
}

// runRows is Run. If noisy is set known values keep the noise of the last time.
func runRows(ctx context.Context, d sde.Denoiser, m Method, n int, o *Options, noisy bool) (*Result, error) {
	opts := valueOf(o)
	times, err := opts.times(d.Schedule(), m)
	if err != nil {
		return nil, err
	}
	if err := hasRow(d, n-1); err != nil {
		return nil, err
	}
	if opts.Init == nil {
		opts.Init = TerminalOf(d, times[0])
	}
	if !(opts.Temperature >= 0) {
		return nil, fmt.Errorf("sample: temperature %g, want a positive number", opts.Temperature)
	}
	if opts.From != nil {
		if r, c := opts.From.Dims(); r != n || c != d.Dim() {
			return nil, fmt.Errorf("sample: From is %d×%d, want %d×%d", r, c, n, d.Dim())
		}
	}
	r := &run{d: d, m: m, o: opts, times: times, path: needsPath(m), noisy: noisy, pool: newPool(n, opts.Block, opts.Workers), observer: observer{f: opts.Observe}}
	return r.do(ctx)
}

type run struct {
	d       sde.Denoiser
	m       Method
	o       Options
	times   []float64
	path    bool // the method needs a Brownian path
	noisy   bool // known values keep the noise of the last time
	pool    pool
	x       *mat.Dense
	walkers []walker
	slots   []slot
	observer
}

type slot struct {
	x     *mat.Dense // its rows
	evals int64
}

func (r *run) do(ctx context.Context) (*Result, error) {
	w := r.d.Dim()
	r.walkers, r.slots = make([]walker, r.pool.workers), make([]slot, r.pool.slots())
	res := &Result{Times: r.times, Caveats: slices.Concat(sde.Caveats(r.d), caveats(r.m))}
	if t := r.o.Temperature; t != 0 && t != 1 {
		res.Caveats = append(res.Caveats, fmt.Sprintf("temperature %g: the rows are not draws of the model (1 gives those)", t))
	}
	if r.o.Sink == nil {
		res.X = mat.NewDense(r.pool.rows, w, nil)
		r.x = res.X
	}
	var evals, finished int64 // a block that the sink stops at is finished, too
	rows, err := r.pool.run(ctx, r.work, func(b block) error {
		evals, finished = evals+r.slots[b.slot].evals, finished+int64(b.rows)
		if r.o.Sink == nil {
			return nil
		}
		return r.o.Sink(r.o.First+b.first, r.slots[b.slot].x)
	})
	res.Rows = rows
	if finished > 0 {
		res.NFE = float64(evals) / float64(finished)
	}
	if errors.Is(err, Stop) {
		err = nil
	}
	return res, err
}

// work carries one block from the first time to the last.
func (r *run) work(ctx context.Context, b block) error {
	wk, sl := &r.walkers[b.worker], &r.slots[b.slot]
	wk.prepare(r, b)
	wk.meter = meter{ctx: ctx}
	switch {
	case r.x != nil:
		sl.x = r.x.Slice(b.first, b.first+b.rows, 0, r.d.Dim()).(*mat.Dense)
	case sl.x == nil || sl.x.RawMatrix().Rows != b.rows:
		sl.x = mat.NewDense(b.rows, r.d.Dim(), nil)
	}
	err := r.walk(ctx, wk, b, sl.x)
	sl.evals = wk.meter.evals
	return err
}

func (r *run) walk(ctx context.Context, wk *walker, b block, x *mat.Dense) error {
	first, steps := r.o.First+b.first, len(r.times)-1
	if err := r.start(x, b); err != nil {
		return err
	}
	if err := r.observe(Progress{first, 0, steps, r.times[0], x}); err != nil {
		return err
	}
	z := r.noise(first)
	for k := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, s := r.times[k], r.times[k+1]
		if err := wk.st.Step(x, t, s, z); err != nil {
			where, err := whereabouts(err, first, b.rows)
			return stepError(err, k, steps, t, s, where)
		}
		if i := numeric.NonFinite(x); i >= 0 {
			return stepError(errNonFinite, k, steps, t, s, fmt.Sprintf("row %d", first+i))
		}
		if err := r.observe(Progress{first, k + 1, steps, s, x}); err != nil {
			return err
		}
	}
	if r.o.Denoise {
		if err := r.denoise(wk, x, z, first); err != nil {
			return err
		}
	} else {
		unscale(x, r.d.Schedule(), r.times[steps])
	}
	if !r.noisy {
		sde.SetKnown(x, wk.d)
	}
	return nil
}

func (r *run) start(x *mat.Dense, b block) error {
	t, first := r.times[0], r.o.First+b.first
	if r.o.From != nil {
		x.Copy(r.o.From.Slice(b.first, b.first+b.rows, 0, r.d.Dim()))
	} else {
		r.o.Init.Sample(x, r.tempered(sde.NewStreams(r.o.Seed, "sample/init", first)))
	}
	if i := numeric.NonFinite(x); i >= 0 {
		return fmt.Errorf("sample: row %d starts infinite or NaN (t = %.4g)", first+i, t)
	}
	return nil
}

// noise returns the noise of the trajectories of the rows first, first+1, ….
func (r *run) noise(first int) sde.Noise {
	if r.o.Brownian || r.path {
		return r.tempered(NewBrownian(r.o.Seed, "sample/step", first))
	}
	return r.tempered(sde.NewStreams(r.o.Seed, "sample/step", first))
}

func (r *run) tempered(z sde.Noise) sde.Noise {
	if r.o.Temperature == 0 || r.o.Temperature == 1 {
		return z
	}
	return &scaled{z, r.o.Temperature}
}

// finisher is a Stepper that makes rows of posterior means x at the last time t.
type finisher interface {
	finish(x *mat.Dense, t float64, z sde.Noise)
}

// denoise replaces x by its posterior mean at the last time.
func (r *run) denoise(wk *walker, x *mat.Dense, z sde.Noise, first int) error {
	t := r.times[len(r.times)-1]
	if err := wk.d.Denoise(wk.mean, x, []float64{t}); err != nil {
		return fmt.Errorf("sample: last denoising (t = %.4g): %w", t, err)
	}
	x.Copy(wk.mean)
	if f, ok := wk.st.(finisher); ok {
		f.finish(x, t, z)
	}
	if i := numeric.NonFinite(x); i >= 0 {
		return fmt.Errorf("sample: last denoising (t = %.4g), row %d: %w", t, first+i, errNonFinite)
	}
	return nil
}

// caveats returns what v, a denoiser or a method, says of its own bias.
func caveats(v any) []string {
	if c, ok := v.(interface{ Caveats() []string }); ok {
		return c.Caveats()
	}
	return nil
}

// observer serializes the calls of Options.Observe.
type observer struct {
	mu sync.Mutex
	f  func(Progress) error
}

func (o *observer) observe(e Progress) error {
	if o.f == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.f(e)
}

var errNonFinite = errors.New("the state is infinite or NaN: take more steps, or check the denoiser")

func stepError(err error, k, steps int, t, s float64, where string) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("sample: step %d of %d (t = %.4g to %.4g), %s: %w", k+1, steps, t, s, where, err)
}
