package datasets

import (
	"math"
	"slices"
)

// fewWhole is the number of values of a column of whole numbers that FewValues lists, and
// wholeRange the width of the range that it looks for them in.
const (
	fewWhole   = 50
	wholeRange = 1000
)

// FewValues returns the values of a column of whole numbers, or of one each of whose values is a level, in order, if there are at most
// 50, and nil otherwise. They are those to which the map of the column gives half a row or
// more; of a column without quantiles, all of its range.
func (e *Codec) FewValues(column string) []float64 {
	p, err := e.column(column)
	if err != nil {
		return nil
	}
	if list := p.field.LevelValues(); list != nil && len(list) <= fewWhole && p.field.Type != TypeDateTime {
		slices.Sort(list)
		return list
	}
	if p.field.Type != TypeInteger {
		return nil
	}
	r, rows := p.field.Range, float64(e.meta.Rows-p.field.Missing)
	if !(r.Max-r.Min <= wholeRange) {
		return nil
	}
	below := func(v float64) float64 { return math.Erfc(-p.field.Map.forward(v, 0, 0.5, p.open)/math.Sqrt2) / 2 }
	for _, a := range p.field.Atoms {
		rows -= a.Share * float64(e.meta.Rows)
	}
	var list []float64
	for v := math.Ceil(r.Min); v <= r.Max; v++ {
		taken := p.field.atom(v) >= 0 || len(p.field.Map.X) == 0 && (p.field.Map.Std > 0 || v == p.field.Map.Mean)
		if taken || rows*(below(v+0.5)-below(v-0.5)) >= 0.5 {
			list = append(list, v)
		}
	}
	if len(list) > fewWhole {
		return nil
	}
	return list
}
