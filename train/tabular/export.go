package tabular

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints/onnx"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Exports are what Model.Export can write; a Classifier has the graph "classifier".
func Exports() []string { return []string{"denoiser", "score", "eps", "sampler"} }

// Export says which graph of a model to write. The zero value is the denoiser in float32.
type Export struct {
	What    string // one of Exports; "" for denoiser
	Float64 bool   // numbers of 8 bytes in place of 4
	// Sampler is that of What "sampler": a deterministic one of fixed steps, as dpmpp2m (the
	// default, of 50 evaluations), ddim, heun, unipc.
	Sampler sample.Sampler
}

// Exported is a graph that other programs run, and how it compares with the model.
type Exported struct {
	Graph *onnx.Model
	// Evaluations of the network for each row.
	Evaluations int

	examples func(ctx context.Context, rows int, seed uint64) (*onnx.Examples, error)
}

// Export writes the model as a graph: see nn.Model.ONNX for the denoiser, the score and eps of
// encoded rows. The graph of a sampler has the input noise, N×Dim standard normal numbers,
// beside those of nn.NewExporter, and the output rows, N encoded rows of the table, which
// Decoding says how to read. The rows are those of sample.Run started from the same noise,
// but for rounding.
//
// It errs for a network of one's own, for a sampler that draws noise or chooses its steps, and
// for an unknown What.
func (m *Model) Export(o Export) (*Exported, error) {
	what, kind := cmp.Or(o.What, "denoiser"), onnx.Float
	if o.Float64 {
		kind = onnx.Double
	}
	if !slices.Contains(Exports(), what) {
		return nil, bad("what", "is %q: use one of %s", what, strings.Join(Exports(), ", "))
	}
	if err := m.noStudent("its network is no denoiser, and its draws are no graph"); err != nil {
		return nil, err
	}
	if what == "sampler" {
		return m.exportSampler(o.Sampler, kind)
	}
	g, err := m.net.ONNX(what, kind, m.networks()[1:]...)
	if err != nil {
		return nil, err
	}
	g.Meta = append(m.about(what), [2]string{"least_time", fmt.Sprint(sde.MinTime(m.net.Sched))})
	e := &Exported{Graph: g, Evaluations: 1}
	e.examples = func(ctx context.Context, rows int, seed uint64) (*onnx.Examples, error) {
		return m.denoised(g, what, rows, seed)
	}
	return e, nil
}

// networks are those whose mean is the denoiser.
func (m *Model) networks() []*nn.Model {
	if m.net.members != nil {
		return m.net.members
	}
	return []*nn.Model{m.net.Model}
}

// about is what files say of themselves.
func (m *Model) about(what string) [][2]string {
	return [][2]string{{"what", what}, {"schedule", m.Schedule()}, {"positions", strings.Join(m.positions(), "\n")}}
}

// positions are the names of what the network sees: positions of encoded rows, or components.
func (m *Model) positions() []string {
	if m.pca == nil {
		return m.codec.Names()
	}
	var names []string
	for k := range m.net.Dim() {
		names = append(names, fmt.Sprint("component ", k+1))
	}
	return names
}

func (m *Model) exportSampler(s sample.Sampler, kind onnx.Type) (*Exported, error) {
	method, err := s.Method(m.net.Sched)
	if err != nil {
		return nil, err
	}
	if s.Temperature != 0 && s.Temperature != 1 {
		return nil, bad("temperature", "is %v: a graph begins with noise of your own, which you scale", s.Temperature)
	}
	plan, err := sample.NewPlan(m.net, method, s.Options())
	if err != nil {
		return nil, bad("sampler", "%s", strings.TrimPrefix(err.Error(), "sample: "))
	}
	g := onnx.New(kind)
	d := m.net.Dim()
	noise := g.Input("noise", onnx.Dim{Name: "N"}, onnx.Dim{Size: d})
	net, err := nn.NewExporter(g, m.networks()...)
	if err != nil {
		return nil, err
	}
	start := g.Op("Add", g.Row(plan.Start.Mean...), g.Op("Mul", g.Row(plan.Start.SD...), noise))
	rows := net.Known(sample.Follow(plan, start, sample.PlanAlgebra[onnx.Edge]{
		Scale:   func(w float64, x onnx.Edge) onnx.Edge { return g.Op("Mul", g.Scalar(w), x) },
		Add:     func(a, b onnx.Edge) onnx.Edge { return g.Op("Add", a, b) },
		Denoise: func(x onnx.Edge, t float64) onnx.Edge { return net.Denoise(x, net.At(m.net.Sched.Coeff(t))) },
	}))
	if m.pca != nil {
		k, wide := m.pca.Dims()
		v := g.Param("components", []int{k, wide}, func() []float64 { return mat.DenseCopyOf(m.pca.V.T()).RawMatrix().Data })
		rows = g.Op("Add", g.Op("MatMul", rows, v), g.Row(m.pca.Mean...))
	}
	g.Output("rows", rows, onnx.Dim{Name: "N"}, onnx.Dim{Size: m.codec.Dim()})
	out := g.Model()
	out.Name, out.Meta = "sampler", append(m.about("sampler"), [2]string{"sampler", method.Info().Name}, [2]string{"evaluations", fmt.Sprint(len(plan.Evals))})
	e := &Exported{Graph: out, Evaluations: len(plan.Evals)}
	e.examples = func(ctx context.Context, rows int, seed uint64) (*onnx.Examples, error) {
		return m.sampled(ctx, method, s, plan, rows, seed)
	}
	return e, nil
}

// Export writes the classifier as a graph: see nn.Classifier.ONNX and, for the law of a
// number, nn.Regressor.ONNX. Of o only Float64 counts.
func (c *Classifier) Export(o Export) (*Exported, error) {
	kind := onnx.Float
	if o.Float64 {
		kind = onnx.Double
	}
	codec, err := datasets.NewCodec(c.table, false)
	if err != nil {
		return nil, err
	}
	e := &Exported{Evaluations: 1}
	e.examples = func(ctx context.Context, rows int, seed uint64) (*onnx.Examples, error) { return c.told(rows, seed) }
	about := [][2]string{{"what", "classifier"}, {"schedule", scheduleName(c.network().Schedule())}, {"positions", strings.Join(codec.Names(), "\n")}}
	if c.number != nil {
		e.Graph, err = c.number.ONNX(kind)
		about = append(about, [2]string{"number", c.number.Number.Name})
	} else {
		e.Graph, err = c.net.ONNX(kind)
		about = append(about, [2]string{"levels", strings.Join(c.levels, "\n")})
	}
	if err != nil {
		return nil, err
	}
	e.Graph.Meta = about
	return e, nil
}
