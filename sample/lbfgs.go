package sample

import (
	"errors"
	"math"

	"tweedie/internal/numeric"
)

type objective interface {
	// value returns f(u) and stores its gradient in g.
	value(u, g []float64) (float64, error)
}

// lbfgs is the method of limited memory (Nocedal 1980; Nocedal & Wright 2006, alg.
// 7.4) with a line search by bisection for the weak Wolfe conditions (Lewis &
// Overton 2013, alg. 2.6). It allocates nothing: that of gonum/optimize, of which
// every minimum costs some 60 allocations and goroutines, takes most of its time there.
type lbfgs struct {
	s, y               [][]float64 // steps and changes of the gradient, a ring
	rho, a             []float64   // 1/(s·y), and a scratch
	n                  int         // of steps so far
	g, next, gNext, to []float64
}

const (
	lbfgsMemory = 8
	lbfgsSteps  = 200
	lbfgsSearch = 50
)

func newLBFGS(d int) *lbfgs {
	o := &lbfgs{rho: make([]float64, lbfgsMemory), a: make([]float64, lbfgsMemory)}
	for range lbfgsMemory {
		o.s, o.y = append(o.s, make([]float64, d)), append(o.y, make([]float64, d))
	}
	for _, v := range []*[]float64{&o.g, &o.next, &o.gNext, &o.to} {
		*v = make([]float64, d)
	}
	return o
}

// minimize moves u downhill until the gradient is shorter than tol, rounding
// prevents any progress, or 200 steps are taken. It never ends higher than it began.
func (o *lbfgs) minimize(u []float64, tol float64, f objective) error {
	o.n = 0
	now, err := f.value(u, o.g)
	if err != nil {
		return err
	}
	if math.IsNaN(now) || math.IsInf(now, 0) {
		return errors.New("the likelihood is 0, or no number, at the posterior mean")
	}
	for range lbfgsSteps {
		size := math.Sqrt(numeric.Dot(o.g, o.g))
		if !(size > tol) {
			return nil
		}
		o.direction()
		slope := numeric.Dot(o.to, o.g)
		if !(slope < 0) { // rounding: begin anew
			o.n = 0
			o.direction()
			slope = -size * size
		}
		step := 1.0
		if o.n == 0 {
			step = math.Min(1, 1/size)
		}
		lower, err := o.search(u, now, slope, step, f)
		if err != nil {
			return err
		}
		if !(lower < now) {
			return nil
		}
		o.remember(u)
		copy(u, o.next)
		copy(o.g, o.gNext)
		now = lower
	}
	return nil
}

// direction stores -H g in o.to, H being the inverse of the Hessian by the memory.
func (o *lbfgs) direction() {
	for j, v := range o.g {
		o.to[j] = -v
	}
	first := max(0, o.n-lbfgsMemory)
	for k := o.n - 1; k >= first; k-- {
		i := k % lbfgsMemory
		o.a[i] = o.rho[i] * numeric.Dot(o.s[i], o.to)
		numeric.Axpy(o.to, -o.a[i], o.y[i])
	}
	if o.n > 0 {
		i := (o.n - 1) % lbfgsMemory
		c := 1 / (o.rho[i] * numeric.Dot(o.y[i], o.y[i]))
		for j := range o.to {
			o.to[j] *= c
		}
	}
	for k := first; k < o.n; k++ {
		i := k % lbfgsMemory
		numeric.Axpy(o.to, o.a[i]-o.rho[i]*numeric.Dot(o.y[i], o.to), o.s[i])
	}
}

// search stores a point along o.to from u in o.next, its gradient in o.gNext, and returns its value.
func (o *lbfgs) search(u []float64, now, slope, step float64, f objective) (float64, error) {
	lo, hi := 0.0, math.Inf(1)
	var v float64
	var err error
	for range lbfgsSearch {
		copy(o.next, u)
		numeric.Axpy(o.next, step, o.to)
		if v, err = f.value(o.next, o.gNext); err != nil {
			return 0, err
		}
		switch {
		case !(v <= now+1e-4*step*slope): // too far, or no number
			hi = step
		case numeric.Dot(o.gNext, o.to) < 0.9*slope:
			lo = step
		default:
			return v, nil
		}
		if step = 2 * lo; !math.IsInf(hi, 1) {
			step = (lo + hi) / 2
		}
	}
	return v, nil
}

// remember adds the step to o.next to the memory, unless it curves the wrong way.
func (o *lbfgs) remember(u []float64) {
	i := o.n % lbfgsMemory
	for j := range u {
		o.s[i][j], o.y[i][j] = o.next[j]-u[j], o.gNext[j]-o.g[j]
	}
	if sy := numeric.Dot(o.s[i], o.y[i]); sy > 1e-14*numeric.Dot(o.y[i], o.y[i]) {
		o.rho[i] = 1 / sy
		o.n++
	} else {
		o.n = 0
	}
}
