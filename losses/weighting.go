package losses

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tweedie/sde"
)

// Weighting is λ(t), a positive weight of the squared error of the Target that
// On returns. Its String is its name, which ParseWeighting reads back.
//
// With SNR = α²/σ², the weight w of |D - x_0|² that each comes to is
//
//	EDM         on x0     1/σd² + SNR             w = 1/σd² + SNR
//	Sigma2      on score  σ²                      w = SNR   (= 1 on eps)
//	Likelihood  on score  g²                      w = g² SNR/σ² = -dSNR/dt
//	MinSNR      on x0     min(SNR, γ)             w = min(SNR, γ)
//	Constant    on x0     1                       w = 1
type Weighting interface {
	Weight(c sde.Coeff) float64
	On() Prediction
	String() string
}

// EDM is the weighting of Karras et al. 2022 (table 1, arXiv:2206.00364),
// (σ̃² + σd²)/(σ̃ σd)² on the error of D at the noise level σ̃ = σ/α, which makes
// the loss of their preconditioned network uniform in σ̃ when it starts.
// SigmaData is σd, the standard deviation of the data; zero means 1, the value
// of standardized columns (the paper's images have 0.5).
type EDM struct{ SigmaData float64 }

// Sigma2 is σ² on the error of the score: the "simple" loss of DDPM (Ho et al.
// 2020, eq. 14) and the weighting of Song & Ermon 2019 and Song et al. 2021.
type Sigma2 struct{}

// LikelihoodWeighting is g² on the error of the score. Its expectation under uniform t
// bounds the negative log likelihood (Song et al. 2021, Maximum likelihood
// training, theorem 1, arXiv:2101.09258), with a factor ½ that is left out
// here. For the geometric VE schedule it is 2 ln(σmax/σmin) times Sigma2 at
// every t; elsewhere it grows like 1/t, and wants the times "likelihood" (UniformLogSNR
// and Corrected), under which the weight of a row is Z/(Hi-Lo) that of Sigma2.
type LikelihoodWeighting struct{}

// MinSNR is min(SNR, γ) on the error of x_0 (Hang et al. 2023,
// arXiv:2303.09556). Zero Gamma means the paper's 5.
type MinSNR struct{ Gamma float64 }

// Constant is 1 on whichever target a Denoising names; x_0 if it names none.
type Constant struct{}

func (w EDM) sigmaData() float64 { return cmp.Or(w.SigmaData, 1) }
func (w MinSNR) gamma() float64  { return cmp.Or(w.Gamma, 5) }

func (w EDM) Weight(c sde.Coeff) float64 {
	sd := w.sigmaData()
	return 1/(sd*sd) + snr(c)
}

func (Sigma2) Weight(c sde.Coeff) float64 { return c.Sigma * c.Sigma }

// Weight implements Weighting: g² = α² d(σ²/α²)/dt = 2σ(σ' - σα'/α).
func (LikelihoodWeighting) Weight(c sde.Coeff) float64 {
	return 2 * c.Sigma * (c.DSigma - c.Sigma*c.DAlpha/c.Alpha)
}

func (w MinSNR) Weight(c sde.Coeff) float64 { return math.Min(snr(c), w.gamma()) }
func (Constant) Weight(sde.Coeff) float64   { return 1 }
func (EDM) On() Prediction                  { return X0 }
func (Sigma2) On() Prediction               { return Score }
func (LikelihoodWeighting) On() Prediction  { return Score }
func (MinSNR) On() Prediction               { return X0 }
func (Constant) On() Prediction             { return X0 }

func (w EDM) String() string               { return "edm:" + number(w.sigmaData()) }
func (Sigma2) String() string              { return "sigma2" }
func (LikelihoodWeighting) String() string { return "likelihood" }
func (w MinSNR) String() string            { return "minsnr:" + number(w.gamma()) }
func (Constant) String() string            { return "constant" }

const weightingNames = "edm[:sigma_data], sigma2, likelihood, minsnr[:gamma], constant"

// ParseWeighting returns the weighting called s, one of
//
//	edm[:sigma_data]  sigma2  likelihood  minsnr[:gamma]  constant
func ParseWeighting(s string) (Weighting, error) {
	name, arg, has := strings.Cut(strings.TrimSpace(s), ":")
	var v float64
	if has {
		var err error
		if v, err = strconv.ParseFloat(arg, 64); err != nil || !(v > 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("losses: weighting %q: %q is not a positive number", s, arg)
		}
	}
	switch {
	case name == "edm":
		return EDM{v}, nil
	case name == "minsnr":
		return MinSNR{v}, nil
	case has && (name == "sigma2" || name == "likelihood" || name == "constant"):
		return nil, fmt.Errorf("losses: weighting %q: %s takes no number", s, name)
	case name == "sigma2":
		return Sigma2{}, nil
	case name == "likelihood":
		return LikelihoodWeighting{}, nil
	case name == "constant":
		return Constant{}, nil
	}
	return nil, fmt.Errorf("losses: unknown weighting %q: have %s", s, weightingNames)
}

func snr(c sde.Coeff) float64 {
	r := c.Alpha / c.Sigma
	return float64(r * r)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
