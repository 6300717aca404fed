package guide

import (
	"math"

	"tweedie/internal/numeric"
)

// system is a matrix s = A V Aᵀ to which Σ_y is added, with its scratch.
type system struct {
	m               int
	s, q, tmp, unit []float64
}

// gain is 1 divided by eigenvalue j of Σ_y + s, floored, of which top is the largest. It is
// 0 where that is 0: for a repetition, or because σ is.
func (y system) gain(j int, whiten bool, top float64) float64 {
	l := y.s[j*y.m+j]
	switch {
	case whiten:
		return 1 / (1 + math.Max(l, 0))
	case l > 1e-12*top:
		return 1 / l
	}
	return 0
}

// solve replaces r by (Σ_y + s)⁻¹ r, with Σ_y = diag(v) and the eigenvalues of
// the sum floored at Σ_y: those of s relative to Σ_y at 0. Where an entry of Σ_y is 0 it
// solves in the range of the sum, whose eigenvalues relative to its diagonal are above
// 1e-12 of the largest. It returns log N(r; 0, ·). It destroys s.
func (y system) solve(r, v []float64) float64 {
	m, whiten := y.m, true
	for _, x := range v {
		whiten = whiten && x > 0
	}
	logp, unit := 0.0, v
	if !whiten {
		for j := range m {
			y.s[j*m+j] += v[j]
		}
		logp, unit = -float64(forget(y.s, v))*numeric.HalfLog2Pi, y.unit
		for j := range m {
			unit[j] = y.s[j*m+j]
			if !(unit[j] > 0) {
				unit[j] = 1
			}
		}
	}
	for j := range m {
		for k := range m {
			y.s[j*m+k] /= math.Sqrt(unit[j]) * math.Sqrt(unit[k])
		}
		if r[j] /= math.Sqrt(unit[j]); !math.IsInf(v[j], 1) {
			logp -= math.Log(unit[j]) / 2
			if whiten {
				logp -= numeric.HalfLog2Pi
			}
		}
	}
	eigen(y.s, y.q, m)
	top := 0.0
	for j := range m {
		top = math.Max(top, y.s[j*m+j])
	}
	for j := range m {
		z, g := 0.0, y.gain(j, whiten, top)
		if y.tmp[j] = 0; g == 0 {
			logp += numeric.HalfLog2Pi
			continue
		}
		for k := range m {
			z += y.q[k*m+j] * r[k]
		}
		logp += math.Log(g)/2 - z*z*g/2
		y.tmp[j] = z * g
	}
	for k := range m {
		r[k] = 0
		for j, z := range y.tmp {
			r[k] += y.q[k*m+j] * z
		}
		r[k] /= math.Sqrt(unit[k])
	}
	return logp
}

// direct is solve by Cholesky's factor, which it makes in f, or as solve does it where
// there is none: where observations without error repeat each other. With density it
// returns log N(r; 0, ·) and destroys r.
func (y system) direct(f, r, v []float64, density bool) float64 {
	m := y.m
	copy(f, y.s)
	for j := range m {
		f[j*m+j] += v[j]
	}
	seen := forget(f, v)
	ok := cholesky(f, m)
	for j := 0; ok && j < m; j++ { // 1e-12 as in solve
		ok = v[j] > 0 || f[j*m+j]*f[j*m+j] > 1e-12*y.s[j*m+j]
	}
	if !ok {
		return y.solve(r, v)
	}
	if density {
		return logNormal(f, r, m) + float64(m-seen)*numeric.HalfLog2Pi
	}
	solveLower(f, r, m)
	solveUpper(f, r, m)
	return 0
}
