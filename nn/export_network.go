package nn

import (
	"math"

	"tweedie/checkpoints/onnx"
)

// excludedLogit takes the place of the logits of levels that are excluded.
const excludedLogit = -1e30

// denoise adds D(x, t) of rows x, N×Dim, and returns it.
func (e *exporter) denoise(x onnx.Edge, l *exportLevel) onnx.Edge {
	g := e.g
	logits := e.logits(x, l)
	out := e.network(e.normalized(x, l, logits), l)
	centered := g.Op("Sub", x, l.alphaMean)
	d := g.Op("Add", e.m, g.Op("Add", g.Op("Mul", l.k, centered), g.Op("Mul", l.cout, out)))
	if len(e.Cats) > 0 {
		logits = g.Op("Add", logits, out)
		if e.given != nil {
			logits = g.Op("Where", e.given.excluded, g.Scalar(excludedLogit), logits)
		}
		d = e.withCategories(d, logits, func(c onnx.Edge, _, _ int) onnx.Edge { return g.Softmax(c) })
	}
	if e.given != nil {
		d = g.Op("Where", e.given.unknown, d, e.given.values)
	}
	return d
}

// logits is ln π + α x/σ², of which the positions of categories count; "" without.
func (e *exporter) logits(x onnx.Edge, l *exportLevel) onnx.Edge {
	if len(e.Cats) == 0 {
		return ""
	}
	logs := make([]float64, e.Net.Dim)
	for _, c := range e.Cats {
		copy(logs[c.Start:], c.logs)
	}
	return e.g.Op("Add", e.g.Row(logs...), e.g.Op("Mul", x, l.gain))
}

// runs cuts the positions of a row into categories and runs of numbers between them.
func (e *exporter) runs() (widths []int, category []bool) {
	for _, p := range e.parts {
		if last := len(widths) - 1; p.shares == nil && last >= 0 && !category[last] {
			widths[last]++
			continue
		}
		widths, category = append(widths, p.end-p.start), append(category, p.shares != nil)
	}
	return widths, category
}

// withCategories replaces the categories of rows by f of those of logits, at positions lo
// to hi−1.
func (e *exporter) withCategories(rows, logits onnx.Edge, f func(logits onnx.Edge, lo, hi int) onnx.Edge) onnx.Edge {
	widths, category := e.runs()
	own, from, at := e.g.Split(rows, widths...), e.g.Split(logits, widths...), 0
	for i, w := range widths {
		if category[i] {
			own[i] = f(from[i], at, at+w)
		}
		at += w
	}
	return e.g.Concat(own...)
}

// normalized is the input of the network: x̂, and behind it the Fourier features.
func (e *exporter) normalized(x onnx.Edge, l *exportLevel, logits onnx.Edge) onnx.Edge {
	g := e.g
	in := g.Op("Mul", l.cin, g.Op("Sub", x, l.alphaMean))
	if len(e.Cats) > 0 && !e.Raw {
		in = e.withCategories(in, logits, func(c onnx.Edge, lo, hi int) onnx.Edge {
			return g.Op("Mul", g.Op("Sub", g.Softmax(c), g.Row(e.mean[lo:hi]...)), g.Row(e.precond.clean[lo:hi]...))
		})
	}
	if e.given != nil {
		in = g.Op("Where", e.given.parts, e.given.clean, in)
	}
	if e.fourier == 0 || len(e.numbers) == 0 {
		return in
	}
	return g.Concat(in, e.waves(x, l))
}

// waves are the Fourier features: for each frequency the sines of all numbers, then the
// cosines. The rows of the first weight are put into this order.
func (e *exporter) waves(x onnx.Edge, l *exportLevel) onnx.Edge {
	g := e.g
	clean := g.Columns(e.clean, e.numbers...)
	varies := g.Columns(g.Number(g.Op("Greater", e.v, g.Scalar(0))), e.numbers...)
	mu := g.Columns(g.Op("Mul", l.k, g.Op("Sub", x, l.alphaMean)), e.numbers...)
	mu, tau2 := g.Op("Mul", mu, clean), l.tau2
	if e.given != nil {
		unknown := g.Columns(g.Number(e.given.unknown), e.numbers...)
		mu = g.Op("Where", g.Truth(unknown), mu, g.Columns(e.given.clean, e.numbers...))
		tau2 = g.Op("Mul", tau2, unknown)
	}
	var out []onnx.Edge
	for k := range e.fourier {
		omega := leastOmega * math.Pow(2, float64(k))
		fade := g.Op("Mul", g.Op("Exp", g.Op("Mul", tau2, g.Scalar(-omega*omega/2))), varies)
		angle := g.Op("Mul", mu, g.Scalar(omega))
		out = append(out, g.Op("Mul", fade, g.Op("Sin", angle)), g.Op("Mul", fade, g.Cos(angle)))
	}
	return g.Concat(out...)
}

// network is F of the normalized input: see MLP. The features of the time, of the labels
// and of what is given enter by their own rows of the weights, so that each may have one row
// for all rows of the batch.
func (e *exporter) network(h onnx.Edge, l *exportLevel) onnx.Edge {
	g := e.g
	for _, s := range e.Net.layers() {
		z := g.Op("MatMul", h, e.weight(s))
		if s.film {
			z = g.Op("Mul", z, g.Op("Add", g.Scalar(1), e.features(s.name+".scale", s.out, l)))
		}
		bias := g.Param(e.prefix+s.name+".bias", []int{1, s.out}, func() []float64 { return float64s(e.params.Get(s.name + ".bias").Data) })
		z = g.Op("Add", z, g.Op("Add", e.features(s.name+".feature", s.out, l), bias))
		if !s.silu {
			return z
		}
		z = g.SiLU(z)
		if s.skip {
			z = g.Op("Add", h, z)
		}
		h = z
	}
	panic("nn: a network without an output")
}

// features is f V for the parameter V of that name.
func (e *exporter) features(name string, out int, l *exportLevel) onnx.Edge {
	g, at, sum := e.g, 0, onnx.Edge("")
	add := func(kind string, f onnx.Edge, n int) {
		if first := at; f != "" {
			v := g.Param(e.prefix+name+"."+kind, []int{n, out}, func() []float64 {
				return float64s(e.params.Get(name).Data[first*out : (first+n)*out])
			})
			if f = g.Op("MatMul", f, v); sum != "" {
				f = g.Op("Add", sum, f)
			}
			sum = f
		}
		at += n
	}
	add("time", l.time, timeFeatures)
	add("label", e.cond, conditionFeatures(e.Conds))
	if e.Conditionable {
		add("given", e.whole, len(e.parts))
	}
	add("encoded", e.encoded, e.Net.Encoder.Out)
	return sum
}

// weight is the parameter that the layer multiplies its input by.
func (e *exporter) weight(s layerSpec) onnx.Edge {
	return e.g.Param(e.prefix+s.name+".weight", []int{s.in, s.out}, func() []float64 {
		w := float64s(e.params.Get(s.name + ".weight").Data)
		if s.index > 0 || s.name == "out" || e.fourier == 0 {
			return w
		}
		d, n := e.Net.Dim, 2*e.fourier
		moved := append([]float64(nil), w[:d*s.out]...)
		for k := range n {
			for b := range e.numbers {
				row := d + b*n + k
				moved = append(moved, w[row*s.out:(row+1)*s.out]...)
			}
		}
		return moved
	})
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
