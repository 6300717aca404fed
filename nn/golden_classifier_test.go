package nn

import (
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
)

func TestGoldenClassifiers(t *testing.T) {
	seen := 0
	for _, g := range goldens(t) {
		if g.LogProbs == nil {
			continue
		}
		seen++
		t.Run(filepath.Base(g.File), func(t *testing.T) {
			c, err := ClassifierFromCheckpoint(g.load(t))
			if err != nil {
				t.Fatal(err)
			}
			lp := mat.NewDense(len(g.T), c.Label.Levels, nil)
			if err := c.LogProbs(lp, g.X.dense(), g.T); err != nil {
				t.Fatal(err)
			}
			expectRows(t, "ln p(c | x)", lp, g.LogProbs, goldenTolerance)
			of, err := c.Of(g.Of...)
			if err != nil {
				t.Fatal(err)
			}
			logp, grad := make([]float64, len(g.T)), mat.NewDense(len(g.T), c.Dim(), nil)
			if err := of.LogProbGrad(grad, logp, g.X.dense(), g.T); err != nil {
				t.Fatal(err)
			}
			expectRows(t, "gradient of ln p(c | x)", grad, g.Gradient, 1e-4)
			for i, k := range g.Of {
				if logp[i] != lp.At(i, k) {
					t.Errorf("row %d: ln p is %v, then %v", i, lp.At(i, k), logp[i])
				}
			}
			if g.Gradients != nil {
				checkTraining(t, c, g, lp)
			}
		})
	}
	if seen < 2 {
		t.Errorf("%d golden classifiers", seen)
	}
}

func checkTraining(t *testing.T, c *Classifier, g goldenCase, lp *mat.Dense) {
	n := len(g.T)
	r := Regression{X: g.X.dense(), T: g.T, Cond: mat.NewDense(n, 1, nil)}
	for i, k := range g.Of {
		r.Cond.Set(i, 0, float64(k))
	}
	losses := make([]float64, n)
	if err := c.RowLosses(losses, r); err != nil {
		t.Fatal(err)
	}
	for i, k := range g.Of {
		if losses[i] != -lp.At(i, k) {
			t.Errorf("row %d: loss %v, ln p %v", i, losses[i], lp.At(i, k))
		}
	}
	b, err := c.Compile()
	if err != nil {
		t.Fatal(err)
	}
	grad := c.Params.Clone()
	if got := b.Block(r, 1/float64(n), grad.Flat, false); math.Abs(got-g.Loss) > 1e-5*g.Loss {
		t.Errorf("loss of the block %v, want %v", got, g.Loss)
	}
	g.expectGradients(t, grad)
	// Units that are dropped are not those of the whole network.
	r.Dropout = UnitDropout{Share: 0.5, Seed: 1}
	if got := b.Block(r, 1/float64(n), grad.Flat, false); math.Abs(got-g.Loss) < 1e-3*g.Loss {
		t.Errorf("with half of the units the loss is %v", got)
	}
}

// Models and classifiers that are stored and read again give what they gave, and name the
// same network.
func TestStoredAgain(t *testing.T) {
	for _, g := range goldens(t) {
		f := g.load(t)
		again := checkpoints.New(f.Kind())
		if g.LogProbs == nil {
			m, err := FromCheckpoint(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Store(again); err != nil {
				t.Fatal(err)
			}
			back, err := FromCheckpoint(again)
			if err != nil {
				t.Fatal(err)
			}
			expectRows(t, g.File, denoised(t, back, g.Cond.dense(), g.Known.dense(), g), g.D, goldenTolerance)
			if back.Architecture() != m.Architecture() || len(again.Arrays) != len(f.Arrays) {
				t.Errorf("%s: %s, stored again %s", g.File, m.Architecture(), back.Architecture())
			}
			continue
		}
		c, err := ClassifierFromCheckpoint(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Store(again); err != nil {
			t.Fatal(err)
		}
		back, err := ClassifierFromCheckpoint(again)
		if err != nil {
			t.Fatal(err)
		}
		lp := mat.NewDense(len(g.T), c.Label.Levels, nil)
		if err := back.LogProbs(lp, g.X.dense(), g.T); err != nil {
			t.Fatal(err)
		}
		expectRows(t, g.File, lp, g.LogProbs, goldenTolerance)
		c.Label.Levels++
		other := checkpoints.New(f.Kind())
		if err := c.Store(other); err != nil {
			t.Fatal(err)
		}
		if _, err := ClassifierFromCheckpoint(other); err == nil {
			t.Errorf("%s: a label of another number of levels is accepted", g.File)
		}
	}
}
