package train_test

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Rows drawn from a model with known values have them exactly, under every sampler
// and every wrapper of the model.
func TestRowsHaveTheKnownValuesOfTheModel(t *testing.T) {
	m, err := nn.New(nn.Config{Hidden: 8, Layers: 1, Mean: make([]float64, 5), Variance: []float64{1, 1, 1, 1, 1}, Categories: []nn.Category{{Start: 2, Shares: []float64{0.2, 0.3, 0.5}}}, Conditional: true})
	if err != nil {
		t.Fatal(err)
	}
	const n = 12
	free := math.NaN()
	one := mat.NewDense(1, 5, []float64{1. / 3, free, free, 0, free}) // the level of position 3 is excluded
	each := mat.NewDense(n, 5, nil)
	for i := range n {
		each.SetRow(i, []float64{free, float64(i) / 7, 0, 1, 0})
	}
	for _, y := range []*mat.Dense{one, each} {
		g, err := m.Conditional(nil, y)
		if err != nil {
			t.Fatal(err)
		}
		term := guide.DPS{Observation: sde.Observation{A: sde.NewLinearMap(mat.NewDense(1, 5, []float64{1, 1, 0, 0, 0})), Y: mat.NewDense(1, 1, []float64{0.4}), Error: sde.NormalError{SD: 0.5}}}
		cfg := &guide.CFG{Cond: g, Uncond: m, W: 1.5}
		denoisers := map[string]sde.Denoiser{"model": g, "CFG": cfg, "guided": guide.New(g, term), "guided CFG": guide.New(cfg, term), "differences": sde.ByDifferences(g, 0)}
		for name, d := range denoisers {
			for _, spec := range []string{"dpmpp2m:nfe=5", "dpmpp2m-sde:nfe=5", "ddim:nfe=5", "euler:nfe=5,denoise"} {
				s, err := sample.ParseMethod(spec)
				if err != nil {
					t.Fatal(err)
				}
				method, err := s.Method(d.Schedule())
				if err != nil {
					t.Fatal(err)
				}
				o := s.Options()
				o.Block = 5
				res, err := sample.Run(context.Background(), d, method, n, o)
				if err != nil {
					t.Fatal(err)
				}
				for i := range n {
					for j, v := range y.RawRowView(i % y.RawMatrix().Rows) {
						if got := res.X.At(i, j); !math.IsNaN(v) && got != v {
							t.Fatalf("%s, %s: row %d, position %d is %g, want exactly %g", name, spec, i, j, got, v)
						}
					}
				}
			}
		}
	}
}
