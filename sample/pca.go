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

// Dims implements LatentDecoder.
func (p *PCA) Dims() (latent, data int) { data, latent = p.V.Dims(); return latent, data }

// EncodeByFlow implements LatentEncoder.
func (p *PCA) Encode(dst, x *mat.Dense) error { p.encode(dst, x, 1); return nil }

// encode stores Vᵀ(x - α Mean) in dst.
func (p *PCA) encode(dst, x *mat.Dense, alpha float64) {
	n, _ := x.Dims()
	for i := range n {
		z, row := dst.RawRowView(i), x.RawRowView(i)
		clear(z)
		for j, m := range p.Mean {
			numeric.Axpy(z, row[j]-alpha*m, p.V.RawRowView(j))
		}
	}
}

// DecodeByFlow implements LatentDecoder.
func (p *PCA) Decode(dst, z *mat.Dense) error {
	n, _ := z.Dims()
	for i := range n {
		row, zi := dst.RawRowView(i), z.RawRowView(i)
		for j, m := range p.Mean {
			row[j] = m + numeric.Dot(p.V.RawRowView(j), zi)
		}
	}
	return nil
}

// Pull stores Vᵀ v_i in row i of dst.
func (p *PCA) Pull(dst, _, v *mat.Dense) error { p.encode(dst, v, 0); return nil }

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
	return p.wrap(d), nil
}

func (p *PCA) wrap(d sde.Denoiser) sde.Denoiser {
	w := lifted{d, p}
	f, diff := d.(sde.Differentiable)
	r, rows := d.(sde.PerRow)
	switch {
	case diff && rows:
		return &struct {
			liftedDiff
			liftedRows
		}{liftedDiff{w, f}, liftedRows{p, r}}
	case diff:
		return &liftedDiff{w, f}
	case rows:
		return &struct {
			lifted
			liftedRows
		}{w, liftedRows{p, r}}
	}
	return &w
}

// lifted has no Unwrap, because the denoiser in it has other coordinates.
type lifted struct {
	d sde.Denoiser
	p *PCA
}

type liftedDiff struct {
	lifted
	f sde.Differentiable
}

type liftedRows struct {
	pca *PCA
	r   sde.PerRow
}

// Rows implements sde.PerRow.
func (w liftedRows) Rows(idx []int) sde.Denoiser { return w.pca.wrap(w.r.Rows(idx)) }

func (w *lifted) Schedule() sde.Schedule { return w.d.Schedule() }
func (w *lifted) Dim() int               { return len(w.p.Mean) }
func (w *lifted) Caveats() []string      { return sde.Caveats(w.d) }
func (w *lifted) Err() error             { return sde.Err(w.d) }

// latent stores Vᵀ(x - α Mean) of the rows in z.
func (w *lifted) latent(z, x *mat.Dense, t []float64) {
	if len(t) == 1 {
		w.p.encode(z, x, w.Schedule().Coeff(t[0]).Alpha)
		return
	}
	n, c := x.Dims()
	for i := range n {
		w.p.encode(z.Slice(i, i+1, 0, w.d.Dim()).(*mat.Dense), x.Slice(i, i+1, 0, c).(*mat.Dense), w.Schedule().Coeff(t[i]).Alpha)
	}
}

func (w *lifted) Denoise(dst, x *mat.Dense, t []float64) error {
	s := w.p.spare.take()
	defer w.p.spare.put(s)
	n, _ := x.Dims()
	z, mean := s.of(0, n, w.d.Dim()), s.of(1, n, w.d.Dim())
	w.latent(z, x, t)
	if err := w.d.Denoise(mean, z, t); err != nil {
		return err
	}
	return w.p.Decode(dst, mean)
}

// Linearize implements sde.Differentiable: Jᵀ v = V J_dᵀ Vᵀ v.
func (w *liftedDiff) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	n, _ := x.Dims()
	z := mat.NewDense(n, w.d.Dim(), nil)
	w.latent(z, x, t)
	low := mat.DenseCopyOf(z)
	pull, err := w.f.Linearize(low, z, t)
	if err != nil {
		return nil, err
	}
	in, out := mat.DenseCopyOf(z), mat.DenseCopyOf(z)
	back := func(dst, v *mat.Dense) error {
		w.p.encode(in, v, 0)
		if err := pull(out, in); err != nil {
			return err
		}
		dst.Mul(out, w.p.V.T())
		return nil
	}
	return back, w.p.Decode(mean, low)
}

// Moments returns mean and variance of the coordinates of x.
func (w *lifted) Moments() (mean, variance []float64) {
	m, v, cov := dataMoments(w.d)
	mean, variance = append([]float64(nil), w.p.Mean...), make([]float64, len(w.p.Mean))
	for j := range mean {
		row := w.p.V.RawRowView(j)
		mean[j] += numeric.Dot(row, m)
		for k, a := range row {
			if cov == nil {
				variance[j] += a * a * v[k]
				continue
			}
			for l, b := range row {
				variance[j] += a * b * cov.At(k, l)
			}
		}
	}
	return mean, variance
}
