// Package guide bends the denoiser of a prior towards what is known about a row:
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
//	Classified  a classifier of noised rows       0         exact classifier, scale 1
//	CFG         a conditional model (a Denoiser)  0         w = 1
//	Reward      r(D), with the chain rule         1         never
//	Function    your own change of the score      0         you say
//
// Backward passes come on top of the one evaluation of the prior (two for CFG).
// What a combination is on a given prior, Posterior.Exactness and Caveats say;
// what has no meaning, Err refuses with the reason.
//
// # Observations
//
// An sde.Observation is an operator, the numbers Y, one row for all samples or one
// for each, and the likelihood of an observed number given its noise-free value.
//
// # Terms of your own
//
// A Term adds its g to a batch, given an At: x_t, the prior's D and score, its
// Jacobian's pullback, scratch memory. If it knows log p̃(y|x_t) it is a Twist,
// which particle methods weight with; if it holds something for each row it is a
// RowsTerm; Checker, Judge and Residual let it refuse, confess and be watched; a
// Final knows log p(y|x_0). Posterior.Evaluate gives prior mean, guided mean and
// log p̃ in one evaluation of the prior, and Posterior.LogLikelihood the last
// weight: together what a particle method needs to make any of these exact.
//
// # Sources
//
// Dhariwal & Nichol 2021 (arXiv:2105.05233) for classifiers; Ho & Salimans 2022
// (arXiv:2207.12598) for CFG; Chung et al. 2023 (arXiv:2209.14687) for DPS; Song
// et al. 2023 (ICLR) for ΠGDM; Rozet et al. 2024 (arXiv:2405.13712) and Boys et
// al. 2023 (arXiv:2310.06721) for moment matching. docs/guidance.md says which
// to use when.
package guide
