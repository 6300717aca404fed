package spec

import (
	"errors"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// commandPiGDM is the guide.PiGDM of a command and its pseudo-inverse A⁺,
//
//	g = Jᵀ (A⁺(y) - A⁺(A(D)))/(r² + s² σ_y²).
//
// PiGDM has s = 1, for an A with orthonormal rows. The numbers of a program have units of
// their own, and s is what a unit of them is in encoded rows: the root mean square, over
// the numbers k, of |A⁺(y + σ_y e_k) - A⁺(y)|/σ_y, at the y of the guide file.
type commandPiGDM struct {
	guide.PiGDM
	scale *inverseScale
}

var _ guide.RowsTerm = commandPiGDM{}

// AddScore is that of PiGDM for s A and s y, which leaves A⁺(y) as it is.
func (p commandPiGDM) AddScore(dst *mat.Dense, at guide.State) error {
	s, err := p.scale.value()
	if err != nil {
		return err
	}
	g := p.PiGDM
	y := mat.DenseCopyOf(g.Y)
	y.Scale(s, y)
	g.A, g.Y, g.Error = scaledCommand{p.scale.of, s}, y, sde.NormalError{SD: s * g.Error.(sde.NormalError).SD}
	return g.AddScore(dst, at)
}

// Exactness implements guide.ExactnessReporter.
func (p commandPiGDM) Exactness(sde.Differentiable) (guide.Exactness, string) {
	return guide.Heuristic, "a command by its pseudo-inverse, taken for linear with orthonormal rows, on data of one variance; compare with method fk"
}

// Rows implements guide.RowsTerm.
func (p commandPiGDM) Rows(idx []int) guide.Term {
	p.PiGDM.Observation = p.PiGDM.Observation.Rows(idx)
	return p
}

// inverseScale computes s when it is first asked for.
type inverseScale struct {
	of   invertible
	y    []float64
	sd   float64
	once sync.Once
	s    float64
	err  error
}

func (v *inverseScale) value() (float64, error) {
	v.once.Do(func() {
		m, d := len(v.y), v.of.rows.codec.Dim()
		y, x := mat.NewDense(m+1, m, nil), mat.NewDense(m+1, d, nil)
		for k := range m + 1 {
			y.SetRow(k, v.y)
			if k < m {
				y.Set(k, k, v.y[k]+v.sd)
			}
		}
		if v.err = v.of.PseudoInverse(x, y); v.err != nil {
			return
		}
		sum := 0.0
		for k := range m {
			for j := range d {
				e := (x.At(k, j) - x.At(m, j)) / v.sd
				sum += e * e / float64(m)
			}
		}
		if v.s = math.Sqrt(sum); !(v.s > 0) || math.IsInf(v.s, 0) {
			v.err = errors.New("the inverse command gives the same row whatever is observed: it must depend on the numbers")
		}
	})
	return v.s, v.err
}

// scaledCommand is s A, with the pseudo-inverse A⁺(y/s).
type scaledCommand struct {
	invertible
	s float64
}

func (o scaledCommand) Apply(dst, x *mat.Dense) error {
	if err := o.invertible.Apply(dst, x); err != nil {
		return err
	}
	dst.Scale(o.s, dst)
	return nil
}

// PseudoInverse implements sde.PseudoInverter.
func (o scaledCommand) PseudoInverse(dst, y *mat.Dense) error {
	u := mat.DenseCopyOf(y)
	u.Scale(1/o.s, u)
	return o.invertible.PseudoInverse(dst, u)
}
