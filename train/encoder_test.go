package train

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// setTrainer trains a model of rows given a set of three numbers, of which a third of the
// rows have two: the first coordinate is their mean, in any order, and a little noise.
func setTrainer(t *testing.T, workers, steps int) *Trainer {
	t.Helper()
	sets := [2]Data{}
	for k, name := range []string{"train", "held"} {
		d := table(name, 600)
		c := mat.NewDense(600, 3, nil)
		for i := range 600 {
			row := d.X.RawRowView(i)
			a, b := float64(i%7)/3-1, row[1]/4
			c.SetRow(i, []float64{row[0] + a + b, row[0] - a, row[0] - b})
			if i%3 == 0 {
				c.SetRow(i, []float64{row[0] - b, math.NaN(), row[0] + b})
			}
		}
		sets[k] = Data{d.X, c}
	}
	m, err := nn.New(nn.Config{
		Hidden: 24, Layers: 2, Mean: []float64{1, -1}, Variance: []float64{1, 1}, Seed: 1,
		Encoder: &nn.Encoder{Width: 1, Points: 3, Hidden: 16, Layers: 1, PointLayers: 1, Out: 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(steps)
	cfg.Workers, cfg.Every = workers, steps/2
	cfg.Objective = losses.Denoising{Sched: sde.VP{}, Control: losses.ControlVariate{Below: 0.3}}
	tr, err := New(m, sets[0], sets[1], cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestTrainingWithAnEncoder(t *testing.T) {
	one, two := setTrainer(t, 1, 20), setTrainer(t, 2, 20)
	mustRun(t, one)
	mustRun(t, two)
	if !same(one, two) {
		t.Error("two workers give other bits than one")
	}
	state, err := one.State()
	if err != nil {
		t.Fatal(err)
	}
	again := setTrainer(t, 2, 20)
	if err := again.Restore(state); err != nil {
		t.Fatal(err)
	}
	if !same(one, again) {
		t.Error("the restored run is in another state")
	}
}

// The encoder learns what it is for: D at large noise is about the mean of the points,
// however many there are.
func TestEncoderLearnsTheMeanOfASet(t *testing.T) {
	tr := setTrainer(t, 2, 300)
	mustRun(t, tr)
	m := tr.Model()
	for _, set := range [][]float64{{2, 1, 0}, {0, 2, 1}, {0.5, 1.5}, {0.2, 0.3, 0.1}, {-0.1, 0.5}} {
		c, err := m.Conditional(mat.NewDense(1, len(set), set), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := 0.0
		for _, v := range set {
			want += v / float64(len(set))
		}
		d := mat.NewDense(1, 2, nil)
		if err := c.Denoise(d, mat.NewDense(1, 2, []float64{0.3, -0.2}), []float64{0.99}); err != nil {
			t.Fatal(err)
		}
		t.Logf("%v: %v, want %v", set, d.At(0, 0), want)
		if math.Abs(d.At(0, 0)-want) > 0.25 {
			t.Errorf("the set %v gives %v, want about %v", set, d.At(0, 0), want)
		}
	}
}
