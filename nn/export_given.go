package nn

import "tweedie/checkpoints/onnx"

// addLabels adds the features of labels, L×width: see encodeConditions. Behind them are
// the moments of the rows, if the model takes them: see rowmoments.go.
func (e *exporter) addLabels(labels onnx.Edge, width int) {
	g := e.g
	if e.RowMoments {
		e.addMoments(labels, width)
	}
	if len(e.Conds) == 0 {
		return
	}
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

// addMoments takes the moments of the rows from the last columns of their labels.
func (e *exporter) addMoments(labels onnx.Edge, width int) {
	g, d := e.g, e.Net.Dim
	own := func(first int, otherwise onnx.Edge) onnx.Edge {
		idx := make([]int, d)
		for j := range idx {
			idx[j] = first + j
		}
		v := g.Columns(labels, idx...)
		return g.Op("Where", g.Op("IsNaN", v), otherwise, v)
	}
	e.m, e.v = own(width-2*d, e.m), own(width-d, e.v)
	e.scale = e.v
	root := g.Op("Sqrt", g.Op("Max", e.v, g.Scalar(leastSigma2)))
	e.clean = g.Op("Div", g.Number(g.Op("Greater", e.v, g.Scalar(0))), root)
}

// addGiven adds what follows from the values that are given, G×Dim.
func (e *exporter) addGiven(given onnx.Edge) {
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
	e.given = &exportGiven{
		unknown:  unknown,
		excluded: g.Op("Equal", given, g.Scalar(0)),
		values:   values,
		parts:    g.Truth(g.Op("MatMul", e.whole, g.Const(g.Type, []int{len(e.parts), d}, back...))),
		clean:    g.Op("Mul", g.Op("Sub", values, e.m), e.clean),
	}
}
