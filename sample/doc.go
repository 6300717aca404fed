// Package sample moves rows from noise to data, and back.
//
// Time runs from t = 1 (noise) to t = 0 (data). A Method is a scheme for one
// step from t to s < t, written in the denoiser D(x, t) = E[x_0|x_t] and the
// numbers α, σ of its schedule; everything that alters the mean (guidance, a
// condition) is a Denoiser already and works with every method. Run carries a
// batch through a Grid of times, block by block over workers; LogProb follows
// the probability flow the other way and returns log densities.
//
//	res, err := sample.Run(ctx, model, sample.DPMpp2M{}, 1000, &sample.Options{NFE: 32, Seed: 1})
//
// The methods, with the order that they are measured to have in the step:
//
//	method         order     NFE  noise  when to use it
//	DPMpp2M        2 ODE     1    no     the default: most accuracy per evaluation at 10 to 50
//	Heun           2 ODE     2    churn  uniform or Karras grids; churn to forget early errors
//	DDIM           1 ODE     1    η      robust with few steps; the reference for few-step work
//	EulerMaruyama  1 weak    1    η      the plain reverse SDE, when many steps are affordable
//
// Every method works on every schedule. Rows are independent and noise is a
// function of (seed, row index, interval), so a result does not depend, in any
// bit, on workers, blocks or shards. Nothing is allocated per step.
//
// Sources: Song et al. 2021 (arXiv:2011.13456) for the SDEs, their reversal, the
// probability flow and its likelihood; Song et al. 2021 (arXiv:2010.02502) for
// DDIM; Lu et al. 2022 (arXiv:2211.01095) for DPM-Solver++; Karras et al. 2022
// (arXiv:2206.00364) for EDM.
package sample
