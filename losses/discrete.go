package losses

import (
	"errors"
	"fmt"
	"strconv"

	"tweedie/sde"
)

// Discrete returns the loss of a discrete chain: a level drawn uniformly from
// its N, and weight 1 on the error of ε̂ there. This is
//
//	DDPM  |ε̂(x_i, i) - z|²                 (Ho et al. 2020, eq. 14, arXiv:2006.11239)
//	SMLD  σ_i² |s(x_i, σ_i) + z/σ_i|²       (Song & Ermon 2019, eq. 6, arXiv:1907.05600)
//
// as score_sde trains its discrete models (levels independent there; here
// stratified over the batch, set Times.Spread to change it). The level i is
// handed on as the time at which the continuous schedule has its kernel, so any
// denoiser of continuous time can be trained and used. The last level of a
// DDPM may lie a little beyond t = 1.
func Discrete(c sde.Chain) Denoising {
	return Denoising{Sched: c.Schedule(), Times: Times{Law: ChainLevels{c}}, Weight: Constant{}, Target: Eps}
}

// ChainLevels is a TimeLaw: the times of a chain's N levels, each with probability
// 1/N. Its support does not depend on the span. It has no density, so it cannot
// be Corrected, and no name to parse, because a chain is not a function of N.
type ChainLevels struct{ Chain sde.Chain }

// Quantile implements TimeLaw: the time of level floor(u N).
func (l ChainLevels) Quantile(_ Span, u float64) float64 {
	n := l.Chain.Len()
	return l.Chain.Time(min(int(u*float64(n)), n-1))
}

// Density panics.
func (ChainLevels) Density(Span, float64) float64 { panic("losses: levels have no density") }

func (l ChainLevels) Check(s Span) error {
	if l.Chain == nil {
		return errors.New("losses: levels of no chain")
	}
	if c := l.Chain.Schedule(); c != s.Sched {
		return fmt.Errorf("losses: levels of a chain of %+v under the schedule %+v", c, s.Sched)
	}
	return nil
}

func (l ChainLevels) String() string { return "levels:" + strconv.Itoa(l.Chain.Len()) }
