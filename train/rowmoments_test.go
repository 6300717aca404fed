package train

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// momentTrainer trains a model of rows that bring their moments as labels: those of
// N((1 + s, -1), diag(1, s²)) for a label s of their own.
func momentTrainer(t *testing.T, workers int) *Trainer {
	t.Helper()
	sets := [2]Data{}
	for k, name := range []string{"train", "held"} {
		d := table(name, 300)
		c := mat.NewDense(300, 5, nil)
		for i := range 300 {
			s := 0.5 + d.Cond.At(i, 0)
			c.SetRow(i, []float64{d.Cond.At(i, 0), 1 + s, -1, 1, s * s})
		}
		sets[k] = Data{d.X, c}
	}
	m, err := nn.New(nn.Config{
		Hidden: 24, Layers: 2, Mean: []float64{1, -1}, Variance: []float64{1, 1}, Seed: 1,
		Conditions: []nn.Condition{{Name: "sign", Levels: 2}}, RowMoments: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(20)
	cfg.Workers, cfg.UnitDropout = workers, 0
	cfg.Objective = losses.Denoising{Sched: sde.VP{}, Control: losses.ControlVariate{Below: 0.3}}
	tr, err := New(m, sets[0], sets[1], cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestTrainingWithMomentsOfRows(t *testing.T) {
	one, two := momentTrainer(t, 1), momentTrainer(t, 2)
	mustRun(t, one)
	mustRun(t, two)
	if !same(one, two) {
		t.Error("two workers give other bits than one")
	}
	state, err := one.State()
	if err != nil {
		t.Fatal(err)
	}
	again := momentTrainer(t, 2)
	if err := again.Restore(state); err != nil {
		t.Fatal(err)
	}
	if !same(one, again) {
		t.Error("the restored run is in another state")
	}
	other := momentTrainer(t, 1)
	other.data.(Data).Cond.Set(7, 4, 2)
	if err := other.Restore(state); err == nil {
		t.Error("a state is taken for that of rows with another variance")
	}
	if r := one.last; !(r.ConditionGap > 0.1) || one.Model().Err() != nil {
		t.Errorf("the moments change the loss by %g; %v", r.ConditionGap, one.Model().Err())
	}
}
