package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

func (p *Posterior) Denoise(dst, x *mat.Dense, t []float64) error {
	ws := p.pool.Get().(*workspace)
	defer p.release(ws)
	at, err := p.enter(ws, dst, x, t)
	if err != nil {
		return err
	}
	g, err := p.scores(at)
	if err != nil {
		return err
	}
	if p.observe != nil {
		return p.diagnose(dst, g, at)
	}
	shift(dst, g, at)
	return nil
}

// scores returns Σ g, in scratch memory, 0 where σ is.
func (p *Posterior) scores(at State) (*mat.Dense, error) {
	ws := at.ws
	g := at.zeros(at.X.Dims())
	base := ws.arena.used
	for k, term := range p.terms {
		ws.arena.used = base
		if err := term.AddScore(g, at); err != nil {
			return nil, fmt.Errorf("guide: term %d (%s): %w", k, name(term), err)
		}
	}
	ws.arena.used = base
	for i, c := range ws.coeff {
		if c.Sigma == 0 {
			clear(g.RawRowView(i)) // has no effect there, and need not be finite
		}
	}
	if i := numeric.NonFinite(g); i >= 0 {
		return nil, fmt.Errorf("guide: %w", at.rowErr(i, "the guide is infinite or NaN: lower its strength, or check the operator and the observation"))
	}
	return g, nil
}

// shift is the one rule by which guidance enters: dst, D, becomes D + σ²/α g.
func shift(dst, g *mat.Dense, at State) {
	_, law := at.Prior().(sde.Law)
	bounded := !law && at.ws.variance != nil
	for i := range at.Rows() {
		c := at.Coeff(i)
		if c.Sigma == 0 {
			continue
		}
		k, row := c.Tweedie(), dst.RawRowView(i)
		for j, v := range g.RawRowView(i) {
			d := row[j] + k*v
			if bounded {
				d = withinSpan(d, at.ws.mean[j], at.ws.variance[j])
			}
			row[j] = d
		}
	}
}

// span is the largest distance of the guided D of a network from the mean of the data,
// in standard deviations of the data. A network is not trained beyond, and rows that
// get there do not come back. The D of an exact law is not bounded.
const span = 20

func withinSpan(d, mean, variance float64) float64 {
	reach := span * math.Sqrt(variance)
	return math.Max(mean-reach, math.Min(d, mean+reach))
}

// LogProb stores Σ log p̃_k(y_k|x_t) of row i in dst[i], in nats. It errs unless
// every term is a Twist.
func (p *Posterior) LogProb(dst []float64, x *mat.Dense, t []float64) error {
	ws := p.pool.Get().(*workspace)
	defer p.release(ws)
	at, err := p.enter(ws, ws.arena.take(x.Dims()), x, t)
	if err != nil {
		return err
	}
	return p.twists(dst, at)
}

// Evaluate does in one evaluation of the prior what a particle method needs: it
// stores the prior's D in prior, the guided one in guided and Σ log p̃(y|x_t) in
// logp. The observer is not called.
func (p *Posterior) Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	ws := p.pool.Get().(*workspace)
	defer p.release(ws)
	at, err := p.enter(ws, prior, x, t)
	if err != nil {
		return err
	}
	g, err := p.scores(at)
	if err != nil {
		return err
	}
	guided.Copy(prior)
	shift(guided, g, at)
	return p.twists(logp, at)
}

// LogLikelihood stores Σ log p(y_k|x_0) of row i of x0 in dst[i], in nats: what
// particles are weighted with at the end, free of every approximation. It errs
// unless every term is a LikelihoodTerm.
func (p *Posterior) LogLikelihood(dst []float64, x0 *mat.Dense) error {
	if p.err != nil {
		return p.err
	}
	ws := p.pool.Get().(*workspace)
	defer p.release(ws)
	n, d := x0.Dims()
	if d != p.Dim() || len(dst) != n || p.index != nil && len(p.index) != n {
		panic("guide: size mismatch")
	}
	if err := p.checkTimes(ws.zero[:]); err != nil {
		return err
	}
	ws.prior, ws.index, ws.mean, ws.variance = p.prior, p.index, p.mean, p.variance
	ws.coeff = ws.coeff[:0]
	for range n {
		ws.coeff = append(ws.coeff, sde.Coeff{Alpha: 1})
	}
	at := State{X: x0, T: ws.zero[:], Mean: x0, ws: ws}
	at.Score = at.zeros(n, d)
	return p.sum(dst, at, func(t Term, s []float64) error {
		f, ok := t.(LikelihoodTerm)
		if !ok {
			return errors.New("knows no log p(y|x_0)")
		}
		return f.LogLikelihood(s, at)
	})
}

func (p *Posterior) twists(dst []float64, at State) error {
	return p.sum(dst, at, func(t Term, s []float64) error {
		w, ok := t.(Twist)
		if !ok {
			return errors.New("knows a direction but no log p(y|x_t)")
		}
		return w.LogProb(s, at)
	})
}

// sum stores in dst the sum of what f gives for each term.
func (p *Posterior) sum(dst []float64, at State, f func(t Term, s []float64) error) error {
	if len(dst) != at.Rows() {
		panic("guide: size mismatch")
	}
	clear(dst)
	s := at.floats(len(dst))
	base := at.ws.arena.used
	for k, term := range p.terms {
		at.ws.arena.used = base
		if err := f(term, s); err != nil {
			return fmt.Errorf("guide: term %d (%s): %w", k, name(term), err)
		}
		for i, v := range s {
			dst[i] += v
		}
	}
	return nil
}

// enter evaluates the prior at x, its D in mean, and readies the workspace.
func (p *Posterior) enter(ws *workspace, mean, x *mat.Dense, t []float64) (State, error) {
	if p.err != nil {
		return State{}, p.err
	}
	n, d := x.Dims()
	if r, c := mean.Dims(); r != n || c != d || d != p.Dim() || (len(t) != 1 && len(t) != n) {
		panic("guide: size mismatch")
	}
	if p.index != nil && len(p.index) != n {
		panic("guide: a batch of another number of rows than the Posterior was restricted to")
	}
	ws.prior, ws.index, ws.mean, ws.variance, ws.pulls = p.prior, p.index, p.mean, p.variance, 0
	err := p.checkTimes(t)
	if err != nil {
		return State{}, err
	}
	if p.jac {
		ws.pull, err = p.prior.Linearize(mean, x, t)
	} else {
		err = p.prior.Denoise(mean, x, t)
	}
	if err != nil {
		return State{}, err
	}
	ws.coeff = ws.coeff[:0] // kept from call to call
	s := p.Schedule()
	for i := range n {
		if len(t) == 1 && i > 0 {
			ws.coeff = append(ws.coeff, ws.coeff[0])
		} else {
			ws.coeff = append(ws.coeff, s.Coeff(sde.Time(t, i)))
		}
	}
	at := State{X: x, T: t, Mean: mean, ws: ws}
	at.Score = at.Scratch(n, d)
	for i, c := range ws.coeff {
		row := at.Score.RawRowView(i)
		if c.Sigma == 0 {
			clear(row)
			continue
		}
		sde.Convert(row, mean.RawRowView(i), x.RawRowView(i), c, sde.X0, sde.Score)
	}
	return at, nil
}

func (p *Posterior) release(ws *workspace) {
	ws.pull, ws.prior, ws.index, ws.arena.used = nil, nil, nil, 0
	p.pool.Put(ws)
}
