package spec

import (
	"fmt"
	"maps"
	"slices"

	"tweedie/datasets"
)

// Caveats says which observations of the file lie beyond what the table had: a value, or a
// weighted sum of columns, that no values within the ranges of the columns give, by more
// than three times the scale of the error. The model knows nothing of such rows.
func (f *File) Caveats(c *datasets.Codec) []string {
	var list []string
	for i, t := range f.Terms {
		if !t.observes() || t.Noise == nil || t.drawn != nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(t.Observe)) {
			list = t.unseen(list, c, i, name, map[string]float64{name: 1}, t.Observe[name])
		}
		for _, l := range t.Linear {
			list = t.unseen(list, c, i, "a sum", l.Weights, l.Value)
		}
	}
	return list
}

// unseen adds a sentence if y is beyond all sums of the weights.
func (t Entry) unseen(list []string, c *datasets.Codec, i int, what string, weights map[string]float64, y float64) []string {
	lo, hi := 0.0, 0.0
	for name, w := range weights {
		f := c.Metadata().Field(name)
		if f == nil || f.Range == nil {
			return list // Build says what is wrong
		}
		a, b := w*f.Range.Min, w*f.Range.Max
		lo, hi = lo+min(a, b), hi+max(a, b)
	}
	if slack, ok := t.Noise.slack(); !ok || y >= lo-slack && y <= hi+slack {
		return list
	}
	return append(list, fmt.Sprintf("guide %d: %s is observed as %g, and the table has %g to %g: the model has seen no such row, and what it draws is a guess", i+1, what, y, lo, hi))
}

// slack is three times the scale of the widest error. ok is false for laws whose numbers are
// not values with an error.
func (n *ErrorLaw) slack() (slack float64, ok bool) {
	if n.Law == "poisson" || n.Law == "bernoulli" {
		return 0, false
	}
	slack, ok = 3*n.Scale, true
	for _, p := range append(n.Parts[:len(n.Parts):len(n.Parts)], n.Each...) {
		s, is := p.slack()
		slack, ok = max(slack, s), ok && is
	}
	return slack, ok
}
