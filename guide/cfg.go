package guide

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// CFG is classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598),
//
//	D = D_u + W (D_c - D_u),
//
// so W = 1 is the conditional model, 0 the unconditional one, and the ω of
// D_c + ω (D_c - D_u) is W - 1. With More, D = D_u + Σ_k W_k (D_k - D_u). It is a
// Denoiser, one evaluation of each part, and Differentiable if its parts are.
//
// W ≠ 1 samples neither p_c^W p_u^{1-W} nor one law for all samplers: for
// p_c = N(0, 1), p_u = N(0, 2) on VE the flow ends with variance 2^{1-W}, the
// reverse SDE with (2 - 2^{2-2W})/(2W-1), and the product law has 2/(1+W)
// (Bradley & Nakkiran 2024, arXiv:2408.09000).
type CFG struct {
	Cond, Uncond sde.Denoiser
	W            float64 // zero means 1; for no condition use Uncond itself
	// WFunc, when set, is W at t, finite and not negative, and W must be 0.
	WFunc func(t float64) float64
	More  []WeightedCondition // further conditions, each of which Uncond lacks too

	// Within [SigmaMin, SigmaMax] of σ/α the strengths apply; outside of it
	// they are 1, and without More only Cond is evaluated there (Kynkäänniemi et
	// al. 2024, arXiv:2404.07724). A SigmaMax of 0 means no upper end.
	SigmaMin, SigmaMax float64

	// Rescale in [0, 1] moves the standard deviation over the coordinates of a
	// row of D towards that of Cond's (Lin et al. 2024, eq. 14-16,
	// arXiv:2305.08891), by this fraction. It needs rows of at least 2.
	Rescale float64

	weak bool
}

// WeightedCondition is a condition with its strength.
type WeightedCondition struct {
	Cond sde.Denoiser
	W    float64
	// WFunc, when set, is W at t, finite and not negative, and W must be 0.
	WFunc func(t float64) float64
}

// at is the strength at t.
func (p WeightedCondition) at(t float64) float64 {
	if p.WFunc != nil {
		return p.WFunc(t)
	}
	return p.W
}

// main is the condition Cond with its strength.
func (g *CFG) main() WeightedCondition {
	if g.WFunc != nil {
		return WeightedCondition{Cond: g.Cond, WFunc: g.WFunc}
	}
	return WeightedCondition{Cond: g.Cond, W: g.w()}
}

// checkTimes errs where a strength is negative or not finite.
func (g *CFG) checkTimes(t []float64) error {
	if err := g.main().checkTimes(t); err != nil {
		return err
	}
	for _, p := range g.More {
		if err := p.checkTimes(t); err != nil {
			return err
		}
	}
	return nil
}

func (p WeightedCondition) checkTimes(t []float64) error {
	if p.WFunc == nil {
		return nil
	}
	for i, u := range t {
		if i > 0 && u == t[i-1] {
			continue
		}
		if err := numeric.CheckAt("the strength of CFG", p.WFunc(u), u); err != nil {
			return fmt.Errorf("guide: %w", err)
		}
	}
	return nil
}

// Autoguidance guides a model by a weaker version of itself, smaller or less
// trained, under the same condition (Karras et al. 2024, arXiv:2406.02507):
// D = D_weak + w (D_model - D_weak), w = 1 being the model.
func Autoguidance(model, weak sde.Denoiser, w float64) *CFG {
	return &CFG{Cond: model, Uncond: weak, W: w, weak: true}
}

var (
	_ sde.Differentiable = (*CFG)(nil)
	_ sde.PerRow         = (*CFG)(nil)
	_ sde.Conditional    = (*CFG)(nil)
)

func (g *CFG) Schedule() sde.Schedule { return g.Cond.Schedule() }
func (g *CFG) Dim() int               { return g.Cond.Dim() }

// Moments are those of Uncond, or those of standardized data.
func (g *CFG) Moments() (mean, variance []float64) {
	if mean, variance, ok := sde.Moments(g.Uncond); ok {
		return mean, variance
	}
	mean, variance = make([]float64, g.Dim()), make([]float64, g.Dim())
	for j := range variance {
		variance[j] = 1
	}
	return mean, variance
}

func (g *CFG) Rows(idx []int) sde.Denoiser {
	q := *g
	q.Cond, q.Uncond = sde.Restrict(g.Cond, idx), sde.Restrict(g.Uncond, idx)
	q.More = append([]WeightedCondition(nil), g.More...)
	for k := range q.More {
		q.More[k].Cond = sde.Restrict(q.More[k].Cond, idx)
	}
	return &q
}

// Err returns why the parts make no sense together, or nil. Every evaluation
// returns it too.
func (g *CFG) Err() error {
	if g.Cond == nil || g.Uncond == nil {
		return errors.New("guide: CFG needs Cond and Uncond")
	}
	if err := sde.Err(g.Cond); err != nil {
		return err
	}
	if err := g.fits(WeightedCondition{Cond: g.Uncond, W: g.W, WFunc: g.WFunc}); err != nil {
		return err
	}
	for _, p := range g.More {
		if err := g.fits(p); err != nil {
			return err
		}
	}
	switch {
	case !(g.Rescale >= 0 && g.Rescale <= 1):
		return fmt.Errorf("guide: CFG with Rescale %g, want it in [0, 1]", g.Rescale)
	case g.Rescale > 0 && g.Dim() < 2:
		return errors.New("guide: CFG with Rescale: a row of one number has no standard deviation")
	case !(g.SigmaMin >= 0) || g.SigmaMax < 0 || g.SigmaMax != 0 && g.SigmaMin >= g.SigmaMax:
		return fmt.Errorf("guide: CFG within σ/α of [%g, %g], which is empty", g.SigmaMin, g.SigmaMax)
	}
	return nil
}

func (g *CFG) fits(p WeightedCondition) error {
	switch {
	case p.Cond == nil:
		return errors.New("guide: CFG has a branch without denoiser")
	case p.Cond.Dim() != g.Cond.Dim():
		return fmt.Errorf("guide: CFG of rows of %d and of %d", g.Cond.Dim(), p.Cond.Dim())
	case !sde.SameSchedule(p.Cond.Schedule(), g.Cond.Schedule()):
		return errors.New("guide: CFG of models with different schedules, whose D mean different things at one t")
	case p.WFunc != nil && p.W != 0:
		return errors.New("guide: CFG with both W and WFunc: give one")
	case math.IsNaN(p.W) || math.IsInf(p.W, 0):
		return fmt.Errorf("guide: CFG with strength %g", p.W)
	}
	return sde.Err(p.Cond)
}

func (g *CFG) w() float64 { return cmp.Or(g.W, 1) }

// plain reports whether the guide is that of one condition of strength 1, which is exact.
func (g *CFG) plain() bool { return g.WFunc == nil && g.w() == 1 && len(g.More) == 0 }

func (g *CFG) Caveats() []string {
	var list []string
	list = append(append(list, sde.Caveats(g.Cond)...), sde.Caveats(g.Uncond)...)
	for _, p := range g.More {
		list = append(list, sde.Caveats(p.Cond)...)
	}
	switch {
	case g.plain():
	case g.WFunc != nil && len(g.More) == 0:
		list = append(list, "classifier-free guidance with a strength that is a function of time samples neither p(x|c) nor a tempered law, and the flow and the stochastic samplers differ; w = 1 is exact")
	case g.weak:
		list = append(list, fmt.Sprintf("autoguidance with w = %g sharpens the model's law and is not its law; w = 1 is", g.w()))
	case len(g.More) > 0:
		list = append(list, "several conditions with strengths: the sum of their guides is the score of no law, even at strengths 1 unless the conditions are independent given x_t; train on them jointly, or weight particles")
	default:
		list = append(list, fmt.Sprintf("classifier-free guidance with w = %g samples neither p(x|c) nor p(x|c)^w p(x)^(1-w), and the flow and the stochastic samplers differ; w = 1 is exact, a corrector or weighted particles target the product", g.w()))
	}
	return list
}

// Known implements sde.Conditional: the values of the condition Cond, and where it
// has none those of the conditions of More, in order.
func (g *CFG) Known(dst *mat.Dense) {
	sde.KnownValues(dst, g.Cond)
	for _, b := range g.More {
		more := mat.NewDense(dst.RawMatrix().Rows, dst.RawMatrix().Cols, nil)
		sde.KnownValues(more, b.Cond)
		for i := range dst.RawMatrix().Rows {
			row := dst.RawRowView(i)
			for j, v := range more.RawRowView(i) {
				if math.IsNaN(row[j]) {
					row[j] = v
				}
			}
		}
	}
}
