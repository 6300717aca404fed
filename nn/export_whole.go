package nn

import (
	"fmt"

	"tweedie/checkpoints/onnx"
)

// ONNX is a graph of what the model, or the mean of it and others, says of noisy rows:
//
//	what      output    formula
//	denoiser  denoised  D = E[x_0 | x_t]
//	score     score     (α D − x)/σ²
//	eps       eps       (x − α D)/σ
//
// Its inputs are x, N×Dim, the noisy rows; t, T×1, their times, one for all or one each; and
// those of NewExporter. All numbers are of type t, onnx.Float or onnx.Double. It errs for
// another what, and as NewExporter does.
func (m *Model) ONNX(what string, t onnx.Type, others ...*Model) (*onnx.Model, error) {
	name, known := map[string]string{"denoiser": "denoised", "score": "score", "eps": "eps"}[what]
	if !known {
		return nil, fmt.Errorf("nn: %q cannot be exported: use denoiser, score or eps", what)
	}
	g := onnx.New(t)
	x, time := noisyInputs(g, m.Net.Dim)
	e, err := NewExporter(g, append([]*Model{m}, others...)...)
	if err != nil {
		return nil, err
	}
	l := e.Level(time)
	y, level := e.Denoise(x, l), l[0]
	switch what {
	case "score":
		y = g.Op("Div", g.Op("Sub", g.Op("Mul", level.alpha, y), x), level.sigma2)
	case "eps":
		y = g.Op("Div", g.Op("Sub", x, g.Op("Mul", level.alpha, y)), level.sigma)
	}
	g.Output(name, y, namedDim("N"), onnx.Dim{Size: m.Net.Dim})
	g.Model().Name = what
	return g.Model(), nil
}

func noisyInputs(g *onnx.Graph, d int) (x, t onnx.Edge) {
	return g.Input("x", namedDim("N"), onnx.Dim{Size: d}), g.Input("t", namedDim("T"), onnx.Dim{Size: 1})
}

// ONNX is a graph of the classifier: log_probs, N×levels, are ln p(c | x_t). Its inputs are
// x and t, as of Model.ONNX.
func (c *Classifier) ONNX(t onnx.Type) (*onnx.Model, error) {
	g, y, err := c.exportOutput(t, c.Params)
	if err != nil {
		return nil, err
	}
	g.Output("log_probs", g.LogSoftmax(g.Op("Div", y, g.Scalar(c.temperature()))), namedDim("N"), onnx.Dim{Size: c.Label.Levels})
	g.Model().Name = "classifier"
	return g.Model(), nil
}

// ONNX is a graph of the regressor: mean and variance, N×1 each, are those of MeanVariance.
// Its inputs are x and t, as of Model.ONNX.
func (r *Regressor) ONNX(t onnx.Type) (*onnx.Model, error) {
	g, y, err := r.exportOutput(t, r.Params)
	if err != nil {
		return nil, err
	}
	s, one := r.Number.Std, onnx.Dim{Size: 1}
	law := g.Split(y, 1, 1)
	log := g.Op("Min", g.Op("Max", law[1], g.Scalar(leastLogVariance)), g.Scalar(mostLogVariance))
	g.Output("mean", g.Op("Add", g.Op("Mul", law[0], g.Scalar(s)), g.Scalar(r.Number.Mean)), namedDim("N"), one)
	g.Output("variance", g.Op("Mul", g.Op("Exp", log), g.Scalar(s*s*r.factor())), namedDim("N"), one)
	g.Model().Name = "regressor"
	return g.Model(), nil
}

// exportOutput is a graph of the output of a network without conditions.
func (m *inputs) exportOutput(t onnx.Type, p *Params) (*onnx.Graph, onnx.Edge, error) {
	g := onnx.New(t)
	x, time := noisyInputs(g, m.Net.Dim)
	e, err := m.exporter(g, p, 0, 1)
	if err != nil {
		return nil, "", err
	}
	if m.Conditionable {
		return nil, "", fmt.Errorf("nn: this network is given values of its rows, and has no graph")
	}
	level := e.levelOf(time)
	return g, e.network(e.normalized(x, level, e.logits(x, level)), level), nil
}
