package nn

import (
	"fmt"

	"tweedie/checkpoints/onnx"
	"tweedie/sde"
)

// Exporter adds the networks of a model to an ONNX graph: the denoiser at any number of
// rows and times, over one copy of the weights.
//
// Rows are float64 here and of the type of the graph there, so that a float32 graph agrees
// with the model to some 1e-6.
type Exporter struct {
	*inputs
	params *Params
	g      *onnx.Graph
	cond   onnx.Edge // features of the labels, "" for none
	whole  onnx.Edge // flag of each part that is given, "" for none
	given  *exportedGiven
}

// exportedGiven is what is given of the rows.
type exportedGiven struct {
	unknown  onnx.Edge // positions that are not given
	excluded onnx.Edge // positions that are given as 0
	values   onnx.Edge // 0 where not given
	parts    onnx.Edge // positions of parts that are given as a whole
	clean    onnx.Edge // the values, normalized
}

// rowsDim and oneOrRows are sizes of inputs: the second may be 1 for all rows as well.
func rowsDim() onnx.Dim                   { return onnx.Dim{Name: "N"} }
func oneOrRows(name string) onnx.Dim      { return onnx.Dim{Name: name} }
func (m *inputs) wide(width int) onnx.Dim { return onnx.Dim{Size: width} }

// Exporter starts to add the model to g, with the inputs that its conditions need:
//
//	labels  L×conditions  as of Model.Conditional: the index of a level, a number, NaN for none
//	given   G×Dim         of a model that is Conditional: values of positions, NaN for none
//
// L and G are the number of rows, or 1 for all rows. It errs for a network of one's own.
func (m *Model) Exporter(g *onnx.Graph) (*Exporter, error) {
	e, err := m.exporter(g, m.Params)
	if err != nil {
		return nil, err
	}
	if len(m.Conds) > 0 {
		e.addLabels(g.Input("labels", oneOrRows("L"), m.wide(len(m.Conds))))
	}
	if m.Conditionable {
		e.addGiven(g.Input("given", oneOrRows("G"), m.wide(m.Net.Dim)))
	}
	return e, nil
}

func (m *inputs) exporter(g *onnx.Graph, p *Params) (*Exporter, error) {
	if m.own != nil {
		return nil, fmt.Errorf("nn: the network %q is one of your own, a Gorgonia graph, and only the built-in network can be exported", m.own.Name)
	}
	if _, err := sde.SpecOf(m.Sched); err != nil {
		return nil, err
	}
	return &Exporter{inputs: m, params: p, g: g}, nil
}

// ONNX is a graph of what the model says of noisy rows:
//
//	what      output    formula
//	denoiser  denoised  D = E[x_0 | x_t]
//	score     score     (α D − x)/σ²
//	eps       eps       (x − α D)/σ
//
// Its inputs are x, N×Dim, the noisy rows; t, T×1, their times, one for all or one each; and
// those of Exporter. All numbers are of type t, onnx.Float or onnx.Double. It errs for another
// what, and as Exporter does.
func (m *Model) ONNX(what string, t onnx.Type) (*onnx.Model, error) {
	name, known := map[string]string{"denoiser": "denoised", "score": "score", "eps": "eps"}[what]
	if !known {
		return nil, fmt.Errorf("nn: %q cannot be exported: use denoiser, score or eps", what)
	}
	g := onnx.New(t)
	x := g.Input("x", rowsDim(), m.wide(m.Net.Dim))
	time := g.Input("t", oneOrRows("T"), m.wide(1))
	e, err := m.Exporter(g)
	if err != nil {
		return nil, err
	}
	level := e.Level(time)
	y := e.Denoise(x, level)
	switch what {
	case "score":
		y = g.Op("Div", g.Op("Sub", g.Op("Mul", level.alpha, y), x), level.sigma2)
	case "eps":
		y = g.Op("Div", g.Op("Sub", x, g.Op("Mul", level.alpha, y)), level.sigma)
	}
	g.Output(name, y, rowsDim(), m.wide(m.Net.Dim))
	g.Model().Name = what
	return g.Model(), nil
}

// ONNX is a graph of the classifier: log_probs, N×levels, are ln p(c | x_t). Its inputs are
// x and t, as of Model.ONNX.
func (c *Classifier) ONNX(t onnx.Type) (*onnx.Model, error) {
	g, y, err := c.exportOutput(t, c.Params)
	if err != nil {
		return nil, err
	}
	g.Output("log_probs", g.LogSoftmax(g.Op("Div", y, g.Scalar(c.temperature()))), rowsDim(), c.wide(c.Label.Levels))
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
	s := r.Number.Std
	law := g.Split(y, 1, 1)
	log := g.Op("Min", g.Op("Max", law[1], g.Scalar(leastLogVariance)), g.Scalar(mostLogVariance))
	g.Output("mean", g.Op("Add", g.Op("Mul", law[0], g.Scalar(s)), g.Scalar(r.Number.Mean)), rowsDim(), r.wide(1))
	g.Output("variance", g.Op("Mul", g.Op("Exp", log), g.Scalar(s*s*r.factor())), rowsDim(), r.wide(1))
	g.Model().Name = "regressor"
	return g.Model(), nil
}

// exportOutput is a graph of the output of a network without conditions.
func (m *inputs) exportOutput(t onnx.Type, p *Params) (*onnx.Graph, onnx.Edge, error) {
	g := onnx.New(t)
	x := g.Input("x", rowsDim(), m.wide(m.Net.Dim))
	time := g.Input("t", oneOrRows("T"), m.wide(1))
	e, err := m.exporter(g, p)
	if err != nil {
		return nil, "", err
	}
	if m.Conditionable {
		return nil, "", fmt.Errorf("nn: this network is given values of its rows, and has no graph")
	}
	level := e.Level(time)
	y := e.network(e.normalized(x, level, e.logits(x, level)), level)
	return g, y, nil
}
