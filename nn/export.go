package nn

import (
	"fmt"
	"math"

	"tweedie/checkpoints/onnx"
	"tweedie/sde"
)

// Exporter adds the denoiser of a model, or the mean of several, to an ONNX graph, at any
// number of rows and times, over one copy of the weights.
//
// Rows are float64 here and of the type of the graph there: a float32 graph agrees with the
// model to some 1e-7 of the largest number.
type Exporter struct {
	g       *onnx.Graph
	members []*exporter
}

// ExportedLevel is a noise level of an Exporter: see At and Level.
type ExportedLevel []*exportLevel

// NewExporter starts to add models to g, with the inputs that their conditions need:
//
//	labels  L×Labels  as of Model.Conditional: the index of a level, a number, NaN for none
//	given   G×Dim     of models that are Conditional: values of positions, NaN for none
//
// L and G are the number of rows, or 1 for all rows. All models must take the same. It errs
// for a network of one's own, and
// for one with an Encoder.
func NewExporter(g *onnx.Graph, models ...*Model) (*Exporter, error) {
	e := &Exporter{g: g}
	labels, given := onnx.Edge(""), onnx.Edge("")
	for k, m := range models {
		one, err := m.exporter(g, m.Params, k, len(models))
		if err != nil {
			return nil, err
		}
		if !m.Net.Encoder.none() {
			return nil, fmt.Errorf("nn: the features of an encoder are computed before the graph: export the model with its conditions")
		}
		if first := models[0]; m.Dim() != first.Dim() || m.Labels() != first.Labels() || m.Conditionable != first.Conditionable || !sde.SameSchedule(m.Sched, first.Sched) {
			return nil, fmt.Errorf("nn: network %d has other conditions, another schedule or other rows than the first: a graph is of networks that are alike", k+1)
		}
		if n := m.Labels(); n > 0 {
			if k == 0 {
				labels = g.Input("labels", namedDim("L"), onnx.Dim{Size: n})
			}
			one.addLabels(labels, n)
		}
		if m.Conditionable {
			if k == 0 {
				given = g.Input("given", namedDim("G"), onnx.Dim{Size: m.Net.Dim})
			}
			one.addGiven(given)
		}
		e.members = append(e.members, one)
	}
	return e, nil
}

// NewBoundExporter starts to add models with their conditions to g, as constants. It errs as
// NewExporter does, and unless the conditions are the same for all rows.
func NewBoundExporter(g *onnx.Graph, models ...*Conditional) (*Exporter, error) {
	e := &Exporter{g: g}
	for k, c := range models {
		if !c.cond.shared {
			return nil, fmt.Errorf("nn: a graph has one row of conditions for all rows, and %d are bound", c.cond.rows())
		}
		m := c.model
		one, err := m.exporter(g, m.Params, k, len(models))
		if err != nil {
			return nil, err
		}
		labels, known := c.cond.row(0), c.cond.knownRow(0)
		if labels == nil {
			labels = nulls(m.Labels())
		}
		if known == nil {
			known = nulls(m.Net.Dim)
		}
		if len(labels) > 0 {
			one.addLabels(g.Row(labels...), len(labels))
		}
		if m.Conditionable {
			one.addGiven(g.Row(known...))
		}
		if !m.Net.Encoder.none() {
			bound, err := m.withFeatures(c.cond, nil)
			if err != nil {
				return nil, err
			}
			one.encoded = g.Row(float64s(bound.features)...)
		}
		e.members = append(e.members, one)
	}
	return e, nil
}

func nulls(n int) []float64 {
	row := make([]float64, n)
	for j := range row {
		row[j] = math.NaN()
	}
	return row
}

// At is the level of one time, as constants.
func (e *Exporter) At(c sde.Coeff) ExportedLevel {
	return e.levels(func(m *exporter) *exportLevel { return m.at(c) })
}

// Level is that of times, T×1, by the formulas of the schedule: T is the number of rows, or 1.
func (e *Exporter) Level(t onnx.Edge) ExportedLevel {
	return e.levels(func(m *exporter) *exportLevel { return m.levelOf(t) })
}

func (e *Exporter) levels(of func(m *exporter) *exportLevel) (l ExportedLevel) {
	for _, m := range e.members {
		l = append(l, of(m))
	}
	return l
}

// Denoise adds D(x, t) of rows x, N×Dim, and returns it.
func (e *Exporter) Denoise(x onnx.Edge, l ExportedLevel) onnx.Edge {
	sum := e.members[0].denoise(x, l[0])
	for k, m := range e.members[1:] {
		sum = e.g.Op("Add", sum, m.denoise(x, l[k+1]))
	}
	if k := len(e.members); k > 1 {
		return e.g.Op("Mul", sum, e.g.Scalar(1/float64(k)))
	}
	return sum
}

// Member is the exporter of model k alone.
func (e *Exporter) Member(k int) *Exporter { return &Exporter{e.g, e.members[k : k+1]} }

// Known puts the values that are given into rows, N×Dim, as a run ends.
func (e *Exporter) Known(rows onnx.Edge) onnx.Edge {
	if v := e.members[0].given; v != nil {
		return e.g.Op("Where", v.unknown, rows, v.values)
	}
	return rows
}

// exporter is an Exporter of one network.
type exporter struct {
	*inputs
	params *Params
	g      *onnx.Graph
	prefix string    // of the names of its weights
	m, v   onnx.Edge // mean and variance of the positions, and what follows from them, a row each
	scale  onnx.Edge
	clean  onnx.Edge
	cond   onnx.Edge // features of the labels, "" for none
	whole  onnx.Edge // flag of each part that is given, "" for none
	given  *exportGiven

	encoded onnx.Edge // features of an Encoder, "" for none
}

// exportGiven is what is given of the rows.
type exportGiven struct {
	unknown  onnx.Edge // positions that are not given
	excluded onnx.Edge // positions that are given as 0
	values   onnx.Edge // 0 where not given
	parts    onnx.Edge // positions of parts that are given as a whole
	clean    onnx.Edge // the values, normalized
}

// exporter begins network k of n.
func (m *inputs) exporter(g *onnx.Graph, p *Params, k, n int) (*exporter, error) {
	if m.own != nil {
		return nil, fmt.Errorf("nn: the network %q is one of your own, a Gorgonia graph, and only the built-in network can be exported", m.own.Name)
	}
	if _, err := sde.SpecOf(m.Sched); err != nil {
		return nil, err
	}
	known := timeFeatures + conditionFeatures(m.Conds) + m.Net.Encoder.Out
	if m.Conditionable {
		known += len(m.parts)
	}
	if m.Net.Feat != known {
		return nil, fmt.Errorf("nn: the network has features that have no graph: %d, and %d are known", m.Net.Feat, known)
	}
	e := &exporter{inputs: m, params: p, g: g}
	if n > 1 {
		e.prefix = fmt.Sprintf("member%d.", k)
	}
	e.m, e.v = g.Row(m.mean...), g.Row(m.variance...)
	e.scale, e.clean = g.Row(m.precond.scale...), g.Row(m.precond.clean...)
	return e, nil
}

// namedDim is a size that is free.
func namedDim(name string) onnx.Dim { return onnx.Dim{Name: name} }
