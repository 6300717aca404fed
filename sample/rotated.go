package sample

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Rotation is an orthonormal change of coordinates, u = Qᵀ x. Isotropic noise is the
// same in all of them, so that a model of x is also one of u. Known orthonormal
// combinations of x are known coordinates of u, so that methods for Known coordinates
// apply, such as colorization, where the greys of a picture are known (Song et al.
// 2021, appendix I.3, arXiv:2011.13456).
type Rotation struct {
	to, from [][]entry // of u in x, and of x in u, without zeros
	spare    matrices
}

type entry struct {
	j int
	q float64
}

// NewRotation returns the rotation of q, d×d with orthonormal columns, which it
// copies. It is safe for concurrent use.
func NewRotation(q mat.Matrix) (*Rotation, error) {
	d, c := q.Dims()
	if d != c {
		return nil, fmt.Errorf("sample: a rotation that is %d×%d", d, c)
	}
	var gram mat.Dense
	gram.Mul(q.T(), q)
	r := &Rotation{to: make([][]entry, d), from: make([][]entry, d)}
	for i := range d {
		for j := range d {
			want := 0.0
			if i == j {
				want = 1
			}
			if !(math.Abs(gram.At(i, j)-want) <= 1e-9) {
				return nil, fmt.Errorf("sample: the columns %d and %d of a rotation are not orthonormal", i, j)
			}
			if v := q.At(i, j); v != 0 {
				r.to[j] = append(r.to[j], entry{i, v})
				r.from[i] = append(r.from[i], entry{j, v})
			}
		}
	}
	return r, nil
}

// ColorRotation is the rotation for pictures of so many pixels in red, green and blue,
// pixel by pixel: the first coordinates of u are the grays (r + g + b)/√3 of all
// pixels, and two for the color of each follow.
func ColorRotation(pixels int) *Rotation {
	if pixels <= 0 {
		panic("sample: non-positive number of pixels")
	}
	a, b, c := 1/math.Sqrt(3), 1/math.Sqrt(6), 1/math.Sqrt2
	basis := [3][3]float64{{a, -2 * b, 0}, {a, b, c}, {a, b, -c}} // rows r, g, b
	r := &Rotation{to: make([][]entry, 3*pixels), from: make([][]entry, 3*pixels)}
	for p := range pixels {
		columns := [3]int{p, pixels + 2*p, pixels + 2*p + 1}
		for k, row := range basis {
			for l, q := range row {
				if q != 0 {
					r.to[columns[l]] = append(r.to[columns[l]], entry{3*p + k, q})
					r.from[3*p+k] = append(r.from[3*p+k], entry{columns[l], q})
				}
			}
		}
	}
	return r
}

// To stores u = Qᵀ x of the rows of x in dst, another matrix.
func (r *Rotation) To(dst, x *mat.Dense) { rotate(dst, x, r.to) }

// From stores x = Q u of the rows of u in dst, another matrix.
func (r *Rotation) From(dst, u *mat.Dense) { rotate(dst, u, r.from) }

func rotate(dst, x *mat.Dense, q [][]entry) {
	n, d := x.Dims()
	if rows, cols := dst.Dims(); d != len(q) || rows != n || cols != d {
		panic("sample: size mismatch")
	}
	for i := range n {
		to, from := dst.RawRowView(i), x.RawRowView(i)
		for j, list := range q {
			s := 0.0
			for _, e := range list {
				s += e.q * from[e.j]
			}
			to[j] = s
		}
	}
}

// Denoiser returns d, a model of x, as one of u. It is differentiable and an
// sde.PerRow if d is.
func (r *Rotation) Denoiser(d sde.Denoiser) (sde.Denoiser, error) {
	if d.Dim() != len(r.to) {
		return nil, errors.New("sample: a rotation of another dimension than the model")
	}
	return r.wrap(d), nil
}

func (r *Rotation) wrap(d sde.Denoiser) sde.Denoiser {
	w := rotated{d, r}
	f, diff := d.(sde.Differentiable)
	p, rows := d.(sde.PerRow)
	switch {
	case diff && rows:
		return &struct {
			rotatedDiff
			rotatedRows
		}{rotatedDiff{w, f}, rotatedRows{r, p}}
	case diff:
		return &rotatedDiff{w, f}
	case rows:
		return &struct {
			rotated
			rotatedRows
		}{w, rotatedRows{r, p}}
	}
	return &w
}

// rotated is no sde.Wrapper: what it wraps has other coordinates.
type rotated struct {
	d sde.Denoiser
	r *Rotation
}

type rotatedDiff struct {
	rotated
	f sde.Differentiable
}

type rotatedRows struct {
	r *Rotation
	p sde.PerRow
}

// Rows implements sde.PerRow.
func (w rotatedRows) Rows(idx []int) sde.Denoiser { return w.r.wrap(w.p.Rows(idx)) }

// Linearize implements sde.Differentiable: the pullback is Qᵀ Jᵀ Q.
func (w *rotatedDiff) Linearize(mean, u *mat.Dense, t []float64) (sde.Pullback, error) {
	x, low := mat.DenseCopyOf(u), mat.DenseCopyOf(u)
	w.r.From(x, u)
	pull, err := w.f.Linearize(low, x, t)
	if err != nil {
		return nil, err
	}
	w.r.To(mean, low)
	in, out := low, mat.DenseCopyOf(u)
	return func(dst, v *mat.Dense) error {
		w.r.From(in, v)
		if err := pull(out, in); err != nil {
			return err
		}
		w.r.To(dst, out)
		return nil
	}, nil
}

func (w *rotated) Schedule() sde.Schedule { return w.d.Schedule() }
func (w *rotated) Dim() int               { return w.d.Dim() }
func (w *rotated) Caveats() []string      { return sde.Caveats(w.d) }
func (w *rotated) Err() error             { return sde.Err(w.d) }

func (w *rotated) Denoise(dst, u *mat.Dense, t []float64) error {
	s := w.r.spare.take()
	defer w.r.spare.put(s)
	n, d := u.Dims()
	x, mean := s.of(0, n, d), s.of(1, n, d)
	w.r.From(x, u)
	if err := w.d.Denoise(mean, x, t); err != nil {
		return err
	}
	w.r.To(dst, mean)
	return nil
}

// Moments returns mean and variance of the coordinates of u, for independent
// coordinates of x unless their covariance is known.
func (w *rotated) Moments() (mean, variance []float64) {
	m, v, cov := dataMoments(w.d)
	mean, variance = make([]float64, len(m)), make([]float64, len(m))
	for j, list := range w.r.to {
		for _, a := range list {
			mean[j] += a.q * m[a.j]
			if cov == nil {
				variance[j] += a.q * a.q * v[a.j]
				continue
			}
			for _, b := range list {
				variance[j] += a.q * b.q * cov.At(a.j, b.j)
			}
		}
	}
	return mean, variance
}
