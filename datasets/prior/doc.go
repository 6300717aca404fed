// Package prior has the laws of a simulator's parameters θ, with what inference needs:
// draws, densities, supports, and the map that makes them standard normal.
//
// A Prior is a list of independent entries: laws of one parameter (normal, log-normal,
// uniform, beta, gamma, each of them truncated if need be), multivariate normals, and
// mixtures of these. It is read from a file of YAML by Read:
//
//	prior:
//	  - {name: rate, law: log-normal, mu: -0.9, sd: 0.5}
//	  - {name: share, law: beta, a: 2, b: 5}
//	  - {names: [x, y], law: multivariate-normal, mean: [0, 0], covariance: [[1, 0.5], [0.5, 2]]}
//	  - {name: delay, law: normal, mean: 3, sd: 2, above: 0}
//
// # Whitening
//
// Whiten maps θ to z with independent standard normal coordinates, one after the other
// (Rosenblatt 1952, doi:10.1214/aoms/1177729394),
//
//	z_j = Φ⁻¹(F_j(θ_j | θ_1, …, θ_{j-1}))
//
// which for independent parameters is Φ⁻¹(F_j(θ_j)), and for a multivariate normal
// L⁻¹(θ - μ) with Σ = L Lᵀ. Mixtures are whitened with the weights that their components
// have given the coordinates before. Unwhiten is the inverse; every z has a θ in the
// support. Densities follow without a Jacobian,
//
//	log q(θ) = log q(z) + log p(θ) - Σ_j log φ(z_j)
//
// with p the prior. Both tails are computed from the probability of the nearer one in
// logarithms: θ → z → θ is exact to about 1e-10, relative to the distance from the border
// where that has no rounding of its own (0, and the borders of log-normal and gamma laws).
// Near another border, say 1, the spacing of numbers is 1e-16, so z → θ → z is exact up
// to |z| of about 5 and what is beyond 8.2 is the border itself. A θ on the closed border
// of a uniform or truncated law counts as 2⁻⁵⁴ of the mass inside of it. Values of beta and
// gamma laws below 1e-300 underflow.
//
// Priors are immutable and safe for concurrent use.
package prior
