// Package sample moves rows from noise to data, and back.
//
// Time runs from t = 1 (noise) to t = 0 (data). A Method is a scheme for one
// step from t to s < t, written in the denoiser D(x, t) = E[x_0|x_t] and the
// numbers α, σ of its schedule. Guidance and conditions change the mean, so that a
// guided or conditional model is a Denoiser and works with every method. Run moves a
// batch through a Grid of times, block by block over workers. Finished rows have
// exactly the values that the denoiser knows of them (sde.Conditional).
//
//	res, err := sample.Run(ctx, model, sample.DPMpp2M{}, 1000, &sample.Options{NFE: 32, Seed: 1})
//
// The probability flow is a bijection between data and noise: LogProb integrates
// log densities along it, Encode, Decode and Interpolate move rows through it.
// LowerBound estimates the bound of the reverse SDE instead. RunParticles draws
// weighted particles for targets without an exact denoiser. ParseMethod reads a method
// and its settings from text, such as "ddim:eta=0.5,nfe=20".
//
// The methods, their order in the step as one test measures it, and what they
// cost (NFE, denoiser evaluations per step):
//
//	deterministic        order     NFE  when to use it
//	DPMpp2M              2         1    the first choice: 10 to 50 evaluations, guided or not
//	UniPC2               3         1    smooth models, 20 evaluations and more
//	DPMpp2S              2         2    second order without history: after jumps of the state
//	DDIM                 1         1    robust with very few steps
//	Heun                 2         2    EDM models; with Churn, stochastic
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
//	PredictorCorrector   none      1+c  to correct a predictor by Langevin steps
//	AnnealedLangevin     none      M    NCSN's sampler: many evaluations
//	Recurrence           none      (1+r)× guides that are only approximate
//
// Weak orders are those of the law at the end, strong ones those of the end on
// one Brownian path. Where a noise scale η is offered it may be a function of
// time, and every η has the same marginals in the limit of small steps. Methods
// whose rows are biased for other reasons than the step have Caveats.
//
// Particles (sequential Monte Carlo over the steps of a Kernel) weight and resample
// trajectories, and give the evidence, with its error, and the rows. An approximate guide
// takes more particles, but causes no bias. A third of the particles stand for the model
// alone, and a third for a guide that is trusted less at noise, so that a guide or a
// reward that misleads costs particles and nothing else where these reach the target:
//
//	post := guide.New(prior, guide.MMPS{Observation: obs})
//	c, err := sample.RunParticles(ctx, sample.TDS{Model: prior, Guided: post}, sample.DDIM{Eta: 1}, 1, 500, nil)
//	rows, err := c.Draw(500, 1)
//
//	TDS      p(x_0|y) for a guide that knows log p̃(y|x_t); known values exactly
//	FK       p(x_0) e^{λ r(x_0)} for any reward, hard events included; rare ones take
//	         an Intermediate that says how near they are
//	MCGDiff  p(x_0|y) for y = A x + e, without derivatives; y exactly, if e is 0
//	FKC      products of powers of models: guidance that has a law, p^β, p_1 p_2; and
//	         rewards of known gradient (Tilt), by the flow too
//
// Methods for known coordinates and observations (ConditionOnValues, ConditionOnLinear), without
// particles or derivatives; all but split Gibbs are biased, and their Caveats say how:
//
//	Replacement, RePaint     known coordinates, or orthonormal combinations (Rotation):
//	                         Colorize gives colors to gray pictures by them
//	DiffPIR, DDNM, DAPS      y = A x + e, A linear; DiffPIR for any A (ConditionOnObservation)
//	SplitGibbs               the same; exact as its ρ falls
//	DPSStep, CFGPlusPlus     as published, for comparison
//
// EnKG is guidance by the statistics of an ensemble, for an A that is a program: exact for
// normal data and a linear A, and without any derivative.
//
// A model of a latent space takes observations of the data through its decoder
// (DecodedOperator); PCA is one, and with it the model is one of the data as well.
//
// Every method works on every schedule unless it says otherwise. Rows are
// independent and noise is a function of (seed, row index, interval), so a
// result does not depend, in any bit, on workers, blocks or shards
// (BatchMeanLangevin, which reproduces published code, is the exception). Of
// particles and ensembles that is true of groups, within which rows depend on each other.
// Nothing is allocated per step, but for the eigenvectors of EnKG.
//
// The main sources are Song et al. 2021 (arXiv:2011.13456) for the SDEs, their
// reversal, the probability flow and its likelihood; Song et al. 2021
// (arXiv:2010.02502) for DDIM; Lu et al. 2022 (arXiv:2211.01095) for
// DPM-Solver++; Karras et al. 2022 (arXiv:2206.00364) for EDM. Each type names
// its own.
package sample
