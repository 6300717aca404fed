package nn

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/sde"
)

// A model that was always given its labels is refused without them, and says so in its
// file; one that was trained without is not.
func TestLabelsRequired(t *testing.T) {
	m := trained(t, Config{Hidden: 8, Layers: 1, Mean: []float64{0}, Variance: []float64{1}, Conditions: []Condition{{Name: "a", Levels: 2}, {Name: "b", Levels: 2}}, Conditional: true, Seed: 1})
	x, tm := mat.NewDense(1, 1, []float64{0.3}), []float64{0.5}
	labels, some := mat.NewDense(1, 2, []float64{1, 0}), mat.NewDense(1, 2, []float64{1, math.NaN()})
	use := func(m *Model) (errs [5]error) {
		_, errs[0] = m.Conditional(labels, nil)
		errs[1] = m.Denoise(mat.NewDense(1, 1, nil), x, tm)
		_, errs[2] = m.Linearize(mat.NewDense(1, 1, nil), x, tm)
		_, errs[3] = m.Conditional(some, nil)
		_, errs[4] = m.Conditional(nil, x)
		return errs
	}
	for _, required := range []bool{false, true} {
		m.LabelsRequired = required
		f := checkpoints.New(ModelKind)
		if err := m.Store(f); err != nil {
			t.Fatal(err)
		}
		stored, err := FromCheckpoint(f)
		if err != nil || stored.LabelsRequired != required {
			t.Fatalf("required %v: %v", required, err)
		}
		for _, m := range []*Model{m, stored, m.With(m.Params)} {
			if (sde.Err(m) != nil) != required {
				t.Errorf("required %v: %v", required, sde.Err(m))
			}
			for k, err := range use(m) {
				if refused := required && k > 0; (err != nil) != refused || refused && !strings.Contains(err.Error(), "labels given in every row") {
					t.Errorf("required %v, use %d: %v", required, k, err)
				}
			}
		}
	}
}
