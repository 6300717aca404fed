package tabular

import (
	"bytes"
	"context"
	"encoding/csv"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints/onnx"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Examples makes n rows of inputs, random but for the seed, and computes their outputs.
func (e *Exported) Examples(ctx context.Context, n int, seed uint64) (*onnx.Examples, error) {
	return e.examples(ctx, n, seed)
}

// noisyRows are rows near the law of independent columns, noised to times over all levels.
// All are float32s, so that a graph of either type is given the same.
func noisyRows(net sde.Denoiser, n int, seed uint64) (x *mat.Dense, t []float64) {
	x, t = mat.NewDense(n, net.Dim(), nil), make([]float64, n)
	r, least := stream.New(seed, "tabular/examples"), sde.MinTime(net.Schedule())
	for i := range n {
		t[i] = float64(float32(max(least, 1e-3) + (1-max(least, 1e-3))*float64(i+1)/float64(n)))
		p := sample.TerminalOf(net, t[i])
		for j, sd := range p.SD {
			x.Set(i, j, float64(float32(p.Mean[j]+sd*r.NormFloat64())))
		}
	}
	return x, t
}

// conditions are labels and values given to n rows: every third row has none of them.
func (m *Model) exampleConditions(n int, seed uint64) (in map[string]*mat.Dense) {
	in = map[string]*mat.Dense{}
	r := stream.New(seed, "tabular/examples/given")
	if k := len(m.net.Conds); k > 0 {
		labels := mat.NewDense(n, k, nil)
		for i := range n {
			row := m.labels.Rows[r.IntN(len(m.labels.Rows))]
			for j := range k {
				v := float64(row[j])
				if j < len(m.labels.Values) && len(m.labels.Values[j]) > 0 {
					v = float64(float32(m.labels.Values[j][row[j]]))
				}
				if i%3 == 0 && !m.net.LabelsRequired {
					v = math.NaN()
				}
				labels.Set(i, j, v)
			}
		}
		in["labels"] = labels
	}
	if !m.net.Conditionable {
		return in
	}
	given := mat.NewDense(n, m.net.Dim(), nil)
	for i := range n {
		row := given.RawRowView(i)
		copy(row, unknown(len(row)))
		for _, b := range m.blocks {
			switch pick := r.IntN(3); {
			case i%3 == 0 || pick > 0:
			case b.Kind == datasets.Continuous:
				row[b.Start] = float64(float32(r.NormFloat64()))
			case i%3 == 1: // a level
				clear(row[b.Start : b.Start+b.Len])
				row[b.Start+r.IntN(b.Len)] = 1
			case b.Len > 1: // a level is excluded
				row[b.Start+r.IntN(b.Len)] = 0
			}
		}
	}
	in["given"] = given
	return in
}

// bound is the model with the conditions of examples.
func (m *Model) bound(in map[string]*mat.Dense) (sde.Denoiser, error) {
	if in["labels"] == nil && in["given"] == nil {
		return m.net, nil
	}
	return m.net.Conditional(in["labels"], in["given"])
}

func (m *Model) denoised(g *onnx.Model, what string, n int, seed uint64) (*onnx.Examples, error) {
	x, t := noisyRows(m.net, n, seed)
	in := m.exampleConditions(n, seed)
	d, err := m.bound(in)
	if err != nil {
		return nil, err
	}
	y := mat.NewDense(n, d.Dim(), nil)
	if err := d.Denoise(y, x, t); err != nil {
		return nil, err
	}
	y.Apply(func(i, j int, v float64) float64 {
		c := m.net.Sched.Coeff(t[i])
		switch what {
		case "score":
			return (c.Alpha*v - x.At(i, j)) / (c.Sigma * c.Sigma)
		case "eps":
			return (x.At(i, j) - c.Alpha*v) / c.Sigma
		}
		return v
	}, y)
	in["x"], in["t"] = x, mat.NewDense(n, 1, t)
	return &onnx.Examples{Inputs: in, Outputs: map[string]*mat.Dense{g.Outputs[0].Name: y}}, nil
}

func (m *Model) sampled(ctx context.Context, method sample.Method, s sample.Sampler, p *sample.Plan, n int, seed uint64) (*onnx.Examples, error) {
	in := m.exampleConditions(n, seed)
	d, err := m.bound(in)
	if err != nil {
		return nil, err
	}
	r := stream.New(seed, "tabular/examples/noise")
	noise, start := mat.NewDense(n, d.Dim(), nil), mat.NewDense(n, d.Dim(), nil)
	noise.Apply(func(int, int, float64) float64 { return float64(float32(r.NormFloat64())) }, noise)
	start.Apply(func(i, j int, _ float64) float64 { return p.Start.Mean[j] + p.Start.SD[j]*noise.At(i, j) }, start)
	o := s.Options()
	o.From = start
	res, err := sample.Run(ctx, d, method, n, o)
	if err != nil {
		return nil, err
	}
	in["noise"] = noise
	x := &onnx.Examples{Inputs: in, Outputs: map[string]*mat.Dense{"rows": res.X}}
	if m.pca != nil {
		wide := mat.NewDense(n, m.codec.Dim(), nil)
		if err := m.pca.Decode(wide, res.X); err != nil {
			return nil, err
		}
		x.Outputs["rows"] = wide
	}
	return x, m.decodeExamples(x, in["labels"])
}

// decodeExamples adds the rows as the text of a table.
func (m *Model) decodeExamples(x *onnx.Examples, labels *mat.Dense) error {
	c := datasets.NewCells(m.codec.Metadata(), 0)
	if err := m.codec.Decode(c, x.Outputs["rows"], datasets.Decoding{}); err != nil {
		return err
	}
	var b bytes.Buffer
	if labels != nil {
		known := mat.DenseCopyOf(labels)
		for i := range c.Rows() { // rows without labels show those of the first combination
			for j := range m.net.Conds {
				if math.IsNaN(known.At(i, j)) {
					known.Set(i, j, m.firstLabel(j))
				}
			}
		}
		m.codec.SetConditions(c, known)
	}
	w := datasets.NewCSVCells(&b, m.codec.Metadata(), 0)
	if err := w.Write(c); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	all, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		return err
	}
	x.Header, x.Cells = all[0], all[1:]
	return nil
}

func (m *Model) firstLabel(j int) float64 {
	k := m.labels.Rows[0][j]
	if j < len(m.labels.Values) && len(m.labels.Values[j]) > 0 {
		return m.labels.Values[j][k]
	}
	return float64(k)
}

func (c *Classifier) told(n int, seed uint64) (*onnx.Examples, error) {
	net := toldDenoiser{c}
	x, t := noisyRows(net, n, seed)
	e := &onnx.Examples{Inputs: map[string]*mat.Dense{"x": x, "t": mat.NewDense(n, 1, t)}, Outputs: map[string]*mat.Dense{}}
	if c.number == nil {
		logs := mat.NewDense(n, len(c.levels), nil)
		e.Outputs["log_probs"] = logs
		return e, c.net.LogProbs(logs, x, t)
	}
	mean, variance := make([]float64, n), make([]float64, n)
	e.Outputs["mean"], e.Outputs["variance"] = mat.NewDense(n, 1, mean), mat.NewDense(n, 1, variance)
	return e, c.number.MeanVariance(mean, variance, x, t)
}

// toldDenoiser lends a classifier the form of a denoiser, for the moments of its rows.
type toldDenoiser struct{ c *Classifier }

func (d toldDenoiser) Schedule() sde.Schedule { return d.c.network().Schedule() }
func (d toldDenoiser) Dim() int               { return d.c.network().Dim() }

func (d toldDenoiser) Denoise(*mat.Dense, *mat.Dense, []float64) error {
	panic("tabular: a classifier does not denoise")
}

func (d toldDenoiser) Moments() (mean, variance []float64) {
	switch n := d.c.network().(type) {
	case *nn.Classifier:
		return n.Moments()
	case *nn.Regressor:
		return n.Moments()
	}
	return nil, nil
}
