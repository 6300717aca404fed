package guide

import (
	"math"

	"tweedie/internal/numeric"
)

// Small dense matrices, row-major m×m in one slice, without allocation.

// cholesky replaces the lower triangle of s by its factor, false if s is not positive definite.
func cholesky(s []float64, m int) bool {
	top := 0.0
	for j := range m {
		top = math.Max(top, s[j*m+j])
	}
	for j := range m {
		for i := j; i < m; i++ {
			v := s[i*m+j]
			for k := range j {
				v -= s[i*m+k] * s[j*m+k]
			}
			switch {
			case i > j:
				s[i*m+j] = v / s[j*m+j]
			case !(v > 1e-15*top):
				return false
			default:
				s[j*m+j] = math.Sqrt(v)
			}
		}
	}
	return true
}

// forget makes the entries of infinite variance v independent of the others and of unit
// variance, so that with a residual of 0 they have no effect. It returns the number of
// the other entries.
func forget(s, v []float64) (seen int) {
	m := len(v)
	for j, x := range v {
		if !math.IsInf(x, 1) {
			seen++
			continue
		}
		for k := range m {
			s[j*m+k], s[k*m+j] = 0, 0
		}
		s[j*m+j] = 1
	}
	return seen
}

// solveLower replaces r by L⁻¹ r, and solveUpper by L⁻ᵀ r.
func solveLower(l, r []float64, m int) {
	for i := range m {
		for k := range i {
			r[i] -= l[i*m+k] * r[k]
		}
		r[i] /= l[i*m+i]
	}
}

func solveUpper(l, r []float64, m int) {
	for i := m - 1; i >= 0; i-- {
		for k := i + 1; k < m; k++ {
			r[i] -= l[k*m+i] * r[k]
		}
		r[i] /= l[i*m+i]
	}
}

// logNormal returns log N(r; 0, L Lᵀ) and destroys r.
func logNormal(l, r []float64, m int) float64 {
	solveLower(l, r, m)
	s := 0.0
	for i, v := range r {
		s -= v*v/2 + math.Log(l[i*m+i]) + numeric.HalfLog2Pi
	}
	return s
}

// eigen replaces the symmetric a by its eigenvalues on the diagonal, and q by the
// matrix of eigenvectors in columns, by Jacobi's cyclic rotations (Golub & Van
// Loan 2013, algorithm 8.5.3), and returns the number of sweeps. Made for small
// m: accurate, and nothing to allocate.
func eigen(a, q []float64, m int) (sweeps int) {
	clear(q)
	for i := range m {
		q[i*m+i] = 1
	}
	for sweeps = range 60 {
		off, diag := 0.0, 0.0
		for i := range m {
			diag += a[i*m+i] * a[i*m+i]
			for j := range i {
				off += a[i*m+j] * a[i*m+j]
			}
		}
		if off <= 1e-32*diag || off == 0 {
			return sweeps
		}
		for i := range m {
			for j := i + 1; j < m; j++ {
				rotate(a, q, i, j, m)
			}
		}
	}
	return sweeps
}

func rotate(a, q []float64, i, j, m int) {
	x := a[i*m+j]
	if x == 0 {
		return
	}
	theta := (a[j*m+j] - a[i*m+i]) / (2 * x)
	t := 1 / (math.Abs(theta) + math.Hypot(1, theta))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Hypot(1, t)
	s := t * c
	for k := range m {
		u, v := a[k*m+i], a[k*m+j]
		a[k*m+i], a[k*m+j] = c*u-s*v, s*u+c*v
	}
	for k := range m {
		u, v := a[i*m+k], a[j*m+k]
		a[i*m+k], a[j*m+k] = c*u-s*v, s*u+c*v
		u, v = q[k*m+i], q[k*m+j]
		q[k*m+i], q[k*m+j] = c*u-s*v, s*u+c*v
	}
	a[i*m+j], a[j*m+i] = 0, 0 // what rounding left of it
}

// solveGeneral replaces b by a⁻¹ b, destroys a, and returns log |det a| and its sign, or 0.
func solveGeneral(a, b []float64, m int) (logdet, sign float64) {
	sign = 1
	for j := range m {
		top := j
		for i := j + 1; i < m; i++ {
			if math.Abs(a[i*m+j]) > math.Abs(a[top*m+j]) {
				top = i
			}
		}
		if top != j {
			sign = -sign
			b[j], b[top] = b[top], b[j]
			for k := range m {
				a[j*m+k], a[top*m+k] = a[top*m+k], a[j*m+k]
			}
		}
		p := a[j*m+j]
		if p == 0 {
			return math.Inf(-1), 0
		}
		if p < 0 {
			sign = -sign
		}
		logdet += math.Log(math.Abs(p))
		for i := j + 1; i < m; i++ {
			f := a[i*m+j] / p
			for k := j; k < m; k++ {
				a[i*m+k] -= f * a[j*m+k]
			}
			b[i] -= f * b[j]
		}
	}
	for i := m - 1; i >= 0; i-- {
		for k := i + 1; k < m; k++ {
			b[i] -= a[i*m+k] * b[k]
		}
		b[i] /= a[i*m+i]
	}
	return logdet, sign
}
