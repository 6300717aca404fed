package sbi

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints/onnx"
	"tweedie/datasets/prior"
	"tweedie/internal/stream"
	"tweedie/sample"
	"tweedie/sde"
)

// mixedPrior has the three laws that have a graph.
func mixedPrior(t testing.TB) *prior.Prior {
	t.Helper()
	sd, mu, lo, hi := 2.0, 0.3, -1.0, 3.0
	p, err := prior.New([]prior.Entry{
		{Name: "a", Law: "normal", Mean: 1.0, SD: &sd}, {Name: "b", Law: "log-normal", Mu: &mu, SD: &sd}, {Names: []string{"c", "d"}, Law: "uniform", Low: &lo, High: &hi},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// exportedGap is the largest difference of draws by a graph, read back from its file, from those
// of the sampler started from the same noise, relative to the largest number of
// their column.
func exportedGap(t *testing.T, p *Posterior, g *onnx.Model, method sample.Method, o sample.Options) float64 {
	t.Helper()
	const n = 9
	d := p.m.prior.Dim()
	r, noise := stream.New(4, "export"), mat.NewDense(n, d, nil)
	noise.Apply(func(int, int, float64) float64 { return float64(float32(r.NormFloat64())) }, noise)
	want, err := p.FromNoise(context.Background(), noise, method, &o)
	if err != nil {
		t.Fatal(err)
	}
	if g, err = onnx.Decode(g.Encode()); err != nil {
		t.Fatal(err)
	}
	out, err := g.Run(map[string]*onnx.Tensor{"noise": {Dims: []int{n, d}, Data: noise.RawMatrix().Data}})
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for j := range d {
		gap, size := 0.0, 0.0
		for i := range n {
			v := want.At(i, j)
			gap, size = max(gap, math.Abs(v-out["theta"].Data[i*d+j])), max(size, math.Abs(v))
		}
		worst = max(worst, gap/size)
	}
	return worst
}

func TestExportOfAPosterior(t *testing.T) {
	mixed := mixedPrior(t)
	s := linear(mixed, 2000, 3)
	trained, err := Fit(context.Background(), s, &Options{Prior: mixed, Steps: 60, Hidden: 16, Layers: 2})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*Posterior{"linear": posterior(t, linearModel(t), 0.5, -1), "mixed": posterior(t, trained, 1, 2, 0.5, 2)} {
		for _, kind := range []onnx.Type{onnx.Float, onnx.Double} {
			for _, m := range []sample.Method{sample.DPMpp2M{}, sample.Heun{}} {
				o := sample.Options{NFE: 12}
				g, err := p.Export(m, &o, kind)
				if err != nil {
					t.Fatal(err)
				}
				if gap := exportedGap(t, p, g, m, o); !(gap < 1e-4) {
					t.Errorf("%s, %s: %.2g away", name, m.Info().Name, gap)
				}
				for i := range g.Initializers { // a planted error is seen
					if c := &g.Initializers[i]; c.Name == "whitened" {
						c.Data[0] *= 1.01
					}
				}
				if gap := exportedGap(t, p, g, m, o); gap < 1e-4 {
					t.Errorf("%s: a wrong map of parameters is %.2g away", name, gap)
				}
			}
		}
		// Examples are by the defaults of the graph, and functions of their seed.
		g, err := p.Export(nil, nil, onnx.Float)
		if err != nil {
			t.Fatal(err)
		}
		x, err := p.Examples(context.Background(), 5, 3, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if gap, err := x.Gap(context.Background(), g); err != nil || !(gap < 1e-4) {
			t.Errorf("%s: examples are %.2g away, %v", name, gap, err)
		}
		if again, err := p.Examples(context.Background(), 9, 3, nil, nil); err != nil || again.Inputs["noise"].At(4, 0) != x.Inputs["noise"].At(4, 0) {
			t.Errorf("%s: other noise for more rows, %v", name, err)
		}
		// A normal denoiser, as of a base alone.
		d := p.m.prior.Dim()
		cov := mat.NewSymDense(d, nil)
		for j := range d {
			cov.SetSym(j, j, 1+float64(j)/4)
			cov.SetSym(0, j, max(cov.At(0, j)-0.9, 0.1))
		}
		cov.SetSym(0, 0, 1)
		base := *p
		if base.inner, err = sde.NewGaussian(make([]float64, d), cov, p.m.Schedule()); err != nil {
			t.Fatal(err)
		}
		g, err = base.Export(nil, nil, onnx.Float)
		if err != nil {
			t.Fatal(err)
		}
		if gap := exportedGap(t, &base, g, sample.DPMpp2M{}, sample.Options{NFE: drawNFE}); !(gap < 1e-4) {
			t.Errorf("%s, base: %.2g away", name, gap)
		}
	}
}

func TestExportOfAPosteriorRefuses(t *testing.T) {
	m := linearModel(t)
	for want, c := range map[string]struct {
		p *Posterior
		m sample.Method
	}{
		"a graph is of one observation, and there are 2": {posterior(t, m, 0, 1, 2, 3), nil},
		"draws noise": {posterior(t, m, 0, 1), sample.DPMpp2MSDE{}},
	} {
		if _, err := c.p.Export(c.m, nil, onnx.Float); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	two, zero := 2.0, 0.0
	const only = ": a graph can have parameters of the laws normal, log-normal and uniform alone"
	for want, e := range map[string]prior.Entry{
		`the parameter "a" has the law beta` + only:                   {Name: "a", Law: "beta", A: &two, B: &two},
		`the parameter "k" has the law gamma` + only:                  {Names: []string{"k"}, Law: "gamma", Shape: &two, Scale: &two},
		`the parameters b, c have the law gamma` + only:               {Names: []string{"b", "c"}, Law: "gamma", Shape: &two, Scale: &two},
		`the parameter "s" has the law normal, truncated` + only:      {Name: "s", Law: "normal", Mean: 0.0, SD: &two, Above: &zero},
		`the parameters u, v have the law multivariate-normal` + only: {Names: []string{"u", "v"}, Law: "multivariate-normal", Mean: []any{0.0, 0.0}, Covariance: [][]float64{{1, 0}, {0, 1}}},
	} {
		p, err := prior.New([]prior.Entry{e})
		if err != nil {
			t.Fatal(err)
		}
		g := onnx.New(onnx.Float)
		if _, err := exportPrior(g, p, g.Input("z", onnx.Dim{Name: "N"}, onnx.Dim{Size: p.Dim()})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
