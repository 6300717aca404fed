package sample

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// ParticleOptions of RunParticles. The zero value is ready to use. Of Options,
// First counts groups, Workers are over groups, and Temperature, Block, Sink, NFE
// and Brownian are refused.
type ParticleOptions struct {
	Options
	Resampler Resampler
	// Threshold: particles are resampled when their effective number is below this
	// fraction of them. Zero means ½; 1 or more means always, negative never.
	Threshold float64
	// When, if set, limits resampling to the steps for which it is true: step
	// counts those done.
	When func(step, steps int) bool
	// Undefended takes the twists of TDS and the rewards of FK as they are before the
	// end, as published: for comparison, or for a twist known to be good. Without it
	// they are mixed with tempered ones and with none (see Target), but twists that
	// are exact: those of a Guided that has Caveats and none, on an sde.Law.
	Undefended bool
	// Ancestry keeps Particles.Ancestors.
	Ancestry bool
}

// RunParticles carries groups of k particles each to a target by sequential
// Monte Carlo with the steps of m, whose steppers must be Kernels. Weights
// accumulate from one resampling to the next. Groups are independent: each is
// a function of (target, method, times, o.Seed) and its global index o.First+g, so
// that workers and shards change no bit of it. A denoiser that is an sde.PerRow
// stands for the groups: all the particles of a group have its row g.
//
// The last step is never guided: σ_s is far below σ_t there, and the shift of a guided
// proposal would be many of its standard deviations. With o.Denoise the last step is
// the posterior mean, and all others are guided.
//
// A group in which every weight is 0 has collapsed: it ends, with weights 0 and
// evidence -Inf, and the caveats say where. When all groups do it is an error.
func RunParticles(ctx context.Context, tg Target, m Method, groups, k int, o *ParticleOptions) (*Particles, error) {
	opts := valueOf(o)
	if groups <= 0 || k <= 0 {
		panic("sample: non-positive number of groups or particles")
	}
	if err := opts.refuse(); err != nil {
		return nil, err
	}
	if err := tg.check(opts.First + groups); err != nil {
		return nil, err
	}
	d := tg.model()
	if err := hasRow(d, opts.First+groups-1); err != nil {
		return nil, err
	}
	if _, ok := m.New(d, 1).(Kernel); !ok {
		return nil, fmt.Errorf("sample: particles need a method whose step is one Gaussian draw, such as DDIM with Eta 1: %s is none", m.Info().Name)
	}
	_, corrected := tg.(FKC)
	if corrected && opts.Denoise {
		return nil, errors.New("sample: FKC cannot end with Denoise: its weights are those of x_t")
	}
	if !corrected && !m.Info().Stochastic {
		return nil, fmt.Errorf("sample: particles need a method with noise: %s has none", m.Info().Name)
	}
	times, err := opts.times(d.Schedule(), m)
	if err != nil {
		return nil, err
	}
	if opts.From != nil {
		if r, c := opts.From.Dims(); r != groups*k || c != d.Dim() {
			return nil, fmt.Errorf("sample: From is %d×%d, want %d×%d", r, c, groups*k, d.Dim())
		}
	}
	if opts.Init == nil {
		if opts.Init, err = startOf(tg, times[0]); err != nil {
			return nil, err
		}
	}
	s := &smc{tg: tg, m: m, o: opts, times: times, k: k, pool: newPool(groups, 1, opts.Workers), observer: observer{f: opts.Observe}}
	s.particles = newParticles(groups, k, d.Dim(), s.moves(), times)
	return s.do(ctx)
}

// refuse errs on options that particles do not honor.
func (o *ParticleOptions) refuse() error {
	for _, c := range []struct {
		set  bool
		name string
	}{{o.Temperature != 0 && o.Temperature != 1, "Temperature"}, {o.Block != 0, "Block"}, {o.Sink != nil, "Sink"}, {o.Brownian, "Brownian"}, {o.NFE != 0, "NFE"}} {
		if c.set {
			return fmt.Errorf("sample: %s is not for particles", c.name)
		}
	}
	if math.IsNaN(o.Threshold) {
		return errors.New("sample: Threshold is NaN")
	}
	return nil
}

// startOf returns the law at the first time: the target's own, or that of its model.
func startOf(tg Target, t float64) (Terminal, error) {
	if s, ok := tg.(interface {
		start(t float64) (sde.DiagonalNormal, error)
	}); ok {
		return s.start(t)
	}
	return TerminalOf(tg.model(), t), nil
}

type smc struct {
	tg        Target
	m         Method
	o         ParticleOptions
	times     []float64
	k         int
	pool      pool
	particles *Particles
	groups    []*particleGroup
	observer
}

func (s *smc) do(ctx context.Context) (*Particles, error) {
	s.groups = make([]*particleGroup, s.pool.workers)
	evals := make([]int64, s.pool.rows)
	var total int64
	done, err := s.pool.run(ctx, func(ctx context.Context, b block) error {
		if s.groups[b.worker] == nil {
			s.groups[b.worker] = newParticleGroup(s)
		}
		w := s.groups[b.worker]
		w.meter.ctx, w.meter.evals = ctx, 0
		err := w.run(ctx, b.first)
		evals[b.first] = w.meter.evals
		return err
	}, func(b block) error {
		total += evals[b.first]
		return nil
	})
	c := s.particles
	c.Done = done
	if done > 0 {
		c.NFE = float64(total) / float64(done*s.k)
	}
	c.Caveats = caveats(s.m)
	if errors.Is(err, Stop) {
		err = nil
	}
	if collapsed := c.addCaveats(s.o.First); err == nil && done > 0 && collapsed == done {
		err = fmt.Errorf("sample: all weights are 0 in every group (group %d at t = %.4g): take more particles, or a target that the model reaches", s.o.First, c.time(c.Collapsed[0]))
	}
	return c, err
}

// particleGroup is what one worker keeps from group to group.
type particleGroup struct {
	s                        *smc
	meter                    meter
	w                        weigher
	d                        sde.Denoiser // of the kernel p
	p, q                     Kernel       // q is nil when proposals are plain
	defense                  *defense     // nil where there is none
	x, mp, mq, z, spare      *mat.Dense
	logw, psi, next, ws, buf []float64
	group                    int
	idx, root, roots         []int // root is the first particle that each descends from
	src                      *stream.Source
}

func newParticleGroup(s *smc) *particleGroup {
	k, d := s.k, s.tg.model().Dim()
	w := &particleGroup{s: s, idx: make([]int, k), root: make([]int, k), roots: make([]int, k), src: stream.NewSource(stream.NewKey(s.o.Seed, "sample/resample"))}
	w.w = s.tg.bind(k, &w.meter)
	p, q := w.w.denoisers()
	w.d, w.p = p, s.m.New(p, k).(Kernel)
	if p != q {
		w.q = s.m.New(q, k).(Kernel)
	}
	for _, m := range []**mat.Dense{&w.x, &w.mp, &w.mq, &w.z, &w.spare} {
		*m = mat.NewDense(k, d, nil)
	}
	for _, v := range []*[]float64{&w.logw, &w.psi, &w.next, &w.ws, &w.buf} {
		*v = make([]float64, k)
	}
	w.meter.x = w.x
	switch s.tg.(type) {
	case TDS, FK:
		if !s.o.Undefended && !exactTwist(s.tg) {
			w.defense = newDefense(k)
		}
	}
	return w
}
