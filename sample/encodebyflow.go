package sample

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// EncodeByFlow returns the latents of the rows of x: where the probability flow takes
// them at Start, less the mean and divided by the standard deviations of
// TerminalOf(d, Start), so that the latents of data are standard normal on any
// schedule. The map is a bijection, set by the law of the data alone: models
// that fit the same data encode alike (Song et al. 2021, section 4.3,
// arXiv:2011.13456).
func EncodeByFlow(ctx context.Context, d sde.Denoiser, x *mat.Dense, o *FlowOptions) (*mat.Dense, error) {
	return transport(ctx, d, x, o, true)
}

// DecodeByFlow is the inverse of EncodeByFlow, to the tolerance of the solver. Scaling
// latents by a temperature below 1 before gives more typical rows.
func DecodeByFlow(ctx context.Context, d sde.Denoiser, z *mat.Dense, o *FlowOptions) (*mat.Dense, error) {
	return transport(ctx, d, z, o, false)
}

// transport encodes or decodes in. When it errs, the rows not done are 0.
func transport(ctx context.Context, d sde.Denoiser, in *mat.Dense, o *FlowOptions, encode bool) (*mat.Dense, error) {
	f, err := valueOf(o).resolve(d, in, 0)
	if err != nil {
		return nil, err
	}
	n, w := in.Dims()
	out, end := mat.NewDense(n, w, nil), TerminalOf(d, f.Start)
	rows, _, _, err := f.do(ctx, n, func(m *meter, b block) error {
		u := mat.DenseCopyOf(in.Slice(b.first, b.first+b.rows, 0, w))
		fd := newFlow(f.bound(m, b), b.rows)
		var err error
		if encode {
			scale(u, f.ce.p)
			err = f.solve(fd, u, f.end, f.start, m, b, "encoding")
			standardize(u, end, f.cs.r)
		} else {
			unstandardize(u, end, f.cs.r)
			err = f.solve(fd, u, f.start, f.end, m, b, "decoding")
			scale(u, 1/f.ce.p)
		}
		out.Slice(b.first, b.first+b.rows, 0, w).(*mat.Dense).Copy(u)
		return err
	})
	for i := rows; i < n; i++ {
		clear(out.RawRowView(i))
	}
	return out, err
}

// standardize turns scaled states into latents, unstandardize back.
func standardize(u *mat.Dense, p sde.DiagonalNormal, r float64) {
	n, _ := u.Dims()
	for i := range n {
		row := u.RawRowView(i)
		for j, v := range row {
			row[j] = (r*v - p.Mean[j]) / p.SD[j]
		}
	}
}

func unstandardize(u *mat.Dense, p sde.DiagonalNormal, r float64) {
	n, _ := u.Dims()
	for i := range n {
		row := u.RawRowView(i)
		for j, v := range row {
			row[j] = (p.Mean[j] + p.SD[j]*v) / r
		}
	}
}

// Curve is a way between two latents.
type Curve int

const (
	// LinearCurve is the straight line, whose middle is nearer to the origin than
	// typical latents are: its rows are more typical than its ends.
	LinearCurve Curve = iota
	// SphericalCurve turns the direction at a constant rate and moves the length
	// linearly, so that latents of typical length stay so (Shoemake 1985 for
	// equal lengths).
	SphericalCurve
)

// Interpolate returns n ≥ 2 rows from a to b, at equal steps along a curve
// between their latents. The first and the last are a and b again, to the
// tolerance of the solver. A denoiser with a condition per row has no meaning
// here and is an error.
func Interpolate(ctx context.Context, d sde.Denoiser, a, b []float64, n int, c Curve, o *FlowOptions) (*mat.Dense, error) {
	if len(a) != d.Dim() || len(b) != d.Dim() {
		panic("sample: size mismatch")
	}
	if n < 2 {
		return nil, fmt.Errorf("sample: %d points of interpolation, want at least 2", n)
	}
	if _, ok := d.(sde.PerRow); ok {
		return nil, errors.New("sample: interpolation with a condition per row: bind one condition for all rows")
	}
	ends := mat.NewDense(2, d.Dim(), nil)
	ends.SetRow(0, a)
	ends.SetRow(1, b)
	z, err := EncodeByFlow(ctx, d, ends, o)
	if err != nil {
		return nil, err
	}
	way := mat.NewDense(n, d.Dim(), nil)
	for i := range n {
		c.At(way.RawRowView(i), z.RawRowView(0), z.RawRowView(1), float64(i)/float64(n-1))
	}
	return DecodeByFlow(ctx, d, way, o)
}

// At stores the point at w in [0, 1] of the curve from a to b in dst. SphericalCurve
// is LinearCurve where a and b are parallel, opposite or 0. It panics on unequal
// lengths.
func (c Curve) At(dst, a, b []float64, w float64) {
	if len(dst) != len(a) || len(a) != len(b) {
		panic("sample: size mismatch")
	}
	p, q := 1-w, w
	if c == SphericalCurve {
		var aa, bb, ab float64
		for j, v := range a {
			aa, bb, ab = aa+v*v, bb+b[j]*b[j], ab+v*b[j]
		}
		na, nb := math.Sqrt(aa), math.Sqrt(bb)
		if angle := math.Acos(math.Max(-1, math.Min(1, ab/(na*nb)))); math.Sin(angle) > 1e-7 {
			length := (1-w)*na + w*nb
			p = math.Sin((1-w)*angle) / math.Sin(angle) * length / na
			q = math.Sin(w*angle) / math.Sin(angle) * length / nb
		}
	}
	for j := range dst {
		dst[j] = p*a[j] + q*b[j]
	}
}
