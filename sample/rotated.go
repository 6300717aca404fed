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
// apply, such as colorization, where the grays of a picture are known (Song et al.
// 2021, appendix I.3, arXiv:2011.13456).
type Rotation struct {
	to, from [][]entry // of u in x, and of x in u, without zeros
	spare    matrices
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
	return move(d, r, &r.spare), nil
}

// The coordinates u = Qᵀ x have no offset.

func (r *Rotation) dim() int                                           { return len(r.to) }
func (r *Rotation) enter(x, u *mat.Dense, _ sde.Schedule, _ []float64) { r.From(x, u) }
func (r *Rotation) leave(u, x *mat.Dense)                              { r.To(u, x) }
func (r *Rotation) down(x, u *mat.Dense)                               { r.From(x, u) }
func (r *Rotation) up(u, x *mat.Dense)                                 { r.To(u, x) }
func (r *Rotation) row(j int) ([]entry, float64)                       { return r.to[j], 0 }
