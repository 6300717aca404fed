// Package guide conditions the denoiser of a prior on what is known about a row:
// an observation, a class, a constraint, another prior.
//
// # One rule
//
// Whatever is known enters through an approximation g of ∇_{x_t} log p(y|x_t),
// and only in one place (shift, in evaluate.go):
//
//	D_guided = D + σ²/α Σ_k g_k
//
// which is Tweedie's formula for the posterior, so that a guided denoiser is a
// denoiser: every sampler takes it, stochastic or not, multistep or not.
//
//	obs  := sde.Observation{A: sde.NewLinearMap(A), Y: y, Error: sde.NormalError{SD: 0.1}}
//	post := guide.New(prior, guide.MMPS{Observation: obs})
//	res, err := sample.Run(ctx, post, sample.DPMpp2M{}, 1000, nil)
//
// The strength of a guide is per unit of score. It does not change with the
// number of steps, the schedule, or the batch: row i depends on row i alone.
//
// # The guides
//
//	                                              backward  exact when
//	MMPS        y = A(x_0) + e, the default       m         Gaussian prior, linear A, normal e
//	PiGDM       the same, A may be a black box    1         independent normal data of variance τ²
//	DPS         any error law                     1         never (σ_y → ∞)
//	DPSNorm     the published form, with a knob   1         never
//	Within      intervals and half-spaces         1 each    Gaussian prior
//	Bounds      the same of any A: R^d → R        1         never
//	Where       levels and ranges of columns      1-2 each  levels of one column, any prior
//	PriorSwap   another prior for a model         d         Gaussian model
//	Affine      scale the likelihood or prior     0         scales 1
//	ClassifierGuidance  a classifier of noised rows       0         exact classifier, scale 1
//	CFG         a conditional model (a Denoiser)  0         w = 1
//	Reward      r(D), with the chain rule         1         never
//	CustomScore    your own change of the score      0         you say
//
// Backward passes come on top of the one evaluation of the prior (two for CFG).
// Posterior.Exactness and Caveats say how exact a combination of terms is on a prior.
// Err refuses combinations without a meaning, and says why.
//
// # Observations
//
// An sde.Observation is an operator, the numbers Y, one row for all samples or one
// for each, and the likelihood of an observed number given its noise-free value.
//
// # Terms of your own
//
// A Term adds its g to a batch, given a State: x_t, the prior's D and score, the
// pullback of its Jacobian, and scratch memory. Optional interfaces say more:
//
//	Twist              it knows log p̃(y|x_t), which particle methods use as a weight
//	LikelihoodTerm     it knows log p(y|x_0), the weight of finished particles
//	RowsTerm           it holds something for each row of a batch
//	PriorChecker       it can refuse a prior, with the reason
//	ExactnessReporter  it knows how exact it is on a prior
//	ResidualTerm       it can report residuals of an observation
//	JacobianUser       it may do without the Jacobian of the prior
//
// Posterior.Evaluate gives prior mean, guided mean and log p̃ in one evaluation of the
// prior, and Posterior.LogLikelihood the last weight: with them particle methods
// correct the error of any guide.
//
// # Sources
//
// Dhariwal & Nichol 2021 (arXiv:2105.05233) for classifiers; Ho & Salimans 2022
// (arXiv:2207.12598) for CFG; Chung et al. 2023 (arXiv:2209.14687) for DPS; Song
// et al. 2023 (ICLR) for ΠGDM; Rozet et al. 2024 (arXiv:2405.13712) and Boys et
// al. 2023 (arXiv:2310.06721) for moment matching. docs/explanation/guides.md says which
// to use when.
package guide
