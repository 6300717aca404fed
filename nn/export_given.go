package nn

import "tweedie/checkpoints/onnx"

// addLabels adds the features of labels, L×conditions: see encodeConditions.
func (e *Exporter) addLabels(labels onnx.Edge) {
	g := e.g
	var f []onnx.Edge
	for k, c := range e.Conds {
		v := g.Columns(labels, k)
		null := g.Op("IsNaN", v)
		if c.Levels == 0 {
			if c.Std != 0 {
				v = g.Op("Div", g.Op("Sub", v, g.Scalar(c.Mean)), g.Scalar(c.Std))
			}
			f = append(f, g.Op("Where", null, g.Scalar(0), v))
		} else {
			levels := make([]float64, c.Levels)
			for i := range levels {
				levels[i] = float64(i)
			}
			f = append(f, g.Number(g.Op("Equal", v, g.Row(levels...))))
		}
		f = append(f, g.Number(null))
	}
	e.cond = g.Concat(f...)
}

// addGiven adds what follows from the values that are given, G×Dim.
func (e *Exporter) addGiven(given onnx.Edge) {
	g, d := e.g, e.Net.Dim
	unknown := g.Op("IsNaN", given)
	values := g.Op("Where", unknown, g.Scalar(0), given)
	// A part is given when none of its positions is unknown.
	count, back := make([]float64, d*len(e.parts)), make([]float64, d*len(e.parts))
	for b, p := range e.parts {
		for j := p.start; j < p.end; j++ {
			count[j*len(e.parts)+b], back[b*d+j] = 1, 1
		}
	}
	missing := g.Op("MatMul", g.Number(unknown), g.Const(g.Type, []int{d, len(e.parts)}, count...))
	e.whole = g.Number(g.Op("Equal", missing, g.Scalar(0)))
	e.given = &exportedGiven{
		unknown:  unknown,
		excluded: g.Op("Equal", given, g.Scalar(0)),
		values:   values,
		parts:    g.Truth(g.Op("MatMul", e.whole, g.Const(g.Type, []int{len(e.parts), d}, back...))),
		clean:    g.Op("Mul", g.Op("Sub", values, g.Row(e.mean...)), g.Row(e.clean...)),
	}
}

// Known puts the values that are given into rows, N×Dim, as a run ends.
func (e *Exporter) Known(rows onnx.Edge) onnx.Edge {
	if e.given == nil {
		return rows
	}
	return e.g.Op("Where", e.given.unknown, rows, e.given.values)
}
