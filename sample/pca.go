package sample

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// PCA is the subspace of the principal components of data: z = Vᵀ(x - Mean), V with
// orthonormal columns, and dec(z) = Mean + V z. It is a LatentDecoder and an LatentEncoder, of
// which Decode undoes Encode for rows in the subspace. Fields are to be read only.
//
// V is orthonormal, so that isotropic noise stays isotropic in the subspace, and a
// model of z is a model of x there: Denoiser returns it.
type PCA struct {
	Mean      []float64
	V         *mat.Dense // data×latent
	Variance  []float64  // of the latent coordinates in the rows, falling
	Explained float64    // fraction of the total variance of the rows that they have

	spare matrices
}

// NewPCA fits k components to the rows of x, from its singular values. It errs
// unless 0 < k ≤ min(rows-1, columns), on numbers that are not finite and on rows
// that do not vary. Signs are such that the largest entry of a component is positive.
func NewPCA(x *mat.Dense, k int) (*PCA, error) {
	n, d := x.Dims()
	if k <= 0 || k > d || k > n-1 {
		return nil, fmt.Errorf("sample: PCA with %d components of %d rows and %d columns: take 1 to %d", k, n, d, min(n-1, d))
	}
	if i := numeric.NonFinite(x); i >= 0 {
		return nil, fmt.Errorf("sample: PCA: row %d is infinite or NaN", i)
	}
	p := &PCA{Mean: make([]float64, d), V: mat.NewDense(d, k, nil), Variance: make([]float64, k)}
	for i := range n {
		numeric.Axpy(p.Mean, 1/float64(n), x.RawRowView(i))
	}
	centered := mat.DenseCopyOf(x)
	for i := range n {
		numeric.Axpy(centered.RawRowView(i), -1, p.Mean)
	}
	var svd mat.SVD
	if !svd.Factorize(centered, mat.SVDThinV) {
		return nil, errors.New("sample: PCA: the singular values were not found")
	}
	var v mat.Dense
	svd.VTo(&v)
	total := 0.0
	for j, s := range svd.Values(nil) {
		variance := s * s / float64(n-1)
		total += variance
		if j < k {
			p.Variance[j] = variance
			p.Explained += variance
		}
	}
	if total == 0 {
		return nil, errors.New("sample: PCA of rows that do not vary")
	}
	p.Explained /= total
	for j := range k {
		top := 0.0
		for i := range d {
			if w := v.At(i, j); w*w > top*top {
				top = w
			}
		}
		for i := range d {
			if p.V.Set(i, j, v.At(i, j)); top < 0 {
				p.V.Set(i, j, -v.At(i, j))
			}
		}
	}
	return p, nil
}

func (p *PCA) Dims() (latent, data int)       { data, latent = p.V.Dims(); return latent, data }
func (p *PCA) Encode(dst, x *mat.Dense) error { p.enter(dst, x, nil, nil); return nil }
func (p *PCA) Decode(dst, z *mat.Dense) error { p.leave(dst, z); return nil }

// Pull stores Vᵀ v_i in row i of dst.
func (p *PCA) Pull(dst, _, v *mat.Dense) error { p.down(dst, v); return nil }

func (p *PCA) dim() int { return len(p.Mean) }

// enter takes α for 1 without a schedule.
func (p *PCA) enter(z, x *mat.Dense, s sde.Schedule, t []float64) {
	alpha := 1.0
	for i := range x.RawMatrix().Rows {
		if s != nil && (i == 0 || len(t) > 1) {
			alpha = s.Coeff(t[i]).Alpha
		}
		p.encode(z.RawRowView(i), x.RawRowView(i), alpha)
	}
}

func (p *PCA) leave(x, z *mat.Dense) {
	for i := range z.RawMatrix().Rows {
		row, zi := x.RawRowView(i), z.RawRowView(i)
		for j, m := range p.Mean {
			row[j] = m + numeric.Dot(p.V.RawRowView(j), zi)
		}
	}
}

func (p *PCA) down(z, x *mat.Dense) {
	for i := range x.RawMatrix().Rows {
		p.encode(z.RawRowView(i), x.RawRowView(i), 0)
	}
}

// encode stores Vᵀ(x - α Mean) in z.
func (p *PCA) encode(z, x []float64, alpha float64) {
	clear(z)
	for j, m := range p.Mean {
		numeric.Axpy(z, x[j]-alpha*m, p.V.RawRowView(j))
	}
}

func (p *PCA) up(x, z *mat.Dense) { x.Mul(z, p.V.T()) }

func (p *PCA) row(j int) (list []entry, mean float64) {
	for k, v := range p.V.RawRowView(j) {
		list = append(list, entry{k, v})
	}
	return list, p.Mean[j]
}

// Denoiser returns d, a model of z, as one of x,
//
//	D(x, t) = Mean + V d(Vᵀ(x - α Mean), t),
//
// for data that lie in the subspace: exact if d is. It is differentiable and an
// sde.PerRow if d is. Of other data it models the projection on the subspace.
func (p *PCA) Denoiser(d sde.Denoiser) (sde.Denoiser, error) {
	if k, _ := p.Dims(); d.Dim() != k {
		return nil, fmt.Errorf("sample: a model of %d coordinates for %d components", d.Dim(), k)
	}
	return move(d, p, &p.spare), nil
}
