package nn

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// linearize evaluates the batch and returns its pullback
//
//	Jᵀ v = k ⊙ v + c_in ⊙ J_Fᵀ (c_out ⊙ v)
//
// in which a category has u = p ⊙ (v − p·v) in the place of c_out ⊙ v, α/σ² u
// in that of k ⊙ v, and the slope of its input in that of c_in (see pullInput), and
// positions that are given have no part.
//
// The activations of the last block stay on its machine. A pullback that finds
// them there runs the backward pass only; otherwise (another call has used the
// machine since, or the batch has several blocks) it repeats the forward pass.
// The bits are the same.
func (m *Model) linearize(mean, x *mat.Dense, t []float64, cond conds) (sde.Pullback, error) {
	xv, n := m.view(x)
	dv, _ := m.view(mean)
	cond, err := m.withFeatures(cond, nil)
	if err != nil {
		return nil, err
	}
	k, err := m.free.take()
	if err != nil {
		return nil, err
	}
	for first := 0; first < n; first += BlockRows {
		m.forward(k, dv, xv, t, cond, first, min(BlockRows, n-first))
		if k.err != nil {
			return nil, k.err
		}
	}
	gen := k.gen
	m.free.put(k)
	return func(dst, v *mat.Dense) error {
		gv, nd := m.view(dst)
		vv, nv := m.view(v)
		if nd != n || nv != n {
			panic("nn: size mismatch")
		}
		q, err := m.free.takeThis(k)
		if err != nil {
			return err
		}
		defer m.free.put(q)
		for first := 0; first < n; first += BlockRows {
			rows := min(BlockRows, n-first)
			if q != k || q.gen != gen || n > BlockRows {
				m.prepare(q, xv, t, cond, first, rows)
				cond.setUnits(&q.drop, first, rows)
				q.fwd.run()
				q.gen++
				for i := range rows {
					if len(m.Cats) > 0 {
						m.posteriors(q, m.levels(q, i), xv.row(first+i, m.Net.Dim), cond.knownRow(first+i), i)
					}
				}
				if q == k && n <= BlockRows {
					gen = q.gen
				}
			}
			m.backward(q, gv, vv, first, rows)
			if q.err != nil {
				return q.err
			}
		}
		return nil
	}, nil
}

func (m *Model) backward(q *machine[float32], dst, v rowsView, first, n int) {
	d, wide := m.Net.Dim, m.Net.in()
	for i := range n {
		m.cotangent(q, q.v[i*d:(i+1)*d], v.row(first+i, d), i)
	}
	clear(q.v[n*d:])
	q.bwd.run()
	for i := range n {
		w, vi, di := q.prep.row(i), v.row(first+i, d), dst.row(first+i, d)
		for j, e := range vi {
			di[j] = float64(w.k[j]*e) + float64(w.cin[j]*float64(q.gx[i*wide+j]))
		}
		m.addFourier(di, q.x[i*wide+d:(i+1)*wide], q.gx[i*wide+d:(i+1)*wide], w)
	}
	if len(m.Cats) == 0 && !m.Conditionable {
		return
	}
	for i := range n {
		m.straight(q, dst.row(first+i, d), i)
	}
}

// cotangent stores in u what the network's output is pulled back from in row i
// of a block: c_out ⊙ v, and p ⊙ (v − p·v) in a category. Given positions have 0.
func (m *Model) cotangent(q *machine[float32], u []float32, v []float64, i int) {
	w, d := q.prep.row(i), m.Net.Dim
	for j, e := range v {
		u[j] = float32(w.cout[j] * e)
	}
	for b := range m.Cats {
		lo, hi := m.Cats[b].Start, m.Cats[b].end()
		p, dot := q.p[i*d+lo:i*d+hi], 0.0
		for j, e := range v[lo:hi] {
			dot += float64(p[j] * e)
		}
		for j, e := range v[lo:hi] {
			u[lo+j] = float32(p[j] * (e - dot))
		}
	}
	if m.Conditionable {
		for j, known := range q.known[i*d : (i+1)*d] {
			if known {
				u[j] = 0
			}
		}
	}
}

// straight replaces the part of a pullback that does not pass the network,
// where it is not k ⊙ v: α/σ² u in a category, nothing where a row is given.
func (m *Model) straight(q *machine[float32], dst []float64, i int) {
	w, d := q.prep.row(i), m.Net.Dim
	gain := w.c.Alpha / max(w.c.Sigma*w.c.Sigma, math.SmallestNonzeroFloat64)
	for b := range m.Cats {
		m.pullInput(q, dst, &m.Cats[b], i)
		for j := m.Cats[b].Start; j < m.Cats[b].end(); j++ {
			if u := float64(q.v[i*d+j]); u != 0 {
				dst[j] += float64(gain * u)
			}
		}
	}
	if m.Conditionable {
		for j, known := range q.known[i*d : (i+1)*d] {
			if known {
				dst[j] = 0
			}
		}
	}
}
