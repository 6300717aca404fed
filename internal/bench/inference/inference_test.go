package inference

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
)

const observations = "../../../../shared/data/sbibm"

// exact draws from the posterior itself, moved by shift posterior standard deviations.
type exact struct {
	task  simulators.Exact
	shift float64
}

func (e exact) LogScore() float64 { return math.NaN() }

func (e exact) Draw(_ context.Context, x []float64, n int, seed uint64) (*mat.Dense, error) {
	d, _ := e.task.Dims()
	dst := mat.NewDense(n, d, nil)
	if err := e.task.SamplePosterior(dst, x, seed, 0); err != nil {
		return nil, err
	}
	dst.Apply(func(_, _ int, v float64) float64 { return v + e.shift*math.Sqrt(.05) }, dst)
	return dst, nil
}

func fitExact(shift float64, fits *int) Fit {
	return func(_ context.Context, c Case, theta, x *mat.Dense, _ uint64) (Posterior, error) {
		*fits++
		t, err := simulators.Lookup(c.Task)
		return exact{t.(simulators.Exact), shift}, err
	}
}

func options(t *testing.T, fit Fit) Options {
	if _, err := os.Stat(observations); err != nil {
		t.Skip("the observations of the benchmark are not here")
	}
	return Options{
		Data: observations, Out: t.TempDir(), Cases: []Case{{Task: "two_moons"}}, Budgets: []int{1000},
		Observations: []int{1, 2}, Rows: 1000, Fit: fit,
	}
}

// Draws of the posterior are not told from the reference; moved ones are.
func TestExactPosteriorsScoreOneHalf(t *testing.T) {
	var fits int
	for _, c := range []struct{ shift, least, most float64 }{{0, .46, .54}, {.2, .8, 1}} {
		cells, err := Run(t.Context(), options(t, fitExact(c.shift, &fits)))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range cells[0].C2ST {
			if v < c.least || v > c.most {
				t.Errorf("C2ST is %.3f with a shift of %v: it should lie between %v and %v", v, c.shift, c.least, c.most)
			}
		}
	}
}

func TestCellsAreMeasuredOnce(t *testing.T) {
	var fits int
	o := options(t, fitExact(0, &fits))
	o.Seeds = 2
	stop := errors.New("stop")
	o.Done = func(*Cell) error { return stop }
	if _, err := Run(t.Context(), o); !errors.Is(err, stop) {
		t.Fatalf("error is %v", err)
	}
	o.Done = nil
	first, err := Run(t.Context(), o)
	if err != nil || fits != 2 || len(first) != 2 {
		t.Fatalf("%d fits of %d cells: %v", fits, len(first), err)
	}
	again, err := Run(t.Context(), o)
	if err != nil || fits != 2 || again[1].C2ST[1] != first[1].C2ST[1] {
		t.Fatalf("%d fits: %v", fits, err)
	}
	o.Rows = 500
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another folder") {
		t.Errorf("other rows in the same folder: %v", err)
	}
	o.Rows = 1000
	if err := os.WriteFile(filepath.Join(o.Out, "two_moons-1000-seed0.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "delete the file") {
		t.Errorf("half a file: %v", err)
	}
}

func TestCasesAreParsed(t *testing.T) {
	for text, want := range map[string]Case{"sir": {Task: "sir"}, "slcp:4x2": {"slcp", 4, 2}} {
		if c, err := ParseCase(text); err != nil || c != want || c.String() != text {
			t.Errorf("%s is %+v: %v", text, c, err)
		}
	}
	for _, text := range []string{"nope", "slcp:4", "slcp:4x3", "slcp:0x8", "slcp:axb"} {
		if _, err := ParseCase(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestMediansAreOverSeedsAndObservations(t *testing.T) {
	cells := []*Cell{
		{Case: "slcp", Simulations: 10_000, C2ST: []float64{.9, .7}, Training: 10},
		{Case: "slcp", Simulations: 10_000, Seed: 1, C2ST: []float64{.8, .6}, Training: 20},
	}
	s, err := Summarize(cells)
	if err != nil || len(s) != 1 || math.Abs(s[0].Median-.75) > 1e-12 || math.Abs(s[0].Mean-.75) > 1e-12 || s[0].Training != 15 || s[0].Seeds != 2 {
		t.Fatalf("%+v: %v", s, err)
	}
	var b strings.Builder
	if err := WriteMarkdown(&b, cells); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| slcp | 10000 | 2 | **0.750** | 0.750 | 0.907 | 0.841 | 0.591 | 15 |", "| slcp | 10000 | 1 | 0.800, 0.600 |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
