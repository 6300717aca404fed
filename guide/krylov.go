package guide

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// krylov solves (Σ_y + A' V A'ᵀ) u = r for every row of a batch by products with the
// matrix alone. All rows iterate together; each has its own scalars.
type krylov struct {
	g    MMPS
	at   State
	v    *mat.Dense // Σ_y
	u, w *mat.Dense // n×d
	tol  float64
}

// mul stores the product with p in q, both n×m. One backward pass.
func (s krylov) mul(q, p *mat.Dense) error {
	pull, _ := sde.PullerOf(s.g.A)
	push, _ := sde.PusherOf(s.g.A)
	if err := pull.Pull(s.u, s.at.Mean, p); err != nil {
		return err
	}
	if err := s.at.Pull(s.w, s.u); err != nil {
		return err
	}
	if err := push.Push(q, s.at.Mean, s.w); err != nil {
		return err
	}
	for i := range s.at.Rows() {
		k := 0.0
		if c := s.at.Coeff(i); c.Sigma > 0 {
			k = c.Tweedie()
		}
		qi, pi, vi := q.RawRowView(i), p.RawRowView(i), s.v.RawRowView(i)
		for j := range qi {
			if qi[j] = vi[j]*pi[j] + k*qi[j]; math.IsInf(vi[j], 1) {
				qi[j] = 0 // not observed: r and with it every direction is 0 there
			}
		}
	}
	return nil
}

// iterate is AddScore without forming the matrix.
func (g MMPS) iterate(dst *mat.Dense, at State) error {
	n, d := at.X.Dims()
	_, m := g.A.Dims()
	r, err := predict(g.Observation, at)
	if err != nil {
		return err
	}
	s := krylov{g, at, at.Scratch(n, m), at.Scratch(n, d), at.Scratch(n, d), cmp.Or(g.Tol, 1e-8)}
	residuals(g.Observation, s.v, r, at)
	x, broken := at.zeros(n, m), at.floats(n)
	any, err := s.cg(x, r, broken)
	if err != nil {
		return err
	}
	if any {
		z := at.zeros(n, m)
		if err := s.gmres(z, r); err != nil {
			return err
		}
		for i, b := range broken {
			if b != 0 {
				copy(x.RawRowView(i), z.RawRowView(i))
			}
		}
	}
	if err := pull(g.Observation, s.w, x, at); err != nil {
		return err
	}
	for i := range n {
		g, row := s.w.RawRowView(i), dst.RawRowView(i)
		numeric.Axpy(row, at.trusted(g, numeric.Dot(r.RawRowView(i), x.RawRowView(i)), i), g)
	}
	return nil
}

// cg runs conjugate gradients from 0, marks in broken the rows in which they
// fail, and reports whether there are any. They fail on a direction without
// positive curvature, on a matrix that is seen not to be symmetric (consecutive
// directions p, p' are conjugate from one side only: p·S p' > asymmetry |p||S p'|),
// and when m iterations did not solve. r is kept.
func (s krylov) cg(x, r *mat.Dense, broken []float64) (bool, error) {
	n, m := r.Dims()
	res, p, q, old := s.at.Scratch(n, m), s.at.Scratch(n, m), s.at.Scratch(n, m), s.at.zeros(n, m)
	res.Copy(r)
	p.Copy(r)
	clear(broken)
	done := s.at.floats(n)
	clear(done)
	for range s.g.iters() {
		if err := s.mul(q, p); err != nil {
			return false, err
		}
		left := false
		for i := range n {
			if pi, oi, qi := p.RawRowView(i), old.RawRowView(i), q.RawRowView(i); done[i] == 0 {
				if math.Abs(numeric.Dot(oi, qi)) > asymmetry*norm(oi)*norm(qi) {
					done[i], broken[i] = 1, 1
					continue
				}
				copy(oi, pi)
				s.cgRow(x.RawRowView(i), res.RawRowView(i), pi, qi, norm(r.RawRowView(i)), &done[i], &broken[i])
			}
			left = left || done[i] == 0
		}
		if !left {
			break
		}
	}
	any := false
	for i := range n {
		if s.g.iters() >= m && !(norm(res.RawRowView(i)) <= unsolved*norm(r.RawRowView(i))) {
			broken[i] = 1
		}
		any = any || broken[i] != 0
	}
	return any, nil
}

const (
	asymmetry = 1e-2
	unsolved  = 1e-3
)

// cgRow is one iteration on one row: p is the direction and q its product.
func (s krylov) cgRow(x, res, p, q []float64, start float64, done, broken *float64) {
	rr := numeric.Dot(res, res)
	if math.Sqrt(rr) <= s.tol*start {
		*done = 1
		return
	}
	pq := numeric.Dot(p, q)
	if !(pq > 0) {
		*done, *broken = 1, 1
		return
	}
	a := rr / pq
	for j := range x {
		x[j] += a * p[j]
		res[j] -= a * q[j]
	}
	b := numeric.Dot(res, res) / rr
	for j := range p {
		p[j] = res[j] + b*p[j]
	}
}

// gmres minimizes the residual over the same Krylov space, from 0 (Saad & Schultz 1986).
func (s krylov) gmres(x, r *mat.Dense) error {
	n, m := r.Dims()
	k := min(s.g.iters(), m)
	basis := make([]*mat.Dense, k+1) // scratch in an exceptional path
	for j := range basis {
		basis[j] = s.at.zeros(n, m)
	}
	beta, h := s.at.floats(n), s.at.zeros(n, (k+1)*k)
	for i := range n {
		row := r.RawRowView(i)
		if beta[i] = norm(row); beta[i] > 0 {
			numeric.Axpy(basis[0].RawRowView(i), 1/beta[i], row)
		}
	}
	for j := range k {
		if err := s.mul(basis[j+1], basis[j]); err != nil {
			return err
		}
		for i := range n {
			q, hi := basis[j+1].RawRowView(i), h.RawRowView(i)
			for range 2 { // orthogonalized twice: once loses digits
				for l := range j + 1 {
					c := numeric.Dot(q, basis[l].RawRowView(i))
					hi[l*k+j] += c
					numeric.Axpy(q, -c, basis[l].RawRowView(i))
				}
			}
			z := norm(q)
			if z <= 1e-14*norm(hi) {
				clear(q) // the space is closed; the rows below stay 0
				continue
			}
			hi[(j+1)*k+j] = z
			for l := range q {
				q[l] /= z
			}
		}
	}
	y := s.at.floats(k + 1)
	for i := range n {
		clear(y)
		y[0] = beta[i]
		leastSquares(h.RawRowView(i), y, k)
		for j := range k {
			numeric.Axpy(x.RawRowView(i), y[j], basis[j].RawRowView(i))
		}
	}
	return nil
}

// leastSquares replaces y by the minimizer of |y - h z|, h a (k+1)×k Hessenberg matrix.
func leastSquares(h, y []float64, k int) {
	for j := range k {
		a, b := h[j*k+j], h[(j+1)*k+j]
		z := math.Hypot(a, b)
		if z == 0 {
			continue
		}
		c, s := a/z, b/z
		for l := j; l < k; l++ {
			u, v := h[j*k+l], h[(j+1)*k+l]
			h[j*k+l], h[(j+1)*k+l] = c*u+s*v, c*v-s*u
		}
		y[j], y[j+1] = c*y[j]+s*y[j+1], c*y[j+1]-s*y[j]
	}
	for j := k - 1; j >= 0; j-- {
		for l := j + 1; l < k; l++ {
			y[j] -= h[j*k+l] * y[l]
		}
		if d := h[j*k+j]; d != 0 {
			y[j] /= d
		} else {
			y[j] = 0
		}
	}
}
