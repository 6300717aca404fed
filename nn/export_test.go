package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"tweedie/checkpoints/onnx"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// randomize gives a network parameters none of which is 0.
func randomize(p *Params) {
	r := stream.New(5, "export")
	for _, a := range p.Arrays {
		for i := range a.Data {
			a.Data[i] = float32(r.NormFloat64() * 0.8 / math.Sqrt(float64(max(a.Shape[0], 4))))
		}
	}
}

// reread passes a graph through a file.
func reread(t *testing.T, m *onnx.Model, err error) *onnx.Model {
	t.Helper()
	if err == nil {
		m, err = onnx.Decode(m.Encode())
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func matrixTensor(x *mat.Dense) *onnx.Tensor {
	n, d := x.Dims()
	return &onnx.Tensor{Dims: []int{n, d}, Data: mat.DenseCopyOf(x).RawMatrix().Data}
}

func column(v ...float64) *onnx.Tensor { return &onnx.Tensor{Dims: []int{len(v), 1}, Data: v} }

// exportCases are models with all that a graph can have.
func exportCases() map[string]Config {
	mixed := Config{
		Mean: []float64{0.2, 0.3, 0.7, -1, 0.5, 0.25, 0.25, 3}, Variance: []float64{1.3, 0.21, 0.21, 0.4, 0.25, 0.1875, 0.1875, 0},
		Categories: []Category{{Start: 1, Shares: []float64{0.3, 0.7}}, {Start: 4, Shares: []float64{0.5, 0.25, 0.25}}},
	}
	plain := Config{Mean: []float64{0.5, -1}, Variance: []float64{2, 0.1}}
	with := func(c Config, change func(*Config)) Config { c.Hidden, c.Layers = 16, 3; change(&c); return c }
	return map[string]Config{
		"plain":    with(plain, func(*Config) {}),
		"ve":       with(plain, func(c *Config) { c.Schedule = sde.VE{} }),
		"subvp":    with(plain, func(c *Config) { c.Schedule = sde.SubVP{BetaMax: 12} }),
		"cosine":   with(plain, func(c *Config) { c.Schedule = sde.Cosine{} }),
		"straight": with(plain, func(c *Config) { c.Schedule = sde.Rectified{} }),
		"film":     with(plain, func(c *Config) { c.FiLM = true; c.FourierFeatures = 3 }),
		"labels": with(plain, func(c *Config) {
			c.Conditions = []Condition{{Name: "k", Levels: 3}, {Name: "v", Mean: 2, Std: 3}, {Name: "w"}}
			c.FiLM = true
		}),
		"moments": with(plain, func(c *Config) {
			c.RowMoments, c.Conditional, c.FourierFeatures = true, true, 2
			c.Conditions = []Condition{{Name: "v"}}
		}),
		"raw":   with(mixed, func(c *Config) { c.Raw = true }),
		"mixed": with(mixed, func(c *Config) { c.FourierFeatures = 4 }),
		"given": with(mixed, func(c *Config) {
			c.Conditional, c.FourierFeatures, c.FiLM = true, 3, true
			c.Variance = append(slices.Clone(c.Variance[:7]), 0.6)
			c.Conditions = []Condition{{Name: "k", Levels: 2}}
		}),
	}
}

const exportRows = 7

// exportInputs are noisy rows near the data, their times, and what is given of them.
func exportInputs(m *Model) (x *mat.Dense, t []float64, labels, given *mat.Dense) {
	r, d := stream.New(7, "rows"), m.Dim()
	x, t = mat.NewDense(exportRows, d, nil), make([]float64, exportRows)
	for i := range exportRows {
		t[i] = float64(float32(0.02 + 0.95*r.Float64()))
		c := m.Sched.Coeff(t[i])
		for j := range d {
			x.Set(i, j, float64(float32(c.Alpha*m.mean[j]+math.Hypot(c.Alpha*math.Sqrt(m.variance[j]), c.Sigma)*r.NormFloat64())))
		}
	}
	if k := m.Labels(); k > 0 {
		labels = mat.NewDense(exportRows, k, nil)
		labels.Apply(func(i, j int, _ float64) float64 {
			switch {
			case (i+j)%3 == 0:
				return math.NaN()
			case j >= len(m.Conds): // moments; a variance of 0 is one
				return float64(i) / 4
			}
			return float64(i * (j + 1) % max(m.Conds[j].Levels, 1+j*4))
		}, labels)
	}
	if m.Conditionable {
		given = mat.NewDense(exportRows, d, nil)
		given.Apply(func(int, int, float64) float64 { return math.NaN() }, given)
		for i, part := range [][]float64{{0.5}, nil, {math.NaN(), 0, 1}, {math.NaN(), math.NaN(), 0, -2}, {math.NaN(), math.NaN(), math.NaN(), math.NaN(), 1, 0, 0}} {
			copy(given.RawRowView(i), part)
		}
		if len(m.Cats) == 0 {
			return x, t, labels, given
		}
		given.Set(3, 1, math.NaN()) // a level is excluded
		given.Set(3, 2, 0)
		given.Set(5, 7, 2.5)
	}
	return x, t, labels, given
}

// exportGap is the largest difference between a graph and the model, relative to the largest
// number, with the inputs of all rows given one by one.
func exportGap(t *testing.T, m *Model, g *onnx.Model, what string) float64 {
	t.Helper()
	x, ts, labels, given := exportInputs(m)
	want := mat.NewDense(exportRows, m.Dim(), nil)
	var d sde.Denoiser = m
	in := map[string]*onnx.Tensor{"x": matrixTensor(x), "t": column(ts...)}
	if labels != nil || given != nil {
		c, err := m.Conditional(labels, given)
		if err != nil {
			t.Fatal(err)
		}
		d = c
		if labels != nil {
			in["labels"] = matrixTensor(labels)
		}
		if given != nil {
			in["given"] = matrixTensor(given)
		}
	}
	if err := d.Denoise(want, x, ts); err != nil {
		t.Fatal(err)
	}
	out, err := g.Run(in)
	if err != nil {
		t.Fatal(err)
	}
	got := out[g.Outputs[0].Name]
	gap, size := 0.0, 0.0
	for i := range exportRows {
		c := m.Sched.Coeff(ts[i])
		for j := range m.Dim() {
			v := want.At(i, j)
			switch what {
			case "score":
				v = (c.Alpha*v - x.At(i, j)) / (c.Sigma * c.Sigma)
			case "eps":
				v = (x.At(i, j) - c.Alpha*v) / c.Sigma
			}
			gap, size = max(gap, math.Abs(v-got.Data[i*m.Dim()+j])), max(size, math.Abs(v))
		}
	}
	return gap / size
}

func TestExportIsTheModel(t *testing.T) {
	for name, c := range exportCases() {
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		randomize(m.Params)
		for what, bound := range map[string]float64{"denoiser": 2e-6, "score": 1e-4, "eps": 1e-4} {
			for _, kind := range []onnx.Type{onnx.Float, onnx.Double} {
				g, err := m.ONNX(what, kind)
				g = reread(t, g, err)
				if gap := exportGap(t, m, g, what); !(gap < bound) {
					t.Errorf("%s, %s, type %d: the graph is %.2g away from the model", name, what, kind, gap)
				} else {
					t.Logf("%s, %s, type %d: %.2g", name, what, kind, gap)
				}
			}
		}
	}
}

// A weight, a mean, a bias or a constant that is wrong is seen.
func TestExportTestSeesErrors(t *testing.T) {
	m, err := New(exportCases()["given"])
	if err != nil {
		t.Fatal(err)
	}
	randomize(m.Params)
	seen := 0
	g, err := m.ONNX("denoiser", onnx.Double)
	g = reread(t, g, err)
	for k := range g.Initializers {
		c := &g.Initializers[k]
		if c.Type != onnx.Double || strings.HasPrefix(c.Name, "const") && len(c.Data) < 8 {
			continue
		}
		for _, at := range []int{0, len(c.Data) - 1} {
			was := c.Data[at]
			c.Data[at] += 0.5
			if exportGap(t, m, g, "denoiser") > 2e-6 {
				seen++
			} else if !strings.HasPrefix(c.Name, "const") && !strings.HasPrefix(c.Name, "out.feature.given") { // of what is given D is the value
				t.Errorf("element %d of %q can be wrong", at, c.Name)
			}
			c.Data[at] = was
		}
	}
	if seen < 40 {
		t.Errorf("only %d planted errors were seen", seen)
	}
}

// One row of times, labels and values stands for all rows.
func TestExportBroadcasts(t *testing.T) {
	m, err := New(exportCases()["given"])
	if err != nil {
		t.Fatal(err)
	}
	randomize(m.Params)
	g, err := m.ONNX("denoiser", onnx.Double)
	g = reread(t, g, err)
	x, ts, labels, given := exportInputs(m)
	repeat := func(row []float64) *onnx.Tensor {
		o := &onnx.Tensor{Dims: []int{exportRows, len(row)}}
		for range exportRows {
			o.Data = append(o.Data, row...)
		}
		return o
	}
	one := func(row []float64) *onnx.Tensor { return &onnx.Tensor{Dims: []int{1, len(row)}, Data: row} }
	l, v, at := labels.RawRowView(1), given.RawRowView(3), ts[:1]
	a, err := g.Run(map[string]*onnx.Tensor{"x": matrixTensor(x), "t": one(at), "labels": one(l), "given": one(v)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.Run(map[string]*onnx.Tensor{"x": matrixTensor(x), "t": repeat(at), "labels": repeat(l), "given": repeat(v)})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(a["denoised"].Data) != fmt.Sprint(b["denoised"].Data) || fmt.Sprint(a["denoised"].Dims) != fmt.Sprint(b["denoised"].Dims) {
		t.Error("one row is not taken for all")
	}
}

func TestExportOfWhatTells(t *testing.T) {
	c := exportCases()["mixed"]
	k, err := NewClassifier(c, Condition{Name: "k", Levels: 3})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRegressor(c, Condition{Name: "e", Mean: 7, Std: 3})
	if err != nil {
		t.Fatal(err)
	}
	randomize(k.Params)
	randomize(r.Params)
	k.Temperature, r.Variance = 1.7, 1.2
	m, _ := New(c)
	x, ts, _, _ := exportInputs(m)
	in := map[string]*onnx.Tensor{"x": matrixTensor(x), "t": column(ts...)}
	logs, mean, variance := mat.NewDense(exportRows, 3, nil), make([]float64, exportRows), make([]float64, exportRows)
	if err := k.LogProbs(logs, x, ts); err != nil {
		t.Fatal(err)
	}
	if err := r.MeanVariance(mean, variance, x, ts); err != nil {
		t.Fatal(err)
	}
	check := func(g *onnx.Model, err error, name string, want []float64) {
		t.Helper()
		out, err := reread(t, g, err).Run(in)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range out[name].Data {
			if !(math.Abs(v-want[i]) < 1e-5*(1+math.Abs(want[i]))) {
				t.Errorf("%s of row %d is %v, want %v", name, i, v, want[i])
			}
		}
	}
	for _, kind := range []onnx.Type{onnx.Float, onnx.Double} {
		g, err := k.ONNX(kind)
		check(g, err, "log_probs", logs.RawMatrix().Data)
		g, err = r.ONNX(kind)
		check(g, err, "mean", mean)
		check(g, err, "variance", variance)
	}
}

func TestExportRefuses(t *testing.T) {
	m, err := ownOf(linear(func(_ *Graph, y *G.Node) *G.Node { return y }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ONNX("denoiser", onnx.Float); err == nil || !strings.Contains(err.Error(), `"mine" is one of your own`) {
		t.Errorf("a network of one's own: %v", err)
	}
	if m, err = New(exportCases()["plain"]); err != nil {
		t.Fatal(err)
	}
	if _, err := m.ONNX("noise", onnx.Float); err == nil || !strings.Contains(err.Error(), "use denoiser, score or eps") {
		t.Errorf("an unknown quantity: %v", err)
	}
}

// Conditions that are bound are constants of a graph.
func TestExportOfBoundConditions(t *testing.T) {
	cases := exportCases()
	encoded := cases["moments"]
	encoded.Encoder = &Encoder{Width: 2, Points: 3, Hidden: 8, Layers: 1, Out: 5}
	cases["encoded"] = encoded
	for _, name := range []string{"given", "moments", "labels", "encoded"} {
		m, err := New(cases[name])
		if err != nil {
			t.Fatal(err)
		}
		randomize(m.Params)
		x, ts, labels, given := exportInputs(m)
		for _, row := range []int{1, 3} {
			var l, v *mat.Dense
			if l = labels.Slice(row, row+1, 0, m.Labels()).(*mat.Dense); given != nil {
				v = given.Slice(row, row+1, 0, m.Dim()).(*mat.Dense)
			}
			for _, c := range [][2]*mat.Dense{{l, v}, {l, nil}, {nil, v}} {
				if c[0] == nil && c[1] == nil {
					continue
				}
				d, err := m.Conditional(c[0], c[1])
				if err != nil {
					t.Fatal(err)
				}
				want := mat.NewDense(exportRows, m.Dim(), nil)
				if err := d.Denoise(want, x, ts[:1]); err != nil {
					t.Fatal(err)
				}
				g := onnx.New(onnx.Double)
				in := g.Input("x", namedDim("N"), onnx.Dim{Size: m.Dim()})
				e, err := NewBoundExporter(g, d)
				if err != nil {
					t.Fatal(err)
				}
				g.Output("y", e.Denoise(in, e.At(m.Sched.Coeff(ts[0]))), namedDim("N"), onnx.Dim{Size: m.Dim()})
				out, err := reread(t, g.Model(), nil).Run(map[string]*onnx.Tensor{"x": matrixTensor(x)})
				if err != nil {
					t.Fatal(err)
				}
				for i, w := range want.RawMatrix().Data {
					if got := out["y"].Data[i]; !(math.Abs(got-w) < 2e-6*(1+math.Abs(w))) {
						t.Errorf("%s, row %d of conditions, number %d: %v, want %v", name, row, i, got, w)
					}
				}
			}
		}
		if c, err := m.Conditional(labels, nil); err != nil {
			t.Fatal(err)
		} else if _, err := NewBoundExporter(onnx.New(onnx.Float), c); err == nil {
			t.Errorf("%s: conditions of each row are constants", name)
		}
	}
}

// The mean of networks is one graph, in which each has its weights.
func TestExportOfAMean(t *testing.T) {
	c := exportCases()["given"]
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	other, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	randomize(m.Params)
	randomize(other.Params)
	for i := range other.Params.Flat {
		other.Params.Flat[i] *= 0.5
	}
	x, ts, labels, given := exportInputs(m)
	want, one := mat.NewDense(exportRows, m.Dim(), nil), mat.NewDense(exportRows, m.Dim(), nil)
	for _, net := range []*Model{m, other} {
		d, err := net.Conditional(labels, given)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Denoise(one, x, ts); err != nil {
			t.Fatal(err)
		}
		want.Add(want, one)
	}
	g, err := m.ONNX("denoiser", onnx.Double, other)
	out, err := reread(t, g, err).Run(map[string]*onnx.Tensor{"x": matrixTensor(x), "t": column(ts...), "labels": matrixTensor(labels), "given": matrixTensor(given)})
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want.RawMatrix().Data {
		if got := out["denoised"].Data[i]; !(math.Abs(got-w/2) < 2e-6*(1+math.Abs(w))) {
			t.Errorf("number %d is %v, want %v", i, got, w/2)
		}
	}
	plain, err := New(exportCases()["plain"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ONNX("denoiser", onnx.Float, plain); err == nil || !strings.Contains(err.Error(), "network 2 has other conditions") {
		t.Errorf("networks that are not alike: %v", err)
	}
}
