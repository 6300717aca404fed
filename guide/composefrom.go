package guide

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// posteriors are those of single observations.
type posteriors interface {
	// of returns the denoiser of a batch: row i has observation obs[i] and is row rows[i].
	of(obs, rows []int) sde.Denoiser
	restrict(idx []int) posteriors
	check(prior *sde.Gaussian, derivative bool) error
	err() error
	caveats() []string
	gaussian() bool
	have(cov []mat.Symmetric) bool // whether these are the covariances
}

// batched is one model with a row for each observation.
type batched struct{ sde.PerRow }

func (b batched) of(obs, _ []int) sde.Denoiser { return b.Rows(obs) }
func (b batched) restrict([]int) posteriors    { return b }
func (b batched) err() error                   { return sde.Err(b.PerRow) }
func (b batched) caveats() []string            { return sde.Caveats(b.PerRow) }
func (b batched) gaussian() bool               { return false }
func (b batched) have([]mat.Symmetric) bool    { return false }

func (b batched) check(prior *sde.Gaussian, derivative bool) error {
	return checkPosterior(0, b.PerRow, prior, derivative)
}

func checkPosterior(k int, d sde.Denoiser, prior *sde.Gaussian, derivative bool) error {
	if err := checkLaw("the prior", prior, d); err != nil {
		return fmt.Errorf("guide: composition: posterior %d: %w", k, err)
	}
	if _, ok := d.(sde.Differentiable); derivative && !ok {
		return fmt.Errorf("guide: composition: posterior %d, a %T, has no derivative, which jac needs: take gauss, or sde.ByDifferences", k, d)
	}
	return nil
}

// listed is a denoiser for each observation.
type listed []sde.Denoiser

func (l listed) of(obs, rows []int) sde.Denoiser {
	p := &joined{}
	for i := 0; i < len(obs); {
		first := i
		for i < len(obs) && obs[i] == obs[first] {
			i++
		}
		p.parts, p.ends = append(p.parts, sde.Restrict(l[obs[first]], rows[first:i])), append(p.ends, i)
	}
	return p
}

func (l listed) restrict(idx []int) posteriors {
	to := make(listed, len(l))
	for k, d := range l {
		to[k] = sde.Restrict(d, idx)
	}
	return to
}

func (l listed) check(prior *sde.Gaussian, derivative bool) error {
	if len(l) == 0 {
		return fmt.Errorf("guide: composition of no posteriors")
	}
	for k, d := range l {
		if err := checkPosterior(k, d, prior, derivative); err != nil {
			return err
		}
	}
	return nil
}

func (l listed) err() error {
	var err error
	for _, d := range l {
		err = cmp.Or(err, sde.Err(d))
	}
	return err
}

func (l listed) caveats() (list []string) {
	seen := map[string]bool{}
	for _, d := range l {
		for _, s := range sde.Caveats(d) {
			if !seen[s] {
				seen[s] = true
				list = append(list, s)
			}
		}
	}
	return list
}

func (l listed) gaussian() bool {
	for _, d := range l {
		if !gaussian(d) {
			return false
		}
	}
	return true
}

func (l listed) have(cov []mat.Symmetric) bool {
	for k, d := range l {
		p, ok := d.(sde.Law)
		if !ok || len(cov) != len(l) {
			return false
		}
		c := p.Covariance()
		for i := range c.SymmetricDim() {
			for j := range i + 1 {
				if math.Abs(c.At(i, j)-cov[k].At(i, j)) > 1e-9*math.Sqrt(c.At(i, i)*c.At(j, j)) {
					return false
				}
			}
		}
	}
	return true
}

// joined has its parts for consecutive rows, of which part k is the last before ends[k].
type joined struct {
	parts []sde.Denoiser
	ends  []int
}

func (p *joined) Schedule() sde.Schedule { return p.parts[0].Schedule() }
func (p *joined) Dim() int               { return p.parts[0].Dim() }

func (p *joined) each(f func(d sde.Denoiser, lo, hi int) error) error {
	lo := 0
	for k, hi := range p.ends {
		if err := f(p.parts[k], lo, hi); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

func sliceRows(m *mat.Dense, lo, hi int) *mat.Dense {
	return m.Slice(lo, hi, 0, m.RawMatrix().Cols).(*mat.Dense)
}

func sliceTimes(t []float64, lo, hi int) []float64 {
	if len(t) == 1 {
		return t
	}
	return t[lo:hi]
}

func (p *joined) Denoise(dst, x *mat.Dense, t []float64) error {
	return p.each(func(d sde.Denoiser, lo, hi int) error {
		return d.Denoise(sliceRows(dst, lo, hi), sliceRows(x, lo, hi), sliceTimes(t, lo, hi))
	})
}

func (p *joined) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	var pulls []sde.Pullback
	err := p.each(func(d sde.Denoiser, lo, hi int) error {
		pull, err := linearize(d, sliceRows(mean, lo, hi), sliceRows(x, lo, hi), sliceTimes(t, lo, hi))
		pulls = append(pulls, pull)
		return err
	})
	return func(dst, v *mat.Dense) error {
		k := 0
		return p.each(func(_ sde.Denoiser, lo, hi int) error {
			k++
			return pulls[k-1](sliceRows(dst, lo, hi), sliceRows(v, lo, hi))
		})
	}, err
}
