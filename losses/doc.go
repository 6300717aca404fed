// Package losses says what a score model regresses on. A loss here is data,
// not a graph: a Problem drawn from clean rows holds the noisy inputs, what the
// denoiser D(x_t, t) should have answered, and the weight of each row in
//
//	L = 1/n Σ_i w_i |D(x_i, t_i) - target_i|².
//
// Whoever holds a network (package train) evaluates and differentiates that
// one expression; whoever holds an exact law tests it without any network.
//
// # Four choices
//
// Denoising is weighted denoising score matching (Vincent 2011; Song et al.
// 2021, eq. 7, arXiv:2011.13456). It is made of four independent choices, each
// with a name that is written into checkpoints and parsed back:
//
//   - Times: how t is drawn. A Law over [TMin, TMax] (uniform, uniform in
//     log-SNR, log-normal in σ/α) and how its quantiles are spread over a batch
//     (stratified, independent, fixed). Unless Times is Corrected, the density
//     of t is part of the weighting.
//   - Weighting: λ(t), as its paper states it.
//   - Target: the quantity whose squared error λ weighs (x_0, ε, score,
//     v). The network need not output it: see ErrorScale.
//   - ControlVariate: below which σ the rows are drawn in antithetic pairs.
//
// The expected loss is therefore
//
//	E_{t~p} E_{x_0, z} λ(t) |∂q/∂D|² |D(αx_0 + σz, t) - x_0|²,
//
// which E[x_0 | x_t] minimizes for every choice; the choices move only the
// balance between times and the variance of the gradient.
//
// Discrete is the same loss over the levels of a DDPM or SMLD chain. Dropout
// removes conditions for classifier-free guidance. Evaluate is the value of a
// loss for a given denoiser, for validation.
//
// # Randomness
//
// Every draw is a function of (seed, step, row of the batch), and of the size
// of the whole batch where times are stratified. A batch may be cut into
// blocks, drawn by any worker in any order, without changing a bit.
package losses
