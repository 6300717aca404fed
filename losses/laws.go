package losses

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// TimeLaw is a distribution of t over a Span.
type TimeLaw interface {
	// Quantile returns the time below which t falls with probability u in
	// [0, 1], or above which it does: the direction is the law's own.
	Quantile(s Span, u float64) float64
	// Density returns p(t), which integrates to 1 over [s.Lo, s.Hi].
	Density(s Span, t float64) float64
	// Check returns an error if the law cannot be drawn from over s.
	Check(s Span) error
	String() string
}

// UniformTime is t ~ U(Lo, Hi), the law that the weightings of Song et al. 2021
// are stated under.
type UniformTime struct{}

func (UniformTime) Quantile(s Span, u float64) float64 { return min(s.Lo+float64(u*(s.Hi-s.Lo)), s.Hi) }
func (UniformTime) Density(s Span, _ float64) float64  { return 1 / (s.Hi - s.Lo) }
func (UniformTime) Check(Span) error                   { return nil }

func (UniformTime) String() string { return "uniform" }

// UniformLogSNR makes λ = ln(α/σ) uniform over the span (Kingma et al. 2021,
// arXiv:2107.00630). Its density is proportional to -dλ/dt = g²/(2σ²), which is
// what importance sampling of the Likelihood weighting asks for (Song et al.
// 2021, arXiv:2101.09258): with T = [Lo, Hi] the normalizer of g²/σ² is
//
//	Z = ∫_T g²/σ² dt = 2 (λ(Lo) - λ(Hi)),
//
// for VP ln(e^B(Hi) - 1) - ln(e^B(Lo) - 1), for geometric VE
// 2 ln(σmax/σmin)(Hi - Lo), where the law is that of uniform t.
type UniformLogSNR struct{}

func (UniformLogSNR) Quantile(s Span, u float64) float64 {
	return s.timeAt(s.LambdaLo - float64(u*(s.LambdaLo-s.LambdaHi)))
}

func (UniformLogSNR) Density(s Span, t float64) float64 { return s.rate(t) / (s.LambdaLo - s.LambdaHi) }
func (UniformLogSNR) Check(Span) error                  { return nil }

func (UniformLogSNR) String() string { return "logsnr" }

// LogNormalSigma makes ln(σ/α) normal with the given mean and standard deviation,
// conditioned on the span: a noise level outside of [Lo, Hi] is not moved to
// the nearer end, it does not occur. The zero value is the law of Karras et al.
// 2022 (table 1, arXiv:2206.00364), -1.2 and 1.2, which assumes data of
// standard deviation 0.5.
//
// A share Floor of the draws is uniform in log-SNR over the span instead, so
// that no noise level is left out. Samples hardly need the levels far from
// Mean; guidance does, because it multiplies the Jacobian of the model there by
// σ²/α.
type LogNormalSigma struct{ Mean, Std, Floor float64 }

func (l LogNormalSigma) normal() distuv.Normal {
	if l.Std == 0 && l.Mean == 0 {
		l.Mean, l.Std = -1.2, 1.2
	}
	return distuv.Normal{Mu: l.Mean, Sigma: l.Std}
}

// ends returns the probabilities of a level below Lo and below Hi.
func (l LogNormalSigma) ends(s Span) (lo, hi float64) {
	if s.hi > 0 {
		return s.lo, s.hi
	}
	n := l.normal()
	return n.CDF(-s.LambdaLo), n.CDF(-s.LambdaHi)
}

func (l LogNormalSigma) Quantile(s Span, u float64) float64 {
	if u < l.Floor {
		return UniformLogSNR{}.Quantile(s, u/l.Floor)
	}
	u = (u - l.Floor) / (1 - l.Floor)
	lo, hi := l.ends(s)
	return s.timeAt(-l.normal().Quantile(lo + float64(u*(hi-lo))))
}

func (l LogNormalSigma) Density(s Span, t float64) float64 {
	lo, hi := l.ends(s)
	p := l.normal().Prob(-s.Sched.Coeff(t).Lambda()) * s.rate(t) / (hi - lo)
	return float64(l.Floor*UniformLogSNR{}.Density(s, t)) + float64((1-l.Floor)*p)
}

// minMass is the least share of a LogNormalSigma that its span must hold. A smaller
// one is a mistaken mean (a sign, a scale), and loses digits in ends.
const minMass = 0.01

func (l LogNormalSigma) Check(s Span) error {
	n := l.normal()
	if !(n.Sigma > 0) || math.IsInf(n.Sigma, 0) || math.IsNaN(n.Mu) || math.IsInf(n.Mu, 0) {
		return fmt.Errorf("losses: times %s: want a finite mean and a positive standard deviation of ln(sigma/alpha)", l)
	}
	if !(l.Floor >= 0 && l.Floor < 1) {
		return fmt.Errorf("losses: times %s: the share that is uniform in log-SNR must lie in [0, 1)", l)
	}
	if lo, hi := l.ends(s); !(hi-lo >= minMass) {
		return fmt.Errorf("losses: times %s: only %.2g of the law lies within the schedule's ln(sigma/alpha) of [%.3g, %.3g]: change the mean",
			l, hi-lo, -s.LambdaLo, -s.LambdaHi)
	}
	return nil
}

func (l LogNormalSigma) String() string {
	n := l.normal()
	name := "lognormal:" + number(n.Mu) + "," + number(n.Sigma)
	if l.Floor != 0 {
		name += "," + number(l.Floor)
	}
	return name
}
