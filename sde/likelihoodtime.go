package sde

// The likelihood weighting g² of a score loss, in units of the unweighted loss
// |σ score + z|², is g²/σ² (Song et al. 2021b, eq. 7, arXiv:2101.09258). As
// g² = α² d(σ²/α²)/dt, it is
//
//	g²/σ² = d ln(σ²/α²)/dt = -2 dλ/dt
//
// so drawing t with density proportional to it is drawing λ uniformly, whatever
// the schedule. The closed forms in that paper's code are special cases: with B
// as in VP, λ is -½ ln(exp(B) - 1) for VP, -ln(2 sinh(B/2)) for SubVP, and
// linear in t for VE, where uniform times already are the importance sampling.

// LikelihoodTime returns the time in [eps, 1] at which the distribution with
// density (g²/σ²)/Z on [eps, 1] has its quantile u in [0, 1]. A loss that draws
// t = LikelihoodTime(s, u, eps) with u uniform and sums Z |σ score + z|² has the
// expectation of ∫ g² |score + z/σ|² dt. It panics if σ(eps) is 0, where Z is
// infinite; MinTime gives an eps.
func LikelihoodTime(s Schedule, u, eps float64) float64 {
	a, b := lambdaRange(s, eps)
	switch u { // the ends are exact
	case 0:
		return eps
	case 1:
		return 1
	}
	return min(max(TimeAt(s, a+u*(b-a)), eps), 1)
}

// LikelihoodNorm returns Z = ∫ g²/σ² dt over [eps, 1] = 2 (λ(eps) - λ(1)). With
// the defaults and eps = 1e-5 it is 23.86 for VP, 37.68 for SubVP and 17.03 for VE.
func LikelihoodNorm(s Schedule, eps float64) float64 {
	a, b := lambdaRange(s, eps)
	return 2 * (a - b)
}

func lambdaRange(s Schedule, eps float64) (a, b float64) {
	c := s.Coeff(eps)
	if !(c.Sigma > 0) {
		panic("sde: likelihood weighting from a time where sigma is 0")
	}
	return c.Lambda(), s.Coeff(1).Lambda()
}
