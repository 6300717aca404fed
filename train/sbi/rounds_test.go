package sbi

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// sides are the means and mean squares of the columns, and their standard errors.
func sides(theta *mat.Dense) (value, se []float64) {
	n, d := theta.Dims()
	for j := range d {
		for _, power := range []float64{1, 2} {
			m, s := 0.0, 0.0
			for i := range n {
				v := math.Pow(theta.At(i, j), power)
				m += v / float64(n)
				s += v * v / float64(n)
			}
			value, se = append(value, m), append(se, math.Sqrt((s-m*m)/float64(n)))
		}
	}
	return value, se
}

// worst is the largest difference of sides in standard errors.
func worst(a, b *mat.Dense) (w float64) {
	x, s := sides(a)
	y, t := sides(b)
	for k := range x {
		w = max(w, math.Abs(x[k]-y[k])/math.Hypot(s[k], t[k]))
	}
	return w
}

// Draws of a region are those of the prior that are in it, by both ways; the region has the
// mass that it says, and nearly all of the posterior. Resampling alone is too narrow.
func TestRegionIsThePriorRestricted(t *testing.T) {
	ctx, m := context.Background(), linearModel(t)
	p := posterior(t, m, 0.8, -0.6)
	r, err := p.Region(ctx, 1e-3, &DrawOptions{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	draws, err := p.Sample(ctx, 5000, &DrawOptions{Seed: 99})
	if err != nil {
		t.Fatal(err)
	}
	share := func(theta *mat.Dense) float64 {
		in, err := r.Contains(ctx, theta)
		if err != nil {
			t.Fatal(err)
		}
		n := 0.0
		for _, ok := range in {
			if ok {
				n++
			}
		}
		return n / float64(len(in))
	}
	if s := share(draws.Theta); s < 0.996 || s == 1 {
		t.Errorf("the region has %v of the posterior", s)
	}
	all := mat.NewDense(8000, 2, nil)
	m.prior.Sample(all, 17, 0)
	in, err := r.Contains(ctx, all)
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for i, ok := range in {
		if ok {
			list = append(list, i)
		}
	}
	want, mass := pick(all, list, 2), float64(len(list))/8000
	d, err := r.Sample(ctx, 3000, 4)
	if err != nil {
		t.Fatal(err)
	}
	if d.Method != "rejection" || share(d.Theta) < 1 || worst(d.Theta, want) > 4 || math.Abs(d.Mass-mass) > 4*math.Sqrt(mass/8000) {
		t.Errorf("%s: %v standard errors, mass %v, want %v", d.Method, worst(d.Theta, want), d.Mass, mass)
	}
	moved, err := r.resample(ctx, 3000, 4, moves)
	if err != nil {
		t.Fatal(err)
	}
	if share(moved.Theta) < 1 || worst(moved.Theta, want) > 5 || math.Abs(moved.Mass-mass) > 0.3*mass {
		t.Errorf("resampling: %v standard errors, mass %v, want %v", worst(moved.Theta, want), moved.Mass, mass)
	}
	alone, err := r.resample(ctx, 3000, 4, 0)
	if err != nil {
		t.Fatal(err)
	}
	if w := worst(alone.Theta, want); w < 5 {
		t.Errorf("without moves it is as good: %v", w)
	}
	if w := worst(draws.Theta, want); w < 20 {
		t.Errorf("draws of the posterior are as good: %v", w)
	}
	half, err := posterior(t, m, 1.2, -0.6).Region(ctx, 1e-3, nil)
	if err != nil {
		t.Fatal(err)
	}
	both := half.Within(r)
	a, err := both.Contains(ctx, want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := half.Contains(ctx, want)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("row %d is in one of the regions alone", i)
		}
	}
	if in, err := both.Contains(ctx, all); err != nil || count(in) >= count(b)+1 {
		t.Errorf("%d rows in both, %v", count(in), err)
	}
}

func count(in []bool) (n int) {
	for _, ok := range in {
		if ok {
			n++
		}
	}
	return n
}

// rounded are settings of rounds of a linear simulator with little noise, sd 0.1.
func rounded(t *testing.T, folder string, rounds int, calls *int) *RoundsOptions {
	p := linearPrior(t, 2)
	return &RoundsOptions{
		Fit:    Options{Prior: p, Steps: 150, Hidden: 32, Layers: 2, Seed: 5},
		Rounds: rounds, Rows: 400, XNames: []string{"u", "v"}, Folder: folder, Simulator: "linear",
		Simulate: func(_ context.Context, theta *mat.Dense, first int) (*mat.Dense, error) {
			*calls++
			x := mat.DenseCopyOf(theta)
			n, d := x.Dims()
			for i := range n {
				rng := stream.New(8, "test/rounds", uint64(first+i))
				for j := range d {
					x.Set(i, j, x.At(i, j)+0.1*rng.NormFloat64())
				}
			}
			return x, nil
		},
	}
}

// Rounds narrow the prior, keep the posterior right, and go on from what is kept to the same
// bits.
func TestRounds(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	ctx, calls := context.Background(), 0
	direct, dir := t.TempDir(), t.TempDir()
	x := []float64{1.1, -0.4}
	var reports []Round
	o := rounded(t, direct, 2, &calls)
	o.Observe = func(r Round) error { reports = append(reports, r); return nil }
	var stages []string
	o.Fit.Stage = func(s Stage) { stages = append(stages, s.String()) }
	m, err := FitRounds(ctx, x, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) != 2 || reports[0].Mass != 1 || reports[0].Rows != 400 || !(reports[1].Mass < 0.1) || reports[1].Rows < 400 || reports[1].Kept {
		t.Errorf("reports %+v", reports)
	}
	if n := len(stages); n < 2 || !strings.HasPrefix(stages[0], "round 1, ") || !strings.HasPrefix(stages[n-1], "round 2, ") {
		t.Errorf("stages %q", stages)
	}
	p, err := m.Posterior(mat.NewDense(1, 2, x))
	if err != nil || len(p.Caveats()) > 0 {
		t.Fatalf("%v, %v", p.Caveats(), err)
	}
	draws, err := p.Sample(ctx, 4000, nil)
	if err != nil {
		t.Fatal(err)
	}
	for j, s := range Summarize(m.ThetaNames(), draws.Theta, 0.9) {
		mean, sd := x[j]/1.01, 0.1/math.Sqrt(1.01)
		if math.Abs(s.Mean-mean) > 0.25*sd || math.Abs(s.SD/sd-1) > 0.2 { // of 400 simulations a round
			t.Errorf("parameter %d: %v ± %v, want %v ± %v", j+1, s.Mean, s.SD, mean, sd)
		}
	}
	if p, err = m.Posterior(mat.NewDense(1, 2, []float64{1, -0.4})); err != nil || len(p.Caveats()) == 0 || !strings.Contains(p.Caveats()[0], "another observation") {
		t.Errorf("%v, %v", p.Caveats(), err)
	}

	before := calls
	if _, err := FitRounds(ctx, x, rounded(t, dir, 1, &calls)); err != nil || calls != before+1 {
		t.Fatalf("%d calls, %v", calls-before, err)
	}
	if err := os.Remove(filepath.Join(dir, "model1.safetensors")); err != nil {
		t.Fatal(err)
	}
	if _, err := FitRounds(ctx, x, rounded(t, dir, 2, &calls)); err != nil || calls != before+2 {
		t.Fatalf("%d calls, %v", calls-before, err)
	}
	for _, name := range []string{"theta2.csv", "x2.csv", "model1.safetensors", "model2.safetensors"} {
		a, err := os.ReadFile(filepath.Join(direct, name))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(a) != string(b) {
			t.Errorf("%s differs: %v", name, err)
		}
	}
	again, err := FitRounds(ctx, x, rounded(t, dir, 2, &calls))
	if err != nil || calls != before+2 || again.Rounds() == nil || again.Rounds().Round != 2 {
		t.Errorf("%d calls, %v", calls-before, err)
	}
	other := rounded(t, dir, 2, &calls)
	other.Fit.Seed++
	if _, err := FitRounds(ctx, x, other); err == nil || !strings.Contains(err.Error(), "of another seed") {
		t.Errorf("error %v", err)
	}
	for want, change := range map[string]func(*RoundsOptions){
		"another steps":           func(o *RoundsOptions) { o.Fit.Steps++ },
		"another batch":           func(o *RoundsOptions) { o.Fit.Batch = 7 },
		"another simulator batch": func(o *RoundsOptions) { o.SimulatorBatch = 7 },
	} {
		other := rounded(t, dir, 2, &calls)
		change(other)
		if _, err := FitRounds(ctx, x, other); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if len(m.Summary().Caveats) > 0 {
		t.Errorf("caveats %q: the parameters are of a region on purpose", m.Summary().Caveats)
	}
	if _, err := FitRounds(ctx, []float64{1, 2}, rounded(t, dir, 2, &calls)); err == nil || !strings.Contains(err.Error(), "of another observation") {
		t.Errorf("error %v", err)
	}
}
