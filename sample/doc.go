// Package sample moves rows from noise to data, and back.
//
// Time runs from t = 1 (noise) to t = 0 (data). A Method is a scheme for one
// step from t to s < t, written in the denoiser D(x, t) = E[x_0|x_t] and the
// numbers α, σ of its schedule; everything that alters the mean (guidance, a
// condition) is a Denoiser already and works with every method. Run carries a
// batch through a Grid of times, block by block over workers.
//
//	res, err := sample.Run(ctx, model, sample.DPMpp2M{}, 1000, &sample.Options{NFE: 32, Seed: 1})
//
// The probability flow is a bijection between data and noise: LogProb integrates
// log densities along it, Encode, Decode and Interpolate move rows through it.
// LowerBound estimates the bound of the reverse SDE instead.
//
// The methods, their order in the step as one test measures it, and what they
// cost (NFE, denoiser evaluations per step):
//
//	deterministic        order     NFE  when to use it
//	DPMpp2M              2         1    the first choice: 10 to 50 evaluations, guided or not
//	UniPC2               3         1    smooth models, 20 evaluations and more
//	DPMpp2S              2         2    second order without history: after jumps of the state
//	DDIM                 1         1    robust with very few steps
//	Heun                 2         2    uniform and Karras grids; with Churn, stochastic
//	RK4                  4         4    reference solutions of smooth laws
//	DormandPrince        adaptive       a tolerance in place of a budget; stiff or guided flows
//	ProbabilityFlow      1         1    comparison with the literature
//
//	stochastic           order     NFE  when to use it
//	DDIM{Eta: 1}         1 weak    1    DDPM with few steps; a Kernel for particle methods
//	DPMpp2MSDE           2 weak    1    noise that forgets early errors, at 20 to 100 evaluations; a Kernel
//	StochasticHeun       2 weak    2    accurate expectations under the SDE
//	ShARK                1.5 strong 2   accurate paths, to be refined (Options.Brownian)
//	AdaptiveSDE          adaptive       a tolerance for the SDE
//	EulerMaruyama        1 weak    1    the plain reverse SDE; a Kernel
//	ReverseDiffusion     1 weak    1    the predictor of Song et al. 2021; a Kernel
//	Ancestral            1 weak    1    DDPM and SMLD on a continuous grid; a Kernel
//	Chain                1 weak    1    DDPM and SMLD on their own levels; a Kernel
//	PredictorCorrector   none      1+c  to mend a predictor by Langevin steps
//	AnnealedLangevin     none      M    NCSN's sampler: many evaluations
//	Recurrence           none      (1+r)× guides that are only approximate
//
// Weak orders are those of the law at the end, strong ones those of the end on
// one Brownian path. Where a noise scale η is offered it may be a function of
// time, and every η has the same marginals in the limit of small steps. Methods
// whose rows are biased for other reasons than the step have Caveats.
//
// Every method works on every schedule unless it says otherwise. Rows are
// independent and noise is a function of (seed, row index, interval), so a
// result does not depend, in any bit, on workers, blocks or shards
// (BatchMeanLangevin, which reproduces published code, is the exception).
// Nothing is allocated per step.
//
// The main sources are Song et al. 2021 (arXiv:2011.13456) for the SDEs, their
// reversal, the probability flow and its likelihood; Song et al. 2021
// (arXiv:2010.02502) for DDIM; Lu et al. 2022 (arXiv:2211.01095) for
// DPM-Solver++; Karras et al. 2022 (arXiv:2206.00364) for EDM. Each type names
// its own.
package sample
