package sample

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Grayscale is the operator that makes of pictures of so many pixels, red, green and
// blue of each, their grays (r + g + b)/√3: an orthonormal projection, so that
// MCGDiff, DDNM and the others take it as a Measured. It has the shape of the
// operators of package guide.
type Grayscale struct{ Pixels int }

// Dims returns 3·Pixels and Pixels.
func (o Grayscale) Dims() (d, m int) { return 3 * o.Pixels, o.Pixels }

// Linear reports that the map is linear.
func (o Grayscale) Linear() bool { return true }

// Apply stores the grays of the rows of x in dst.
func (o Grayscale) Apply(dst, x *mat.Dense) error { return o.Push(dst, nil, x) }

// Push is Apply, for the map is linear.
func (o Grayscale) Push(dst, _, u *mat.Dense) error {
	n, _ := u.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), u.RawRowView(i)
		for p := range to {
			to[p] = (from[3*p] + from[3*p+1] + from[3*p+2]) * grayPart
		}
	}
	return nil
}

// Pull stores the transposed map of the rows of v in dst.
func (o Grayscale) Pull(dst, _, v *mat.Dense) error {
	n, _ := v.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), v.RawRowView(i)
		for j := range to {
			to[j] = from[j/3] * grayPart
		}
	}
	return nil
}

// PseudoInverse is Pull: pictures without color.
func (o Grayscale) PseudoInverse(dst, y *mat.Dense) error { return o.Pull(dst, nil, y) }

const grayPart = 0.5773502691896258 // 1/√3

// Colorize draws pictures from d that have the grays of the rows of grays, n×pixels
// (see Grayscale): row i·draws+j of the result is draw j for row i. It turns d to grays
// and colors (ColorRotation), in which grays are known coordinates, samples with m, a
// method for those (Replacement, RePaint; nil means RePaint of DPMpp2MSDE with Length
// 1 and 10 Repeats), and turns back (Song et al. 2021, appendix I.3,
// arXiv:2011.13456). The caveats are those of m; MCGDiff with Grayscale has the exact law
// as its limit.
//
// d is a model of rows of 3·pixels numbers, pixel by pixel, of which all have the same
// unit: pictures may have been shifted, but must not have been scaled by column, for
// then grays would be no orthonormal combination of what d has. If d holds something
// for each row, that is for the rows of grays. Of the options it refuses From, Init
// and Sink, which are about turned rows; Observe sees these.
func Colorize(ctx context.Context, d sde.Denoiser, grays *mat.Dense, draws int, m Method, o *Options) (*Result, error) {
	n, pixels := grays.Dims()
	if draws <= 0 {
		panic("sample: non-positive number of draws")
	}
	if d.Dim() != 3*pixels {
		return nil, fmt.Errorf("sample: Colorize: %d grays, but the model has %d numbers in place of %d", pixels, d.Dim(), 3*pixels)
	}
	if o != nil && (o.From != nil || o.Init != nil || o.Sink != nil) {
		return nil, errors.New("sample: Colorize does not take From, Init or Sink")
	}
	if m == nil {
		m = RePaint{Inner: DPMpp2MSDE{}, Length: 1, Repeats: 10}
	}
	idx, known := make([]int, n*draws), ValueCondition{Index: span(0, pixels), Values: mat.NewDense(n*draws, pixels, nil)}
	for i := range idx {
		idx[i] = i / draws
	}
	gatherRows(known.Values, grays, idx)
	turn := ColorRotation(pixels)
	turned, err := turn.Denoiser(sde.Restrict(d, idx))
	if err != nil {
		return nil, err
	}
	if turned, err = ConditionOnValues(turned, known); err != nil {
		return nil, err
	}
	res, err := Run(ctx, turned, m, n*draws, o)
	if res != nil && res.X != nil {
		x := mat.DenseCopyOf(res.X)
		turn.From(x, res.X)
		res.X = x
	}
	return res, err
}
