package spec

import (
	"errors"
	"fmt"
	"math"

	"github.com/goccy/go-yaml"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/internal/formula"
	"tweedie/sde"
)

// Formulas are one formula or a list of them.
type Formulas []string

// UnmarshalYAML reads either form.
func (f *Formulas) UnmarshalYAML(b []byte) error { return oneOrList((*[]string)(f), b) }

func oneOrList[T any](list *[]T, b []byte) error {
	var one T
	if yaml.Unmarshal(b, &one) == nil {
		*list = []T{one}
		return nil
	}
	return yaml.Unmarshal(b, list)
}

// formulas is the observation of a term that has formulas. Where all are weighted sums of
// columns that are affine in encoded rows it is that of the sums, in closed form.
func (t Entry) formulas(c *datasets.Codec) (sde.Observation, error) {
	var none sde.Observation
	if t.Observe != nil || t.Linear != nil {
		return none, errors.New("formula stands alone: give observe and linear in an entry of their own, or as formulas")
	}
	if t.Noise == nil {
		return none, errNoNoise
	}
	f, err := NewFormula(c, t.Formula...)
	if err != nil && len(t.Formula) > len(t.Value) && len(t.Value) > 0 {
		err = fmt.Errorf("%w; in a list, quote a formula that has commas", err)
	}
	if err != nil {
		return none, err
	}
	if len(t.Value) != len(t.Formula) {
		return none, fmt.Errorf("%d values for %d formulas: give a value for each", len(t.Value), len(t.Formula))
	}
	if err := t.Value.check(); err != nil {
		return none, err
	}
	law, err := t.errorLaw(t.Value)
	if err != nil {
		return none, err
	}
	y := mat.NewDense(1, len(t.Value), append([]float64(nil), t.Value...))
	sums, offsets, ok := f.sums()
	if !ok {
		return sde.Observation{A: f, Y: y, Error: law}, nil
	}
	for k, o := range offsets {
		y.Set(0, k, y.At(0, k)-o)
	}
	return Observe(c, sums, y, law), nil
}

// byFormula is the reward of a formula, without its strength.
func (r *RewardEntry) byFormula(c *datasets.Codec) (guide.Reward, error) {
	if r.Weights != nil {
		return guide.Reward{}, errors.New("reward: give weights or a formula, not both")
	}
	f, err := NewFormula(c, r.Formula)
	if err != nil {
		return guide.Reward{}, fmt.Errorf("reward: %w", err)
	}
	if r.Target != nil {
		return guide.Reward{A: toTarget{f, *r.Target}}, nil
	}
	return guide.Reward{A: f}, nil
}

// toTarget is -(v - target)²/2 of the value v of a formula.
type toTarget struct {
	of     *Formula
	target float64
}

func (r toTarget) Dims() (d, m int) { return r.of.Dims() }

func (r toTarget) Apply(dst, x *mat.Dense) error {
	err := r.of.Apply(dst, x)
	dst.Apply(func(_, _ int, v float64) float64 { return -(v - r.target) * (v - r.target) / 2 }, dst)
	return err
}

func (r toTarget) Pull(dst, x, v *mat.Dense) error {
	n, _ := x.Dims()
	w := mat.NewDense(n, 1, nil)
	if err := r.of.Apply(w, x); err != nil {
		return err
	}
	for i := range n {
		w.Set(i, 0, v.At(i, 0)*(r.target-w.At(i, 0)))
	}
	return r.of.Pull(dst, x, w)
}

// byFormula is the guide within an interval of a formula.
func (v *IntervalEntry) byFormula(c *datasets.Codec) (guide.Term, error) {
	f, lo, hi, err := v.formula(c)
	if err != nil {
		return nil, err
	}
	if sums, offsets, ok := f.sums(); ok {
		if w, ok := withinSum(c, sums[0], lo-offsets[0], hi-offsets[0]); ok {
			return w, nil
		}
	}
	return guide.Bounds{A: f, Lo: lo, Hi: hi}, nil
}

func (v *IntervalEntry) formula(c *datasets.Codec) (f *Formula, lo, hi float64, err error) {
	if v.Column != "" || v.Weights != nil {
		return nil, 0, 0, errors.New("within: give a column, weights or a formula, one of them")
	}
	if lo, hi, err = v.ends(false); err != nil {
		return nil, 0, 0, err
	}
	if f, err = NewFormula(c, v.Formula); err != nil {
		err = fmt.Errorf("within: %w", err)
	}
	return f, lo, hi, err
}

// cellFormula evaluates a formula on cells.
type cellFormula struct {
	of      *formula.Formula
	columns []int    // of the numbers
	levels  [][2]int // column and level of the indicators
}

// onCells returns the formula as a function of cells.
func (f *Formula) onCells() *cellFormula {
	meta := f.codec.Metadata()
	index := func(name string) int {
		for j := range meta.Columns {
			if meta.Columns[j].Name == name {
				return j
			}
		}
		return -1
	}
	c := &cellFormula{of: f.formulas[0]}
	for _, name := range f.columns {
		c.columns = append(c.columns, index(name))
	}
	for _, in := range c.of.Indicators() {
		j := index(in.Column)
		level, _ := meta.Columns[j].LevelIndex(in.Level)
		c.levels = append(c.levels, [2]int{j, level})
	}
	return c
}

// value is that of row i, NaN where there is none.
func (c *cellFormula) value(cells *datasets.Cells, i int) float64 {
	in := make([]float64, 0, len(c.columns)+len(c.levels))
	for _, j := range c.columns {
		v := cells.Number(i, j)
		if math.IsNaN(v) {
			return v
		}
		in = append(in, v)
	}
	for _, at := range c.levels {
		v := 0.0
		if cells.Level(i, at[0]) == at[1] {
			v = 1
		}
		in = append(in, v)
	}
	return c.of.Value(in)
}
