package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
)

func encoderConfig(e Encoder) Config {
	return Config{
		Hidden: 24, Layers: 2, Mean: []float64{0.5, -1}, Variance: []float64{1, 4}, RowMoments: true, Conditional: true,
		Conditions: []Condition{{Name: "class", Levels: 3}}, Encoder: &e,
	}
}

var testEncoders = map[string]Encoder{
	"vector":  {Width: 6, Hidden: 16, Layers: 2, Out: 5},
	"set":     {Width: 2, Points: 3, Hidden: 16, Layers: 1, PointLayers: 2, Out: 5},
	"moments": {Width: 2, Points: 3, Hidden: 16, Layers: 2, PointLayers: 1, Out: 5, SecondMoment: true},
}

// encoderLabels are a class, six numbers and four moments of each of n rows.
func encoderLabels(n int) *mat.Dense {
	l := normals("encoder", n, 11)
	for i := range n {
		l.Set(i, 0, float64(i%3))
		l.Set(i, 9, math.Exp(l.At(i, 9)))
		l.Set(i, 10, math.Exp(l.At(i, 10)))
	}
	return l
}

// The machines that train and those that sample make the same features: the loss of a
// block is that of the denoiser.
func TestBlockLossWithAnEncoder(t *testing.T) {
	for name, e := range testEncoders {
		m := trained(t, encoderConfig(e))
		const n = 50
		p := Regression{X: normals("x", n, 2), Target: normals("y", n, 2), T: make([]float64, n), Weight: make([]float64, n), Cond: encoderLabels(n)}
		for i := range n {
			p.T[i], p.Weight[i] = 0.05+0.9*float64(i)/n, float64(1+i%4)
			if i%7 == 0 {
				p.Cond.Set(i, 4, math.NaN()) // of a vector, or a point
			}
			if i%11 == 0 {
				for j := range 11 {
					p.Cond.Set(i, j, math.NaN())
				}
			}
		}
		g, err := m.NewGradient()
		if err != nil {
			t.Fatal(err)
		}
		grad := make([]float32, len(m.Params.Flat))
		got := g.Block(p, 1, grad, false)
		rows, want := make([]float64, n), 0.0
		if err := m.RowLosses(rows, p); err != nil {
			t.Fatal(err)
		}
		for _, l := range rows {
			want += l
		}
		if math.Abs(got-want) > 1e-5*want {
			t.Errorf("%s: loss %g, want %g", name, got, want)
		}
		norm, step := 0.0, 1e-6
		for i, v := range grad {
			norm += float64(v) * float64(v)
			m.Params.Flat[i] -= float32(step * float64(v))
		}
		fall := got - g.Block(p, 1, grad, false)
		if math.Abs(fall/(step*norm)-1) > 0.05 {
			t.Errorf("%s: the loss falls by %g, want about %g", name, fall, step*norm)
		}
		if gap, err := m.Gap(p); err != nil || gap < 1e-3 {
			t.Errorf("%s: conditions change %g, %v", name, gap, err)
		}
	}
}

// joinedFeatures are those that the training graph of g has made.
func joinedFeatures(g *Gradient) []float32 {
	for _, s := range g.k.fwd.steps {
		if s.op.name == "join" {
			return s.in[2]
		}
	}
	panic("nn: no encoder in the graph")
}

// The features that sampling computes once are those of the training graph, bit for bit.
func TestEmbedderIsTheTrainingGraph(t *testing.T) {
	for name, e := range testEncoders {
		m := trained(t, encoderConfig(e))
		g, err := m.NewGradient()
		if err != nil {
			t.Fatal(err)
		}
		labels := encoderLabels(BlockRows)
		labels.Set(3, 2, math.NaN())
		p := Regression{X: normals("x", BlockRows, 2), Target: normals("x", BlockRows, 2), T: make([]float64, BlockRows), Weight: make([]float64, BlockRows), Cond: labels}
		for i := range p.T {
			p.T[i] = 0.5
		}
		g.Block(p, 1, make([]float32, len(m.Params.Flat)), false)
		c, err := m.Conditional(labels, nil)
		if err != nil {
			t.Fatal(err)
		}
		made := joinedFeatures(g)
		for i := range BlockRows {
			if got := made[i*5 : (i+1)*5]; !slices.Equal(got, c.cond.feature(i, 5)) {
				t.Fatalf("%s, row %d: %v in training, %v in sampling", name, i, got, c.cond.feature(i, 5))
			}
		}
	}
}

func TestRowsWithAnEncoderAreIndependent(t *testing.T) {
	for name, e := range testEncoders {
		m := trained(t, encoderConfig(e))
		const n = BlockRows + 9
		x, labels, all := normals("x", n, 2), encoderLabels(n), mat.NewDense(n, 2, nil)
		g, err := m.Conditional(labels, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Denoise(all, x, []float64{0.3}); err != nil {
			t.Fatal(err)
		}
		for _, r := range []int{0, 5, n - 1} {
			one, want := mat.NewDense(1, 2, nil), mat.NewDense(1, 2, all.RawRowView(r))
			row := mat.NewDense(1, 2, x.RawRowView(r))
			if err := g.Rows([]int{r}).Denoise(one, row, []float64{0.3}); err != nil {
				t.Fatal(err)
			}
			sameBits(t, name+", one row", one, want)
			shared, err := m.Conditional(mat.NewDense(1, 11, labels.RawRowView(r)), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := shared.Denoise(one, row, []float64{0.3}); err != nil {
				t.Fatal(err)
			}
			sameBits(t, name+", shared", one, want)
		}
		checkPullback(t, g.Rows([]int{1, 2, 3, 4}).(*Conditional), normals("p", 4, 2), 2e-3)
		none := mat.NewDense(1, 11, slices.Repeat([]float64{math.NaN()}, 11))
		null, err := m.Conditional(none, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, b := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
		if err := null.Denoise(a, x, []float64{0.3}); err != nil {
			t.Fatal(err)
		}
		if err := m.Denoise(b, x, []float64{0.3}); err != nil {
			t.Fatal(err)
		}
		sameBits(t, name+", nothing given", a, b)
		if worst(a.RawRowView(0), all.RawRowView(0)) < 1e-4 {
			t.Errorf("%s: the null token changes nothing", name)
		}
		zeros, err := m.Conditional(mat.NewDense(1, 11, []float64{9: math.NaN(), 10: math.NaN()}), nil)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(zeros.cond.features, null.cond.features) {
			t.Errorf("%s: zeros have the features of the null token", name)
		}
		for what, d := range map[string]interface {
			Denoise(dst, x *mat.Dense, t []float64) error
		}{"bound": g, "unconditional": m} {
			tm := []float64{0.4}
			if a := testing.AllocsPerRun(10, func() { _ = d.Denoise(all, x, tm) }); a != 0 {
				t.Errorf("%s, %s: %g allocations per call", name, what, a)
			}
		}
	}
}

// A step of sampling runs the ops of a model of as many plain features.
func TestSamplingRunsNoEncoder(t *testing.T) {
	m := trained(t, encoderConfig(testEncoders["set"]))
	c := encoderConfig(Encoder{})
	c.Encoder = nil
	plain := trained(t, c)
	var steps [2]int
	for i, m := range []*Model{m, plain} {
		k, err := m.free.take()
		if err != nil {
			t.Fatal(err)
		}
		steps[i] = len(k.fwd.steps) + len(k.bwd.steps)
	}
	if steps[0] != steps[1] {
		t.Errorf("%d ops with an encoder, %d without", steps[0], steps[1])
	}
}

func TestSetsHaveNoOrder(t *testing.T) {
	m := trained(t, encoderConfig(testEncoders["moments"]))
	nan := math.NaN()
	// Points (1, 2), (3, -1), (0.5, 0.25), in any order and with gaps between them.
	sets := [][]float64{
		{1, 2, 3, -1, 0.5, 0.25}, {0.5, 0.25, 3, -1, 1, 2}, {3, -1, 1, 2, 0.5, 0.25},
		{nan, nan, 1, 2, 3, nan, 0.5, 0.25, 3, -1, 7, nan},
	}
	x, want := normals("x", 6, 2), mat.NewDense(6, 2, nil)
	eval := func(dst *mat.Dense, set []float64) {
		t.Helper()
		row := append(append([]float64{1}, set...), 0, 0, 1, 1)
		g, err := m.Conditional(mat.NewDense(1, len(row), row), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Denoise(dst, x, []float64{0.4}); err != nil {
			t.Fatal(err)
		}
	}
	eval(want, sets[0])
	got := mat.NewDense(6, 2, nil)
	for _, s := range sets {
		eval(got, s)
		sameBits(t, "another order", got, want)
	}
	for i := range 20 { // random points, in order and reversed
		p := normals("points", 20, 6).RawRowView(i)
		var features [2][]float32
		for k, set := range [][]float64{p, {p[4], p[5], p[2], p[3], p[0], p[1]}} {
			c, err := m.withFeatures(conds{values: mat.NewDense(1, 11, append(append([]float64{1}, set...), 0, 0, 1, 1)), shared: true}, nil)
			if err != nil {
				t.Fatal(err)
			}
			features[k] = c.features
		}
		if !slices.Equal(features[0], features[1]) {
			t.Errorf("the set %v, reversed: %v and %v", p, features[0], features[1])
		}
	}
	eval(got, []float64{1, 2, 3, -1, 0.5, 0.5})
	if worst(got.RawMatrix().Data, want.RawMatrix().Data) < 1e-4 {
		t.Error("another point changes nothing")
	}
	// More points than in training: the same ones twice have the same moments.
	eval(got, slices.Repeat(sets[0], 50))
	e := worst(got.RawMatrix().Data, want.RawMatrix().Data)
	clear(m.Params.Get("encoder.layer0.feature").Data[16:])
	clear(m.Params.Get("encoder.layer1.feature").Data[16:])
	clear(m.Params.Get("encoder.out.feature").Data[5:])
	eval(want, sets[0])
	eval(got, slices.Repeat(sets[0], 50))
	if without := worst(got.RawMatrix().Data, want.RawMatrix().Data); without > 1e-4 || e < 100*without {
		t.Errorf("points repeated 50 times: off by %g, by %g without the feature of their number", e, without)
	}
}

func TestEncoderIsSaved(t *testing.T) {
	for name, e := range testEncoders {
		m := trained(t, encoderConfig(e))
		again := saved(t, m)
		if again.Net != m.Net || !slices.Equal(again.Params.Flat, m.Params.Flat) || again.Labels() != 11 {
			t.Errorf("%s: another after saving: %+v", name, again.Net)
		}
	}
}

// What a file claims of an encoder is compared with its arrays.
func TestClaimedEncodersAreRefused(t *testing.T) {
	m := trained(t, encoderConfig(testEncoders["set"]))
	for _, claim := range [][2]string{
		{`"point_layers":2`, `"point_layers":16000`}, {`"point_layers":2`, `"point_layers":1`}, {`"points":3`, `"points":0`},
		{`"hidden":16`, `"hidden":16384`}, {`"hidden":16`, `"hidden":0`}, {`"out":5`, `"out":6`}, {`"width":2`, `"width":-2`},
	} {
		f := checkpoints.New(ModelKind)
		if err := m.Store(f); err != nil {
			t.Fatal(err)
		}
		was := f.Meta["model"]
		f.Meta["model"] = strings.Replace(was, claim[0], claim[1], 1)
		if _, err := FromCheckpoint(f); err == nil || was == f.Meta["model"] {
			t.Errorf("%s in the place of %s: %v", claim[1], claim[0], err)
		}
	}
}

func TestEncoderRefuses(t *testing.T) {
	for what, e := range map[string]Encoder{
		"no width":             {Hidden: 3},
		"negative sizes":       {Width: 2, Hidden: -1},
		"layers of no points":  {Width: 2, PointLayers: 1},
		"moments of no points": {Width: 2, SecondMoment: true},
		"many points":          {Width: 2, Points: maxEncoder + 1},
		"many numbers":         {Width: maxEncoder + 1},
	} {
		if _, err := New(encoderConfig(e)); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	c := encoderConfig(testEncoders["vector"])
	c.RowMoments, c.Conditions = false, nil
	if _, err := NewClassifier(c, Condition{Name: "c", Levels: 2}); err == nil {
		t.Error("a classifier with an encoder is accepted")
	}
	for name, bad := range map[string][][]float64{
		"vector": {{1}, {0, 1, 2, 3, 4, 5, 0, 0, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 1, 1}, {0, 1, 2, 3, 4, 5, math.Inf(1), 0, 0, 1, 1}},
		"set":    {{0, 0, 0, 1, 1}, {0, 1, 2, 3, 0, 0, 1, 1}, {0, math.Inf(-1), 2, 0, 0, 1, 1}, {3, 1, 2, 0, 0, 1, 1}, {0, 1, 2, 0, 0, 1, -1}},
	} {
		m := trained(t, encoderConfig(testEncoders[name]))
		for _, row := range bad {
			if _, err := m.Conditional(mat.NewDense(1, len(row), row), nil); err == nil {
				t.Errorf("%s: labels %v are accepted", name, row)
			}
		}
	}
	m := trained(t, encoderConfig(testEncoders["set"]))
	m.LabelsRequired = true
	nan := math.NaN()
	for want, row := range map[bool][]float64{true: {0, 1, nan, 1, 2, 0, 0, 1, 1}, false: {0, 1, nan, nan, 2, 0, 0, 1, 1}} {
		if _, err := m.Conditional(mat.NewDense(1, 9, row), nil); (err == nil) != want {
			t.Errorf("labels %v where all are required: %v", row, err)
		}
	}
}

func TestEncoderDefaultsAndFirstParameters(t *testing.T) {
	e, err := Encoder{Width: 2, Points: 4}.withDefaults()
	if want := (Encoder{Width: 2, Points: 4, Hidden: 64, Layers: 2, PointLayers: 2, Out: 32}); err != nil || e != want {
		t.Errorf("an encoder of sets is %+v, want %+v; %v", e, want, err)
	}
	if e, err = (Encoder{Width: 8}).withDefaults(); err != nil || e.PointLayers != 0 || e.inputs() != 8 || e.pooled() != 8 {
		t.Errorf("an encoder of vectors is %+v, %v", e, err)
	}
	e = testEncoders["moments"]
	if e.logPoints(3) != 0 || math.Abs(float64(e.logPoints(6))-math.Ln2) > 1e-7 || e.logPoints(0) != 0 {
		t.Errorf("the features of 0, 3 and 6 points are %v, %v and %v", e.logPoints(0), e.logPoints(3), e.logPoints(6))
	}
	m, err := New(encoderConfig(e))
	if err != nil {
		t.Fatal(err)
	}
	v := m.Params.Get("encoder.layer0.feature").Data
	if slices.Contains(v[:16], 0) || slices.ContainsFunc(v[16:], func(w float32) bool { return w != 0 }) {
		t.Errorf("the null flag and the number of points have the first weights %v", v)
	}
}

// Dropout of hidden units is of the network alone.
func TestEncoderKeepsItsUnits(t *testing.T) {
	m := trained(t, encoderConfig(testEncoders["set"]))
	g, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	labels := encoderLabels(BlockRows)
	p := Regression{X: normals("x", BlockRows, 2), Target: normals("x", BlockRows, 2), T: make([]float64, BlockRows), Weight: make([]float64, BlockRows), Cond: labels}
	for i := range p.T {
		p.T[i], p.Weight[i] = 0.5, 1
	}
	grad := make([]float32, len(m.Params.Flat))
	whole := g.Block(p, 1, grad, false)
	want := slices.Clone(joinedFeatures(g))
	p.Dropout = UnitDropout{Share: 0.5, Seed: 1}
	if less := g.Block(p, 1, grad, false); less == whole || !slices.Equal(joinedFeatures(g), want) {
		t.Errorf("loss %v with dropout and %v without; the features are the same: %v", less, whole, slices.Equal(joinedFeatures(g), want))
	}
}
