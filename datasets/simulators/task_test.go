package simulators

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/datasets/prior"
	"tweedie/internal/stream"
)

// readBare reads a CSV file without a header.
func readBare(path string) ([][]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	rows := make([][]float64, len(records))
	for i, r := range records {
		for _, c := range r {
			v, err := strconv.ParseFloat(c, 64)
			if err != nil {
				return nil, err
			}
			rows[i] = append(rows[i], v)
		}
	}
	return rows, err
}

// Every task: sizes, finite numbers, rows that are functions of seed and index, workers
// that change nothing.
func TestTasks(t *testing.T) {
	for _, name := range Names() {
		task := lookup(t, name)
		d, w := task.Dims()
		if task.Name() != name || d != task.Prior().Dim() || w != len(task.Columns()) {
			t.Errorf("%s: sizes", name)
		}
		theta, x, err := Draw(context.Background(), task, nil, 600, 1, 0, 3)
		if err != nil {
			t.Fatal(err)
		}
		th, y, err := Draw(context.Background(), task, nil, 40, 1, 500, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(theta.Slice(500, 540, 0, d), th) || !mat.Equal(x.Slice(500, 540, 0, w), y) {
			t.Errorf("%s: rows are others when drawn alone", name)
		}
		if _, z, _ := Draw(context.Background(), task, nil, 40, 2, 500, 1); mat.Equal(y, z) {
			t.Errorf("%s: the seed is ignored", name)
		}
		th.Set(3, 0, math.NaN())
		if err := task.Simulate(y, th, 1, 10); err == nil || !strings.Contains(err.Error(), name+": row 14: parameter") {
			t.Errorf("%s: NaN: %v", name, err)
		}
	}
	if _, err := Lookup("two_moon"); err == nil || !strings.Contains(err.Error(), "did you mean two_moons?") {
		t.Errorf("%v", err)
	}
}

// Given θ, the score ∂ log p(x|θ) has the mean 0 over simulations, and minus its
// derivative the mean of its square: the likelihood is that of the simulator.
func TestLikelihoodIsTheSimulators(t *testing.T) {
	for _, name := range append(slices.Clone(smooth), "slcp_distractors", "lotka_volterra") {
		task := lookup(t, name).(Tractable)
		n := 4000
		if name == "lotka_volterra" || name == "sir" || name == "bernoulli_glm" || name == "bernoulli_glm_raw" {
			n = 1500
		}
		if testing.Short() {
			n /= 3
		}
		d, w := task.Dims()
		one := mat.NewDense(1, d, nil)
		task.Prior().Sample(one, 4, 2)
		theta, x := mat.NewDense(n, d, nil), mat.NewDense(n, w, nil)
		for i := range n {
			theta.SetRow(i, one.RawRowView(0))
		}
		if err := task.Simulate(x, theta, 9, 0); err != nil {
			t.Fatal(err)
		}
		h := 1e-3
		points := mat.NewDense(2*d+1, d, nil)
		l := make([]float64, 2*d+1)
		first, second := make([][]float64, d), make([][]float64, d)
		for i := range n {
			for k := range 2*d + 1 {
				points.SetRow(k, one.RawRowView(0))
			}
			for j := range d {
				s := h * (.1 + math.Abs(one.At(0, j)))
				points.Set(2*j, j, one.At(0, j)+s)
				points.Set(2*j+1, j, one.At(0, j)-s)
			}
			if err := task.LogLikelihood(l, points, x.RawRowView(i)); err != nil {
				t.Fatal(err)
			}
			for j := range d {
				s := h * (.1 + math.Abs(one.At(0, j)))
				g := (l[2*j] - l[2*j+1]) / (2 * s)
				first[j] = append(first[j], g)
				second[j] = append(second[j], g*g+(l[2*j]-2*l[2*d]+l[2*j+1])/(s*s))
			}
		}
		for j := range d {
			for k, list := range [][]float64{first[j], second[j]} {
				m, s := stat.MeanStdDev(list, nil)
				if z := math.Abs(m) / s * math.Sqrt(float64(n)); z > 4.5 {
					t.Errorf("%s: identity %d of parameter %d is off by %.1f standard errors", name, k+1, j+1, z)
				}
			}
		}
	}
}

// The noise of two_moons is a crescent: radius and angle are those of the definition.
func TestTwoMoonsNoise(t *testing.T) {
	task := lookup(t, "two_moons").(Tractable)
	const n = 4000
	theta, x := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
	for i := range n {
		theta.SetRow(i, []float64{.3, -.7})
	}
	if err := task.Simulate(x, theta, 1, 0); err != nil {
		t.Fatal(err)
	}
	var r, a []float64
	for i := range n {
		p, q := x.At(i, 0)+math.Abs(.3-.7)/math.Sqrt2-.25, x.At(i, 1)-(-.7-.3)/math.Sqrt2
		r, a = append(r, math.Hypot(p, q)), append(a, math.Atan2(q, p))
	}
	if m, s := stat.MeanStdDev(r, nil); math.Abs(m-.1) > 4.5*.01/math.Sqrt(n) || math.Abs(s-.01) > 4.5*.01/math.Sqrt(2*n) {
		t.Errorf("radius %g ± %g", m, s)
	}
	if m, s := stat.MeanStdDev(a, nil); math.Abs(m) > 4.5*.907/math.Sqrt(n) || math.Abs(s-math.Pi/math.Sqrt(12)) > .05 || slices.Max(a) > math.Pi/2 {
		t.Errorf("angle %g ± %g", m, s)
	}
	// The likelihood integrates to 1 over x.
	sum, step := 0.0, .002
	for p := 0.; p < .2; p += step {
		for q := -.2; q < .2; q += step {
			sum += math.Exp(moonDensity(p+step/2, q+step/2)) * step * step
		}
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("the crescent has the mass %g", sum)
	}
}

// rk4 solves dy/dt = f(y) by many steps of Runge and Kutta.
func rk4(f func(y [2]float64) [2]float64, y [2]float64, span float64, steps int) [2]float64 {
	h := span / float64(steps)
	add := func(y, k [2]float64, h float64) [2]float64 { return [2]float64{y[0] + h*k[0], y[1] + h*k[1]} }
	for range steps {
		a := f(y)
		b := f(add(y, a, h/2))
		c := f(add(y, b, h/2))
		d := f(add(y, c, h))
		for i := range y {
			y[i] += h / 6 * (a[i] + 2*b[i] + 2*c[i] + d[i])
		}
	}
	return y
}

// The epidemic is that of another solver, in the numbers of people themselves.
func TestEpidemicAgainstAnotherSolver(t *testing.T) {
	theta := mat.NewDense(6, 2, nil)
	lookup(t, "sir").Prior().Sample(theta, 1, 0)
	for i := range 6 {
		th := theta.RawRowView(i)
		p, err := infected(th)
		if err != nil {
			t.Fatal(err)
		}
		f := func(y [2]float64) [2]float64 {
			return [2]float64{-th[0] * y[0] * y[1] / 1e6, th[0]*y[0]*y[1]/1e6 - th[1]*y[1]}
		}
		y := [2]float64{1e6 - 1, 1}
		for k, got := range p {
			if want := y[1] / 1e6; math.Abs(got-want) > 1e-7*want+1e-12 {
				t.Errorf("θ = %v, test %d: %g infected, want %g", th, k+1, got, want)
			}
			y = rk4(f, y, 17, 17*400)
		}
	}
}

// The populations are those of another solver, and keep what the equations keep,
// δX - γ ln X + βY - α ln Y.
func TestPopulationsAgainstAnotherSolver(t *testing.T) {
	theta := mat.NewDense(20, 4, nil)
	lookup(t, "lotka_volterra").Prior().Sample(theta, 1, 0)
	for i := range 20 {
		th := theta.RawRowView(i)
		u, err := populations(th)
		if err != nil {
			t.Fatal(err)
		}
		kept := func(k int) float64 {
			return th[3]*math.Exp(u[k]) - th[2]*u[k] + th[1]*math.Exp(u[10+k]) - th[0]*u[10+k]
		}
		for k := range 10 {
			if free := math.Min(u[k], u[10+k]) > math.Log(1e-9) && u[k] < 9; free && math.Abs(kept(k)-kept(0)) > 1e-5*(1+math.Abs(kept(0))) {
				t.Errorf("θ = %v: %g at time %d, %g at first", th, kept(k), k, kept(0))
			}
		}
		if i >= 3 {
			continue
		}
		f := func(y [2]float64) [2]float64 {
			return [2]float64{th[0]*y[0] - th[1]*y[0]*y[1], -th[2]*y[1] + th[3]*y[0]*y[1]}
		}
		y := [2]float64{30, 1}
		for k := range 10 {
			for s, v := range y {
				if math.Abs(u[k+10*s]-math.Log(v)) > 1e-5 {
					t.Errorf("θ = %v, time %d: ln %d is %g, want %g", th, k, s, u[k+10*s], math.Log(v))
				}
			}
			y = rk4(f, y, 2.1, 8000)
		}
	}
}

// The moments of simulations of lotka_volterra are those of another solver with gonum's
// log-normal law.
func TestPopulationMoments(t *testing.T) {
	const n = 3000
	th := []float64{.9, .05, 1.1, .04}
	theta, x := mat.NewDense(n, 4, nil), mat.NewDense(n, 20, nil)
	for i := range n {
		theta.SetRow(i, th)
	}
	if err := lookup(t, "lotka_volterra").Simulate(x, theta, 3, 0); err != nil {
		t.Fatal(err)
	}
	f := func(y [2]float64) [2]float64 {
		return [2]float64{th[0]*y[0] - th[1]*y[0]*y[1], -th[2]*y[1] + th[3]*y[0]*y[1]}
	}
	y := [2]float64{30, 1}
	for k := range 10 {
		for s, v := range y {
			law := distuv.LogNormal{Mu: math.Log(v), Sigma: .1}
			m, sd := stat.MeanStdDev(mat.Col(nil, k+10*s, x), nil)
			if math.Abs(m-law.Mean()) > 4.5*law.StdDev()/math.Sqrt(n) || math.Abs(sd/law.StdDev()-1) > 4.5*.75/math.Sqrt(n) {
				t.Errorf("time %d, kind %d: %g ± %g, want %g ± %g", k, s, m, sd, law.Mean(), law.StdDev())
			}
		}
		y = rk4(f, y, 2.1, 4000)
	}
}

// The quantiles of the binomial law are those of gonum's.
func TestBinomial(t *testing.T) {
	rng := stream.New(1, "binomial")
	for _, p := range []float64{0, 1e-9, .003, .2, .5, .7, .9999, 1} {
		law := distuv.Binomial{N: 1000, P: p}
		for range 30 {
			u := rng.Float64()
			k := binomial(1000, p, u)
			if below := law.CDF(float64(k) - 1); p > 0 && p < 1 && (u < below-1e-9 || u > law.CDF(float64(k))+1e-9) {
				t.Errorf("quantile %g of p = %g is %d", u, p, k)
			}
			if p == 0 && k != 0 || p == 1 && k != 1000 {
				t.Errorf("p = %g: %d", p, k)
			}
		}
		if p > 0 && p < 1 {
			if got, want := logBinomial(200, 1000, p), law.LogProb(200); math.Abs(got-want) > 1e-8*math.Abs(want) {
				t.Errorf("log probability %g, want %g", got, want)
			}
		}
	}
}

// The distractors have the definition: medians at the locations, the same law each seed.
func TestDistractors(t *testing.T) {
	task := lookup(t, "slcp_distractors")
	n := newNuisance()
	const rows = 20_000
	_, x, err := Draw(context.Background(), task, nil, rows, 1, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(slices.Values(n.place)); got[0] != 0 || got[99] != 99 || len(slices.Compact(got)) != 100 {
		t.Error("the order is no permutation")
	}
	for _, j := range []int{0, 17, 91} {
		below, want := 0.0, 0.0
		for k := range distractorComponents {
			sd, at := 0.0, j*(j+1)/2
			for _, v := range n.scale[k][at : at+j+1] {
				sd += v * v
			}
			want += distuv.StudentsT{Mu: n.loc[k][j], Sigma: math.Sqrt(sd), Nu: 2}.CDF(10) / distractorComponents
		}
		for i := range rows {
			if x.At(i, n.place[8+j]) < 10 {
				below++
			}
		}
		if math.Abs(below/rows-want) > 4.5*.5/math.Sqrt(rows) {
			t.Errorf("distractor %d: %.4f below 10, want %.4f", j, below/rows, want)
		}
	}
	theta := mat.NewDense(1, 5, []float64{1, -2, 1.5, .7, .3})
	points, all := mat.NewDense(1, 8, nil), make([]float64, 100)
	if err := lookup(t, "slcp").Simulate(points, theta, 3, 0); err != nil {
		t.Fatal(err)
	}
	for k, at := range Informative() {
		all[at] = points.At(0, k)
	}
	a, b := make([]float64, 1), make([]float64, 1)
	if lookup(t, "slcp").(Tractable).LogLikelihood(a, theta, points.RawRowView(0)) != nil || task.(Tractable).LogLikelihood(b, theta, all) != nil || a[0] != b[0] {
		t.Errorf("likelihoods %v and %v", a, b)
	}
}

func TestOpenPrior(t *testing.T) {
	if p, err := OpenPrior("task:sir"); err != nil || fmt.Sprint(p.Names()) != "[beta gamma]" {
		t.Errorf("%v", err)
	}
	for text, want := range map[string]string{
		"task:sri": "did you mean sir?", "sir": "write task:sir", "nosuch.yaml": "nosuch.yaml: no such file",
	} {
		if _, err := OpenPrior(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	p, err := prior.Parse([]byte("prior: [{names: [gamma, beta], law: uniform, low: 0.1, high: 0.2}]"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Draw(context.Background(), lookup(t, "sir"), p, 10, 1, 0, 0); err == nil || !strings.Contains(err.Error(), "gamma, beta; the task sir has beta, gamma") {
		t.Errorf("%v", err)
	}
}

// A posterior that is nowhere near the prior is an error, not a loop.
func TestNoPosterior(t *testing.T) {
	dst := mat.NewDense(1, 2, nil)
	if err := lookup(t, "two_moons").(Exact).SamplePosterior(dst, []float64{50, 50}, 1, 0); err == nil {
		t.Error("a draw was found")
	}
}

// Observations depend on the task and their number alone.
func TestObservation(t *testing.T) {
	task := lookup(t, "two_moons")
	theta, x, err := Observation(task, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, y, _ := Observation(task, 2)
	if fmt.Sprintf("%.6f %.6f", theta, x) == "" || slices.Equal(x, y) {
		t.Error("two observations are the same")
	}
}

func ExampleLookup() {
	task, err := Lookup("sir")
	if err != nil {
		panic(err)
	}
	_, x, err := Draw(context.Background(), task, nil, 1000, 1, 0, 0)
	if err != nil {
		panic(err)
	}
	n, d := x.Dims()
	fmt.Println(task.Prior().Names(), n, d)
	// Output: [beta gamma] 1000 10
}
