package sample

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// LatentDecoder maps rows z of a latent space to rows x of the data. An autoencoder of
// your own is one, and PCA is. It must be safe for concurrent use, and treat rows
// independently.
type LatentDecoder interface {
	// Dims returns the numbers of latent and of data coordinates.
	Dims() (latent, data int)
	// Decode stores the decoded rows of z, n×latent, in dst, n×data.
	Decode(dst, z *mat.Dense) error
}

// LatentEncoder maps rows of the data to rows of a latent space: what a latent model is
// trained on.
type LatentEncoder interface {
	// Encode stores the encoded rows of x, n×data, in dst, n×latent.
	Encode(dst, x *mat.Dense) error
}

// DecodedOperator is the observation A∘dec of a latent row, A being one of the data: with
// it, every method and guide that takes an operator samples a latent model given
// observations of the data (Rout et al. 2023, arXiv:2307.00619, without the
// heuristics that pull towards encoded rows), and Decode makes data of the rows. It
// is affine if A and the decoder are. SplitGibbs and MCGDiff are then as exact as in
// the data space, for data in the range of the decoder.
//
// It has the method Pull if A has, and the decoder Pull(dst, z, v) for the product of
// its derivative at z, transposed, with v.
type DecodedOperator struct {
	dec   LatentDecoder
	a     sde.Operator
	spare matrices
}

// NewDecodedOperator returns the observation of a latent row by A of the row that it decodes
// to. It errs if they do not fit.
func NewDecodedOperator(dec LatentDecoder, a sde.Operator) (*DecodedOperator, error) {
	if dec == nil || a == nil {
		return nil, errors.New("sample: a DecodedOperator needs a decoder and an operator")
	}
	_, data := dec.Dims()
	if d, _ := a.Dims(); d != data {
		return nil, fmt.Errorf("sample: A takes rows of %d, the decoder gives %d", d, data)
	}
	return &DecodedOperator{dec: dec, a: a}, nil
}

// Dims returns the numbers of latent coordinates and of observed numbers.
func (o *DecodedOperator) Dims() (d, m int) {
	d, _ = o.dec.Dims()
	_, m = o.a.Dims()
	return d, m
}

// Apply stores A(dec(z_i)) in row i of dst.
func (o *DecodedOperator) Apply(dst, z *mat.Dense) error {
	s := o.spare.take()
	defer o.spare.put(s)
	x, err := o.decoded(s, z)
	if err != nil {
		return err
	}
	return o.a.Apply(dst, x)
}

// Pull stores the product of the transposed derivative at z_i with v_i in row i of
// dst.
func (o *DecodedOperator) Pull(dst, z, v *mat.Dense) error {
	a, ok := o.a.(sde.Puller)
	if !ok {
		return errors.New("no derivative of A: the method Pull is missing")
	}
	dec, ok := o.dec.(sde.Puller)
	if !ok {
		return errors.New("no derivative of the decoder: the method Pull is missing")
	}
	s := o.spare.take()
	defer o.spare.put(s)
	x, err := o.decoded(s, z)
	if err != nil {
		return err
	}
	u := s.of(1, x.RawMatrix().Rows, x.RawMatrix().Cols)
	if err := a.Pull(u, x, v); err != nil {
		return err
	}
	return dec.Pull(dst, z, u)
}

func (o *DecodedOperator) decoded(s *scratch, z *mat.Dense) (*mat.Dense, error) {
	n, _ := z.Dims()
	_, d := o.dec.Dims()
	x := s.of(0, n, d)
	return x, o.dec.Decode(x, z)
}
