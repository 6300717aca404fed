package main

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/internal/suggest"
)

// relate adds a relation of several columns, each of which must have a number.
func (w *where) relate(r relation) error {
	for _, k := range r.columns {
		if f := &w.meta.Columns[k]; f.Missing > 0 {
			set := anyCell(f)
			set.missing = false
			if err := w.restrict(k, set, r.text); err != nil {
				return err
			}
		}
	}
	if r.op == "=" && r.grid(w.meta) == 0 {
		return fmt.Errorf("numbers that are not rounded are equal with probability 0: give a range, or observe the sum in a --guide file")
	}
	if !w.open {
		least, most := -r.bound, -r.bound
		for _, k := range r.columns {
			f, c := &w.meta.Columns[k], r.weights[k]
			least += min(c*f.Range.Min, c*f.Range.Max)
			most += max(c*f.Range.Min, c*f.Range.Max)
		}
		slack := roundoff * (math.Abs(least) + math.Abs(most) + math.Abs(r.bound))
		allowed := numbersThat(r.op, 0)
		if !slices.ContainsFunc(allowed, func(s segment) bool { return !s.and(segment{lo: least - slack, hi: most + slack}).empty() }) {
			return fmt.Errorf("the values of %s in the table never do that", r.names(w.meta))
		}
	}
	w.relations = append(w.relations, r)
	return nil
}

func (r relation) names(m *datasets.Metadata) string {
	var names []string
	for _, k := range r.columns {
		names = append(names, m.Columns[k].Name)
	}
	return suggest.List(names, 4)
}

// grid is about the distance of neighbouring values of the sum: that of the
// column of the largest steps; 0 when one of them is not rounded.
func (r relation) grid(m *datasets.Metadata) float64 {
	g := 0.0
	for _, k := range r.columns {
		step := cellStep(&m.Columns[k]) * math.Abs(r.weights[k])
		if step == 0 {
			return 0
		}
		g = max(g, step)
	}
	return g
}

// term guides towards the relation; nil for one that nearly all rows satisfy. The
// bound is midway between the sums on either side of it.
func (r relation) term(w *where) guide.Term {
	half := r.grid(w.meta) / 2
	b := guide.Bounds{A: r.operator(w), Lo: math.Inf(-1), Hi: math.Inf(1)}
	switch r.op {
	case "<":
		b.Hi = r.bound - half
	case "<=":
		b.Hi = r.bound + half
	case ">":
		b.Lo = r.bound + half
	case ">=":
		b.Lo = r.bound - half
	case "=":
		b.Lo, b.Hi = r.bound-half, r.bound+half
	default:
		return nil
	}
	return b
}

// relationOperator is Σ w E[v] of encoded rows, in units of the table: the mean of
// a column with atoms is over them and the number. Missing cells count as 0, and
// are an event of their own.
type relationOperator struct {
	codec *datasets.Codec
	parts []relationPart
}

type relationPart struct {
	weight          float64
	number, present int // positions; present is -1 for a column without levels
	atoms           []float64
}

func (r relation) operator(w *where) relationOperator {
	o := relationOperator{codec: w.codec}
	for _, k := range r.columns {
		f := &w.meta.Columns[k]
		p := relationPart{weight: r.weights[k], present: -1}
		var block []int
		if block, p.number = w.positions(f.Name); len(block) > 0 {
			p.present = block[0]
			for _, a := range f.Atoms {
				p.atoms = append(p.atoms, a.Value)
			}
		}
		o.parts = append(o.parts, p)
	}
	return o
}

var (
	_ guide.Operator = relationOperator{}
	_ guide.Puller   = relationOperator{}
)

// Dims implements guide.Operator.
func (o relationOperator) Dims() (d, m int) { return o.codec.Dim(), 1 }

// Apply implements guide.Operator.
func (o relationOperator) Apply(dst, x *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		row, sum := x.RawRowView(i), 0.0
		for _, p := range o.parts {
			v, _ := o.codec.ToValue(p.number, row[p.number])
			if p.present >= 0 {
				v *= row[p.present]
				for k, a := range p.atoms {
					v += row[p.present+1+k] * a
				}
			}
			sum += p.weight * v
		}
		dst.Set(i, 0, sum)
	}
	return nil
}

// Pull implements guide.Puller.
func (o relationOperator) Pull(dst, x, v *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		row, to := x.RawRowView(i), dst.RawRowView(i)
		clear(to)
		for _, p := range o.parts {
			c := p.weight * v.At(i, 0)
			number, slope := o.codec.ToValue(p.number, row[p.number])
			if p.present < 0 {
				to[p.number] = c * slope
				continue
			}
			to[p.number], to[p.present] = c*slope*row[p.present], c*number
			for k, a := range p.atoms {
				to[p.present+1+k] = c * a
			}
		}
	}
	return nil
}
