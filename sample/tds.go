package sample

import (
	"cmp"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// TwistedDenoiser is a guided denoiser that knows the approximation of p(y|x_t) that it
// is guided by. A Posterior of package guide is one when its terms are twists.
type TwistedDenoiser interface {
	sde.Denoiser
	// LogProb stores log p̃(y|x_t) of row i in dst[i], in nats.
	LogProb(dst []float64, x *mat.Dense, t []float64) error
}

// JointEvaluator is a TwistedDenoiser that gives in one call, and with one evaluation of its
// prior, what TDS otherwise asks for in three: the posterior mean of the prior,
// its own, and log p̃(y|x_t).
type JointEvaluator interface {
	TwistedDenoiser
	Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, t []float64) error
}

// LikelihoodDenoiser is a TwistedDenoiser that knows the likelihood of finished rows as well: it
// stores log p(y|x_0) of row i in dst[i].
type LikelihoodDenoiser interface {
	TwistedDenoiser
	LogLikelihood(dst []float64, x0 *mat.Dense) error
}

// TDS is the twisted diffusion sampler (Wu et al. 2023, alg. 1, arXiv:2306.17775):
// proposals follow the guided denoiser, and weights correct its approximations,
//
//	p(x_s|x_t)/q(x_s|x_t) · p̃(y|x_s)/p̃(y|x_t),
//
// with log p(y|x_0) itself at the end. The rows tend to the posterior of the
// discretized chain as the number of particles grows. How many particles that takes
// depends on the twist: MMPS, or PiGDM with the variance of the data, are wide enough
// at high noise and need far fewer than twists of unit variance, or of none (DPS).
//
// A twist is not trusted alone, unless it is exact: before the end particles are
// weighted, and proposed, by a mixture in equal parts of p̃, of
//
//	p̃^w, w = α²/(α² + 4σ²), and of 1,
//
// each relative to its mean over the particles as draws of the model. The target is the
// same. A twist that misleads then costs at most two thirds of the particles
// compared with weighting draws of the model. ParticleOptions.Undefended takes p̃ as it is.
type TDS struct {
	Model  sde.Denoiser
	Guided TwistedDenoiser
	// LogLikelihood is log p(y|x_0) at the end: see the function LogLikelihood, or your own. Nil
	// means that of Guided, which must be LikelihoodDenoiser then.
	LogLikelihood RewardFunc
	// Exact, in place of LogLikelihood, sets known coordinates at the end, without
	// error. The weights are then their density under the last step, which must
	// not be longer in λ than the others: use the LogSNR grid.
	Exact *ValueCondition
	// MaxShift bounds the distance of a proposal's mean from the model's, in
	// standard deviations of the step, by shortening it. Zero means no bound.
	// Weights are exact for any.
	MaxShift float64
}

func (g TDS) model() sde.Denoiser { return g.Model }

func (g TDS) check(groups int) error {
	switch {
	case g.Model == nil || g.Guided == nil:
		return errors.New("sample: TDS needs Model and Guided")
	case g.LogLikelihood != nil && g.Exact != nil:
		return errors.New("sample: TDS with LogLikelihood and Exact: give one")
	case g.LogLikelihood == nil && g.Exact == nil && !likelihoodKnown(g.Guided):
		return errors.New("sample: TDS needs LogLikelihood or Exact, for Guided has no log p(y|x_0)")
	case !(g.MaxShift >= 0):
		return errors.New("sample: TDS with a negative MaxShift")
	case g.Guided.Dim() != g.Model.Dim():
		return errors.New("sample: TDS with Model and Guided of different dimensions")
	}
	if err := cmp.Or(sde.Err(g.Guided), hasRow(g.Guided, groups-1)); err != nil {
		return err
	}
	if g.Exact == nil {
		return nil
	}
	if g.Exact.SD != 0 {
		return errors.New("sample: TDS.Exact with an error: give LogLikelihood")
	}
	if err := g.Exact.check(g.Model.Dim()); err != nil {
		return err
	}
	if err := g.Exact.consistent(g.Model); err != nil {
		return err
	}
	return g.Exact.covers(groups, "groups")
}

func likelihoodKnown(t TwistedDenoiser) bool { _, ok := t.(LikelihoodDenoiser); return ok }

func (g TDS) bind(k int, m *meter) weigher {
	d := g.Model.Dim()
	w := &twisted{TDS: g, m: m, logp: make([]float64, k), buf: make([]float64, k), t: math.NaN()}
	for _, p := range []**mat.Dense{&w.mean, &w.bent, &w.swap} {
		*p = mat.NewDense(k, d, nil)
	}
	return w
}

// twisted caches the evaluations at x_t for the two kernels and the weight.
type twisted struct {
	TDS
	m                *meter
	group            int
	prior            sde.Denoiser
	guided           TwistedDenoiser
	all              JointEvaluator // nil if guided is none
	mean, bent, swap *mat.Dense
	logp, buf        []float64
	t                float64 // of the evaluation; NaN if there is none
	moves            int     // of the particles before it
}

type view struct {
	w    *twisted
	bent bool
}

func (v view) Schedule() sde.Schedule { return v.w.Model.Schedule() }
func (v view) Dim() int               { return v.w.Model.Dim() }

func (v view) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := v.w.at(x, t); err != nil {
		return err
	}
	if v.bent {
		dst.Copy(v.w.bent)
	} else {
		dst.Copy(v.w.mean)
	}
	return nil
}

func (w *twisted) denoisers() (p, q sde.Denoiser) { return view{w, false}, view{w, true} }

func (w *twisted) selectGroup(group int) {
	n, _ := w.mean.Dims()
	idx := repeated(group, n)
	w.group, w.t = group, math.NaN()
	w.prior = sde.Restrict(w.Model, idx)
	w.guided = w.Guided
	if p, ok := w.Guided.(sde.PerRow); ok {
		w.guided, _ = p.Rows(idx).(TwistedDenoiser)
	}
	w.all, _ = w.guided.(JointEvaluator)
}

// at evaluates at x, the particles, unless that was done last.
func (w *twisted) at(x *mat.Dense, t []float64) error {
	if !w.m.here(x) {
		return errors.New("TDS needs a method that evaluates at the particles only")
	}
	if t[0] == w.t && w.moves == w.m.moves {
		return nil
	}
	if err := w.m.ctx.Err(); err != nil {
		return err
	}
	if w.guided == nil {
		return errors.New("the guided denoiser, restricted to rows, is no twist")
	}
	n, _ := x.Dims()
	w.t = math.NaN()
	if w.all != nil {
		w.m.evals += int64(n)
		if err := w.all.Evaluate(w.mean, w.bent, w.logp, x, t); err != nil {
			return err
		}
	} else {
		w.m.evals += 3 * int64(n)
		if err := w.guided.LogProb(w.logp, x, t); err != nil {
			return err
		}
		if err := w.guided.Denoise(w.bent, x, t); err != nil {
			return err
		}
		if err := w.prior.Denoise(w.mean, x, t); err != nil {
			return err
		}
	}
	w.t, w.moves = t[0], w.m.moves
	return nil
}

func (w *twisted) weigh(psi []float64, x *mat.Dense, t float64) error {
	if err := w.at(x, []float64{t}); err != nil {
		return err
	}
	copy(psi, w.logp)
	return nil
}

func (w *twisted) finish(psi []float64, x, mean *mat.Dense, sd, _ float64) error {
	switch l, ok := w.guided.(LikelihoodDenoiser); {
	case w.LogLikelihood != nil:
		return w.LogLikelihood(psi, x, w.group)
	case w.Exact == nil && ok:
		return l.LogLikelihood(psi, x)
	case w.Exact == nil:
		return errors.New("the guided denoiser, restricted to rows, has no log p(y|x_0)")
	}
	if sd == 0 {
		return errors.New("coordinates that are set exactly need noise in the last step: end at a positive sigma, without Denoise")
	}
	y, norm := w.Exact.row(w.group), math.Log(sd)+math.Log(2*math.Pi)/2
	for i := range psi {
		row, m := x.RawRowView(i), mean.RawRowView(i)
		psi[i] = 0
		for c, j := range w.Exact.Index {
			e := (y[c] - m[j]) / sd
			psi[i] -= 0.5*e*e + norm
			row[j] = y[c]
		}
	}
	return nil
}

// limit shortens the shift of proposals to MaxShift standard deviations.
func (w *twisted) limit(mq, mp *mat.Dense, sd float64) {
	if w.MaxShift == 0 {
		return
	}
	n, _ := mq.Dims()
	for i := range n {
		q, p, sum := mq.RawRowView(i), mp.RawRowView(i), 0.0
		for j, v := range q {
			sum += (v - p[j]) * (v - p[j])
		}
		if far := math.Sqrt(sum) / sd; far > w.MaxShift {
			for j, v := range q {
				q[j] = p[j] + w.MaxShift/far*(v-p[j])
			}
		}
	}
}

func (w *twisted) gather(idx []int) {
	for _, m := range []**mat.Dense{&w.mean, &w.bent} {
		gatherRows(w.swap, *m, idx)
		*m, w.swap = w.swap, *m
	}
	gatherFloats(w.logp, w.buf, idx)
}
