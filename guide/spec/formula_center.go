package spec

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// checkCenter errs unless values and derivatives are finite at the center of the data:
// the middle of each number, and the shares of the levels.
func (f *Formula) checkCenter() error {
	x := mat.NewDense(1, f.codec.Dim(), nil)
	for _, b := range f.codec.Blocks() {
		copy(x.RawRowView(0)[b.Start:], b.Freq)
	}
	d, m := f.Dims()
	y, v, g := mat.NewDense(1, m, nil), mat.NewDense(1, m, nil), mat.NewDense(1, d, nil)
	if err := f.Apply(y, x); err != nil {
		return err
	}
	for k := range m {
		bad, what := y.At(0, k), "is"
		if finite(bad) {
			v.Zero()
			v.Set(0, k, 1)
			if err := f.Pull(g, x, v); err != nil {
				return err
			}
			if j := slices.IndexFunc(g.RawRowView(0), func(v float64) bool { return !finite(v) }); j >= 0 {
				bad, what = g.At(0, j), "has the derivative"
			}
		}
		if !finite(bad) {
			return fmt.Errorf("formula %q %s %v at the center of the data (%s), where guided rows start: keep it finite there, as by max(…, 0.1) around what is divided by",
				clipped(f.formulas[k].String()), what, bad, f.centerText(x))
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// centerText lists some of the inputs at x.
func (f *Formula) centerText(x *mat.Dense) string {
	s := f.units(x)
	defer f.scratch.Put(s)
	var list []string
	for j, name := range f.columns {
		list = append(list, fmt.Sprintf("%s = %.4g", name, s.value.At(0, j)))
	}
	for j, in := range f.formulas[0].Indicators() {
		list = append(list, fmt.Sprintf("%s = %s: %.3g", in.Column, in.Level, s.value.At(0, len(f.columns)+j)))
	}
	if len(list) > 6 {
		list = append(list[:6], "…")
	}
	return strings.Join(list, ", ")
}

// clipped is a text of which an error quotes the beginning.
func clipped(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
