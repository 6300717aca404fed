package guide

import "tweedie/sde"

// What terms are meant to be beside terms, which the compiler checks: optional
// interfaces are found at run time. DPSNorm is no Twist, for its ζ is a step and no
// noise; CustomScore and AffineScore know no likelihood.
var (
	_ Twist = DPS{}
	_ Twist = PiGDM{}
	_ Twist = MMPS{}

	_ LikelihoodTerm = DPS{}
	_ LikelihoodTerm = DPSNorm{}
	_ LikelihoodTerm = PiGDM{}
	_ LikelihoodTerm = MMPS{}
	_ LikelihoodTerm = Within{}
	_ LikelihoodTerm = PriorSwap{}
	_ LikelihoodTerm = Reward{}
	_ LikelihoodTerm = ClassifierGuidance{}

	_ ResidualTerm = DPS{}
	_ ResidualTerm = DPSNorm{}
	_ ResidualTerm = PiGDM{}
	_ ResidualTerm = MMPS{}

	_ JacobianUser = ClassifierGuidance{}
	_ JacobianUser = CustomScore{}
	_ JacobianUser = AffineScore{}
	_ JacobianUser = LawLikelihood{}

	_ RowsTerm = AffineScore{}

	_ sde.Observable = FittedMixture{}
)

// checked are terms that can be told to have no meaning on a prior, and how good they are.
type checked interface {
	Term
	PriorChecker
	ExactnessReporter
}

var _ = [...]checked{DPS{}, DPSNorm{}, PiGDM{}, MMPS{}, Within{}, Where{}, Bounds{}, PriorSwap{}, Reward{}, ClassifierGuidance{}, CustomScore{}, AffineScore{}, LawLikelihood{}}
