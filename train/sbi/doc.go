// Package sbi infers the parameters θ of a simulator from its data x: it fits the posterior
// p(θ|x) for every x at once (amortized) by a score-based diffusion model, from pairs of
// parameters, drawn from a prior, and simulated data.
//
//	sims, err := sbi.ReadSimulations(theta, x)
//	model, err := sbi.Fit(ctx, sims, &sbi.Options{Prior: p})
//	err = model.Save("model.safetensors")
//	post, err := model.Posterior(mat.NewDense(1, len(x), x))
//	draws, err := post.Sample(ctx, 10_000, nil)
//	logp, err := post.LogProb(ctx, draws.Theta, nil)
//	best, logp, err := post.MAP(ctx, nil)
//	table := model.Inferred(draws, observations, 0.95) // means, intervals
//
// # Coordinates
//
// Parameters are whitened by their prior (datasets/prior): z has a standard normal prior, so
// that no draw leaves the support, and the prior has a density at every noise level. A base
// (base.go) is regressed, z|x ~ N(m(x), L Lᵀ), and the diffusion runs in the latent
// coordinates
//
//	w = L⁻¹ z,   with the prior N(0, (LᵀL)⁻¹),
//
// in which the noise of the diffusion has the same size in every direction of the base's
// posterior. L is one for all x: all observations share one space, one prior and one
// schedule. What depends on x is in the denoiser: an untrained network is exactly the
// posterior of the base, and training learns what is left of it.
//
// # Randomness
//
// Results are functions of the simulations, the options and the seed. The number of workers
// changes no bit.
package sbi
