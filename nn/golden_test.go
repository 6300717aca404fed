package nn

import (
	"cmp"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
)

// goldenCase is what a model file must give, computed by .ci/golden.py, which shares no code
// with this package. The interchange gate computes it anew.
type goldenCase struct {
	File     string    `json:"file"`
	X        rows      `json:"x"`
	T        []float64 `json:"t"`
	Cond     rows      `json:"cond"`
	Known    rows      `json:"known"`
	Target   rows      `json:"target"`
	Weight   []float64 `json:"weight"`
	D        rows      `json:"d"`
	None     rows      `json:"none"` // D without conditions and known values
	Losses   []float64 `json:"losses"`
	V        rows      `json:"v"`
	Pullback rows      `json:"pullback"`
	LogProbs rows      `json:"log_probs"`
	Of       []int     `json:"of"`
	Gradient rows      `json:"gradient"` // of ln p(Of | x) in x
	Loss     float64   `json:"loss"`     // mean of -ln p(Of | x)
	// Gradients in the parameters, of the mean of Losses or of Loss.
	Gradients map[string][]float64 `json:"gradients"`
}

// rows are numbers of which null is NaN.
type rows [][]*float64

func (r rows) dense() *mat.Dense {
	if len(r) == 0 {
		return nil
	}
	m := mat.NewDense(len(r), len(r[0]), nil)
	for i := range r {
		for j, v := range r[i] {
			m.Set(i, j, math.NaN())
			if v != nil {
				m.Set(i, j, *v)
			}
		}
	}
	return m
}

// goldenRoot is the folder that the golden files lie in as they do in the tree.
func goldenRoot() string { return cmp.Or(os.Getenv("TWEEDIE_GOLDEN"), "..") }

func goldens(t *testing.T) []goldenCase {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldenRoot(), "nn/testdata/golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []goldenCase
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (g goldenCase) load(t *testing.T) *checkpoints.File {
	t.Helper()
	path := g.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(goldenRoot(), path)
	}
	f, err := checkpoints.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// goldenTolerance is of float32 networks, against |D| and 1.
const goldenTolerance = 2e-5

func expectRows(t *testing.T, what string, got *mat.Dense, want rows, tol float64) {
	t.Helper()
	if e := worst(got.RawMatrix().Data, want.dense().RawMatrix().Data); !(e <= tol) {
		t.Errorf("%s: off by %.2g\n got %v\nwant %v", what, e, mat.Formatted(got), mat.Formatted(want.dense()))
	}
}

func TestGoldenModels(t *testing.T) {
	seen := 0
	for _, g := range goldens(t) {
		if g.LogProbs != nil {
			continue
		}
		seen++
		t.Run(filepath.Base(g.File), func(t *testing.T) {
			f := g.load(t)
			m, err := FromCheckpoint(f)
			if err != nil {
				t.Fatal(err)
			}
			expectRows(t, "unconditional D", denoised(t, m, nil, nil, g), g.None, goldenTolerance)
			expectRows(t, "D", denoised(t, m, g.Cond.dense(), g.Known.dense(), g), g.D, goldenTolerance)
			r := Regression{X: g.X.dense(), Target: g.Target.dense(), T: g.T, Weight: g.Weight, Cond: g.Cond.dense(), Known: g.Known.dense()}
			losses := make([]float64, len(g.T))
			if err := m.RowLosses(losses, r); err != nil {
				t.Fatal(err)
			}
			if e := worst(losses, g.Losses); !(e <= 1e-4) {
				t.Errorf("losses %v, want %v", losses, g.Losses)
			}
			gap := 0.0
			with, without := denoised(t, m, g.Cond.dense(), g.Known.dense(), g), denoised(t, m, nil, g.Known.dense(), g)
			for i, w := range g.Weight {
				for j := range m.Dim() {
					gap += w * math.Pow(with.At(i, j)-without.At(i, j), 2) / float64(len(g.T))
				}
			}
			if got, err := m.Gap(r); err != nil || g.Cond != nil && (math.Abs(got-gap) > 1e-9 || gap == 0) || g.Cond == nil && got != 0 {
				t.Errorf("gap %v, want %v (%v)", got, gap, err)
			}
			if g.V != nil {
				checkDerivatives(t, m, g, r)
			}

			// The twin: two units of the first layer change places in its weights alone.
			w := f.Find("layer0.weight")
			for i := 0; i < len(w.F32); i += w.Shape[1] {
				w.F32[i], w.F32[i+1] = w.F32[i+1], w.F32[i]
			}
			if m, err = FromCheckpoint(f); err != nil {
				t.Fatal(err)
			}
			if e := worst(denoised(t, m, nil, nil, g).RawMatrix().Data, g.None.dense().RawMatrix().Data); e < 10*goldenTolerance {
				t.Errorf("permuted weights pass: off by %.2g", e)
			}
		})
	}
	if seen < 6 {
		t.Errorf("%d golden models", seen)
	}
}

func denoised(t *testing.T, m *Model, labels, known *mat.Dense, g goldenCase) *mat.Dense {
	t.Helper()
	d := mat.NewDense(len(g.T), m.Dim(), nil)
	err := m.Denoise(d, g.X.dense(), g.T)
	if labels != nil || known != nil {
		var c *Conditional
		if c, err = m.Conditional(labels, known); err == nil {
			err = c.Denoise(d, g.X.dense(), g.T)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func checkDerivatives(t *testing.T, m *Model, g goldenCase, r Regression) {
	mean, pulled := mat.NewDense(len(g.T), m.Dim(), nil), mat.NewDense(len(g.T), m.Dim(), nil)
	linearize := m.Linearize
	if r.Cond != nil || r.Known != nil {
		c, err := m.Conditional(r.Cond, r.Known)
		if err != nil {
			t.Fatal(err)
		}
		linearize = c.Linearize
	}
	pull, err := linearize(mean, r.X, g.T)
	if err != nil {
		t.Fatal(err)
	}
	if err := pull(pulled, g.V.dense()); err != nil {
		t.Fatal(err)
	}
	expectRows(t, "mean of Linearize", mean, g.D, goldenTolerance)
	expectRows(t, "pullback", pulled, g.Pullback, 1e-4)

	c, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	n, want := float64(len(g.T)), 0.0
	grad := m.Params.Clone()
	for _, l := range g.Losses {
		want += l / n
	}
	if got := c.Block(r, 1/n, grad.Flat, false); math.Abs(got-want) > 1e-4*want {
		t.Errorf("loss of the block %v, want %v", got, want)
	}
	g.expectGradients(t, grad)
}

func (g goldenCase) expectGradients(t *testing.T, grad *Params) {
	t.Helper()
	for name, want := range g.Gradients {
		got := make([]float64, len(want))
		for i, v := range grad.Get(name).Data {
			got[i] = float64(v)
		}
		if e := worst(got, want); !(e <= 1e-4) {
			t.Errorf("gradient of %s: off by %.2g", name, e)
		}
	}
}
