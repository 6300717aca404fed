package sample

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// try computes e in euler and K1 in k1, and K2 in mean, for all rows left.
func (st *adaptiveSDE) try(s float64, z path) error {
	sched := st.all.Schedule()
	for i := range st.who {
		if st.s[i] = st.t[i] - st.h[i]; st.s[i] < s+1e-3*st.h[i] {
			st.s[i] = s
		}
	}
	if err := st.d.Denoise(st.mean, st.x, st.t); err != nil {
		return err
	}
	for i, w := range st.who {
		h := st.t[i] - st.s[i]
		noise := st.noise.RawRowView(i)
		if h == 0 { // finished, not yet removed
			clear(noise)
			clear(st.k1.RawRowView(i))
			copy(st.euler.RawRowView(i), st.x.RawRowView(i))
			continue
		}
		z.row(noise, w, st.t[i], st.s[i], 0)
		eta, err := etaOf(st.EtaFunc, st.t[i], 1)
		if err != nil {
			return err
		}
		p, q, g := reverseRate(sched, st.t[i], eta)
		slope(st.k1.RawRowView(i), st.x.RawRowView(i), st.mean.RawRowView(i), noise, h*p, h*q, g*math.Sqrt(h))
		e, k := st.euler.RawRowView(i), st.k1.RawRowView(i)
		for j, v := range st.x.RawRowView(i) {
			e[j] = v + k[j]
		}
	}
	if err := st.d.Denoise(st.mean, st.euler, st.s); err != nil {
		return err
	}
	for i := range st.who {
		h := st.t[i] - st.s[i]
		if h == 0 {
			continue
		}
		eta, err := etaOf(st.EtaFunc, st.s[i], 1)
		if err != nil {
			return err
		}
		p, q, g := reverseRate(sched, st.s[i], eta)
		m := st.mean.RawRowView(i)
		slope(m, st.euler.RawRowView(i), m, st.noise.RawRowView(i), h*p, h*q, g*math.Sqrt(h))
	}
	return nil
}

func slope(dst, x, mean, z []float64, p, q, g float64) {
	for j := range dst {
		dst[j] = p*x[j] + q*mean[j] + g*z[j]
	}
}

// judge accepts or rejects the step of every row, and stores finished rows in out.
func (st *adaptiveSDE) judge(out *mat.Dense, s float64) error {
	for i, w := range st.who {
		h := st.t[i] - st.s[i]
		if h == 0 {
			continue
		}
		e := st.error(i)
		grow := growth(e, -0.9)
		if !(e <= 1) {
			st.h[i] = h * math.Min(grow, 0.9)
			if st.h[i] < 1e-10*math.Max(st.t[i], 1e-2) {
				return &rowError{w, fmt.Errorf("the step vanishes at t = %.6g: the denoiser is NaN there, or the tolerance is too small", st.t[i])}
			}
			continue
		}
		x, k1, k2 := st.x.RawRowView(i), st.k1.RawRowView(i), st.mean.RawRowView(i)
		for j := range x {
			x[j] += 0.5 * (k1[j] + k2[j])
		}
		copy(st.last.RawRowView(i), st.euler.RawRowView(i))
		if st.t[i] = st.s[i]; st.t[i] == s {
			copy(out.RawRowView(w), x)
			st.next[w] = st.h[i]
			continue
		}
		st.h[i] = h * grow
	}
	return nil
}

func (st *adaptiveSDE) error(i int) float64 {
	k1, k2 := st.k1.RawRowView(i), st.mean.RawRowView(i)
	e, l := st.euler.RawRowView(i), st.last.RawRowView(i)
	var sum float64
	for j := range k1 {
		tol := math.Max(st.ATol, st.RTol*math.Max(math.Abs(e[j]), math.Abs(l[j])))
		d := 0.5 * (k2[j] - k1[j]) / tol
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(k1)))
}

// compact removes the finished rows when they are a quarter of the batch.
func (st *adaptiveSDE) compact(s float64) {
	if !sparse(st.t, s) {
		return
	}
	m := 0
	for i, t := range st.t {
		if t == s {
			continue
		}
		if m < i {
			st.who[m], st.t[m], st.h[m] = st.who[i], t, st.h[i]
			copy(st.x.RawRowView(m), st.x.RawRowView(i))
			copy(st.last.RawRowView(m), st.last.RawRowView(i))
		}
		m++
	}
	st.resize(m)
	if m > 0 {
		st.d = sde.Restrict(st.all, st.who)
	}
}

func (st *adaptiveSDE) resize(m int) {
	st.who, st.t, st.s, st.h = st.who[:m], st.t[:m], st.s[:m], st.h[:m]
	if m == 0 {
		return
	}
	for _, p := range [...]*mat.Dense{st.x, st.euler, st.last, st.mean, st.k1, st.noise} {
		resize(p, m)
	}
}
