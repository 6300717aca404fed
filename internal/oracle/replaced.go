package oracle

import "math"

// Replaced returns mean and variance of the second of two coordinates with unit
// variances and correlation rho, of which the first is known to be y, after n
// steps of DDPM under the schedule Squared, uniform in t from 1 to 0, in which
// the known one is replaced by y with noise after each step, and each step is
// taken r times. The start is the exact law. Noise up is scaled by renoise: 1,
// anything else is a planted error.
func Replaced(rho, y float64, n, r int, renoise float64) (mean, variance float64) {
	a, s := Squared(1)
	p, q := 0.0, 0.0 // means
	A, B, D := a*a+s*s, a*a*rho, a*a+s*s
	for k := n; k >= 1; k-- {
		a, s := Squared(float64(k) / float64(n))
		b, u := Squared(float64(k-1) / float64(n))
		m := a * u / (b * s)
		c := u * m / s
		up, down := a*(1+rho)/(a*a*(1+rho)+s*s), a*(1-rho)/(a*a*(1-rho)+s*s)
		g, h := c+(b-c*a)*(up+down)/2, (b-c*a)*(up-down)/2
		sd2 := u * u * (1 - m*m)
		for i := range r {
			q = h*p + g*q
			D = h*h*A + 2*g*h*B + g*g*D + sd2
			p, A, B = b*y, u*u, 0 // the step of the known value is replaced
			if i < r-1 {
				f := a / b
				v := renoise * (s*s - f*f*u*u)
				p, q, A, B, D = f*p, f*q, f*f*A+v, f*f*B, f*f*D+v
			}
		}
	}
	return q, math.Abs(D)
}
