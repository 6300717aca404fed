// Package sde holds the nouns of the library: the noise schedule, the denoiser,
// the noise of a run, and data laws whose diffusion is known exactly.
//
// # Notation
//
// Time runs from t = 0 (data) to t = 1 (noise). A batch is a *mat.Dense, n×d,
// one sample a row. Log densities are in nats, σ is a standard deviation.
//
//	x_t = α x_0 + σ z, z ~ N(0, I)     Coeff           schedule.go
//	λ = ln(α/σ)                        Coeff.Lambda    schedule.go, inverse TimeAt in sde.go
//	dx = f x dt + g dw                 Drift           sde.go: f = α'/α
//	g² = α² d(σ²/α²)/dt                Diffusion2      sde.go
//	D = E[x_0 | x_t]                   Denoiser        denoiser.go
//	score = (α D - x)/σ²               Score           convert.go (Tweedie's formula)
//	ε = (x - α D)/σ                    Epsilon         convert.go
//	v = α' D + σ' ε = f x - ½ g² score Velocity        convert.go
//	∂D/∂x = (α/σ²) Cov[x_0 | x_t]      Differentiable  denoiser.go, differences.go
//	g²/σ² = -2 dλ/dt                   LikelihoodTime  likelihoodtime.go
//	x_1 ~ N(α m, α² v + σ²)            DiagonalNormal        prior.go
//
// # Schedules
//
// VP and SubVP (vp.go), VE (ve.go), Cosine and Rectified (paths.go) are plain
// values whose zero value has the default of the paper. Their methods do not
// check their fields; Spec and ParseSchedule (spec.go), through which files and
// flags come, do. A Schedule of your own needs only Coeff: the functions Drift,
// Diffusion2 and TimeAt work out what it does not offer. All of it is accurate
// down to t = 1e-9 and finite at both ends; MinTime says from where on to train.
// The discrete chains DDPM and SMLD are in chain.go.
//
// # Exact laws
//
// A Law knows p_t, its score and its denoiser at all times, so everything that
// is trained, sampled or guided can be tested against one:
//
//	Gaussian  full covariance, also singular             gaussian.go, eigen.go
//	Mixture   of Gaussians                               mixture.go, mixture_field.go
//	Box       uniform or restricted normal coordinates   box.go, truncated.go
//	Product   of independent blocks of the above         product.go
//	Transformed, a monotone function of one normal number, by quadrature
//
// Each but the last is Observable: given y = A x_0 + e, e ~ N(0, R), it returns the exact
// posterior, again a Law with a denoiser, and the evidence log p(y). With them
//
//	log p(y | x_t) = log p(y) + log p_t(x_t | y) - log p_t(x_t)
//
// is exact at every time (LogLikelihoodAt), and so is the guidance that an
// approximate method should have given: the difference of the two scores.
//
// # What is known of a row
//
// An Observation is an Operator A, the numbers Y, and the Likelihood of y given
// A(x_0). The operators are Columns, LinearMap, OperatorFunc and Stacked; they say
// what they can do by Puller, Pusher and PseudoInverter. The likelihoods are the
// errors NormalError, StudentTError and LaplaceError, PoissonLikelihood and
// BernoulliLikelihood, and what is made of them: MixtureError, ScaledError,
// AnnealedError, ErrorPerEntry. Packages guide and sample use the same types.
//
// # Promises
//
// Everything here is safe for concurrent use, except Streams. Row i of a result
// depends on row i of the input alone, bit for bit. Draws are functions of
// (seed, index). Sizes that do not match panic.
package sde
