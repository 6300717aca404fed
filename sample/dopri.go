package sample

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// field is the right-hand side of an ODE for a batch of rows.
type field interface {
	// derivative stores du_i/dλ at (u_i, lambda[i]) in row i of dst.
	derivative(dst, u *mat.Dense, lambda []float64) error
	// keep goes on with the rows idx, increasing, of all those of the solve.
	keep(idx []int)
}

// dopri solves ODEs by the 5(4) pair of Dormand & Prince 1980, with a step size
// and a position of its own for each row, so that rows do not depend on each other.
// Finished rows leave the batch when they are a quarter of it.
//
// The error estimate e of a step of a row is accepted when the root mean square
// over its w components of e_j/(atol + rtol·max|u_j|) is at most 1.
type dopri struct {
	f          field
	rtol, atol float64
	w          int

	u, y     *mat.Dense // states and stage arguments of the active rows
	k        [7]*mat.Dense
	at       []float64 // stage positions
	pos, h   []float64 // position and next step of the active rows
	who      []int     // their places in the batch
	rejected []bool
	first    []float64 // first step of each row of the batch, kept between solves
}

// firstStep is the first step tried, in λ: the scaled fields do not change faster.
const firstStep = 0.05

// maxTrials bounds the steps of one solve, rejected ones included.
const maxTrials = 20000

func newDopri(f field, n, w int, rtol, atol float64) *dopri {
	s := &dopri{
		f: f, rtol: rtol, atol: atol, w: w,
		u: mat.NewDense(n, w, nil), y: mat.NewDense(n, w, nil),
		at: make([]float64, n), pos: make([]float64, n), h: make([]float64, n),
		who: make([]int, n), rejected: make([]bool, n), first: make([]float64, n),
	}
	for i := range s.k {
		s.k[i] = mat.NewDense(n, w, nil)
	}
	s.reset()
	return s
}

func (s *dopri) reset() {
	for i := range s.first {
		s.first[i] = firstStep
	}
}

// The pair: stage i is at pos + dopriC[i] h, and takes the earlier slopes with
// the weights dopriA[i]. The last stage is the step of order 5 itself, whose
// slope is the first of the next step. dopriE gives the difference of orders.
var (
	dopriC = [7]float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1}
	dopriA = [7][]float64{
		{},
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	}
	dopriE = [7]float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}
)

// solve moves every row of u, n×w, from the position from to the position to.
func (s *dopri) solve(u *mat.Dense, from, to float64) error {
	n, _ := u.Dims()
	s.resize(n)
	s.u.Copy(u)
	dir := math.Copysign(1, to-from)
	for i := range n {
		s.who[i], s.pos[i], s.h[i], s.rejected[i] = i, from, dir*s.first[i], false
	}
	s.f.keep(s.who)
	if err := s.f.derivative(s.k[0], s.u, s.pos); err != nil {
		return err
	}
	for trial := 0; len(s.who) > 0; trial++ {
		if trial == maxTrials {
			return &rowError{s.who[0], fmt.Errorf("no end after %d steps, at lambda %.4g: loosen the tolerance", trial, s.pos[0])}
		}
		if err := s.stages(to); err != nil {
			return err
		}
		if err := s.judge(u, to); err != nil {
			return err
		}
		s.compact(to)
	}
	return nil
}

// step returns the step that row i tries now.
func (s *dopri) step(i int, to float64) float64 {
	if rest := to - s.pos[i]; math.Abs(s.h[i]) > 0.999*math.Abs(rest) {
		return rest
	}
	return s.h[i]
}

func (s *dopri) stages(to float64) error {
	for j := 1; j < len(s.k); j++ {
		for i := range s.who {
			h := s.step(i, to)
			s.at[i] = s.pos[i] + dopriC[j]*h
			if dopriC[j] == 1 && h == to-s.pos[i] {
				s.at[i] = to
			}
			y := s.y.RawRowView(i)
			copy(y, s.u.RawRowView(i))
			for l, a := range dopriA[j] {
				for c, v := range s.k[l].RawRowView(i) {
					y[c] += h * a * v
				}
			}
		}
		if err := s.f.derivative(s.k[j], s.y, s.at); err != nil {
			return err
		}
	}
	return nil
}

// judge accepts or rejects the step of every row, and stores finished rows in out.
func (s *dopri) judge(out *mat.Dense, to float64) error {
	for i, w := range s.who {
		h := s.step(i, to)
		if h == 0 {
			continue // finished, not yet removed
		}
		e := s.error(i, h)
		grow := growth(e, -0.2)
		if !(e <= 1) { // NaN as well: a shorter step may avoid it
			s.h[i], s.rejected[i] = h*math.Min(grow, 0.9), true
			if math.Abs(s.h[i]) < 1e-12*math.Max(1, math.Abs(s.pos[i])) {
				return &rowError{w, fmt.Errorf("the step vanishes at lambda %.6g: the denoiser is NaN or jumps there, or the tolerance is too small", s.pos[i])}
			}
			continue
		}
		if s.rejected[i] {
			grow = math.Min(grow, 1)
		}
		s.rejected[i] = false
		s.pos[i] = s.at[i]
		if s.pos[i] != to {
			s.h[i] = h * grow
		}
		copy(s.u.RawRowView(i), s.y.RawRowView(i))
		copy(s.k[0].RawRowView(i), s.k[6].RawRowView(i))
		if s.pos[i] == to {
			copy(out.RawRowView(w), s.u.RawRowView(i))
			s.first[w] = math.Abs(s.h[i])
		}
	}
	return nil
}

// growth is the factor of the next step after an error e, 0.2 if e is NaN.
func growth(e, power float64) float64 {
	if math.IsNaN(e) {
		return 0.2
	}
	return math.Min(5, math.Max(0.2, 0.9*math.Pow(e, power)))
}

// sparse reports whether at least a quarter of the rows at pos have reached the end.
func sparse(pos []float64, end float64) bool {
	left := 0
	for _, p := range pos {
		if p != end {
			left++
		}
	}
	return 4*left <= 3*len(pos)
}

// error returns the scaled error estimate of the step h of row i.
func (s *dopri) error(i int, h float64) float64 {
	var sum float64
	u, y := s.u.RawRowView(i), s.y.RawRowView(i)
	for c := range u {
		var e float64
		for j, b := range dopriE {
			e += b * s.k[j].At(i, c)
		}
		e *= h / (s.atol + s.rtol*math.Max(math.Abs(u[c]), math.Abs(y[c])))
		sum += e * e
	}
	return math.Sqrt(sum / float64(len(u)))
}

// compact removes the finished rows when they are a quarter of the batch.
func (s *dopri) compact(to float64) {
	if !sparse(s.pos, to) {
		return
	}
	m := 0
	for i, p := range s.pos {
		if p == to {
			continue
		}
		if m < i {
			s.pos[m], s.h[m], s.who[m], s.rejected[m] = p, s.h[i], s.who[i], s.rejected[i]
			copy(s.u.RawRowView(m), s.u.RawRowView(i))
			copy(s.k[0].RawRowView(m), s.k[0].RawRowView(i))
		}
		m++
	}
	s.resize(m)
	if m > 0 {
		s.f.keep(s.who)
	}
}

func (s *dopri) resize(m int) {
	s.at, s.pos, s.h, s.who, s.rejected = s.at[:m], s.pos[:m], s.h[:m], s.who[:m], s.rejected[:m]
	if m == 0 {
		return
	}
	resize(s.u, m)
	resize(s.y, m)
	for _, k := range s.k {
		resize(k, m)
	}
}
