package sample

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// conforming is every method of the package, in its variants: what the doc
// promises of methods is tested on each.
var conforming = []Method{
	EulerMaruyama{}, EulerMaruyama{EtaFunc: func(t float64) float64 { return t }},
	DDIM{}, DDIM{Eta: 0.5}, DDIM{Eta: 1}, DDIM{EtaFunc: func(t float64) float64 { return t }},
	DPMpp2M{}, Heun{}, Heun{Churn: 2, SMax: 50},
	ReverseDiffusion{}, ReverseDiffusion{EtaFunc: func(t float64) float64 { return t }},
	Ancestral{}, Ancestral{Posterior: true}, ProbabilityFlow{},
	DPMpp2MSDE{}, DPMpp2MSDE{Eta: 0.5}, StochasticHeun{}, ShARK{}, DPMpp2S{}, UniPC2{}, RK4{}, DormandPrince{},
	AdaptiveSDE{}, AnnealedLangevin{Steps: 5},
	PredictorCorrector{}, PredictorCorrector{Predictor: ReverseDiffusion{}, Corrector: Langevin{Steps: 2}},
	PredictorCorrector{Predictor: DPMpp2M{}}, PredictorCorrector{Predictor: AdaptiveSDE{}},
	PredictorCorrector{Predictor: DDIM{Eta: 1}, Corrector: BatchMeanLangevin{}},
	Recurrence{Inner: DDIM{Eta: 1}}, Recurrence{Inner: DPMpp2M{}, Times: 2},
}

// bimodal is a law on the plane that no method treats as affine.
func bimodal(tb testing.TB, s sde.Schedule) sde.Law {
	tb.Helper()
	m, err := sde.NewMixture([]float64{0.6, 0.4}, []*sde.Gaussian{
		gauss2(tb, -1, 0.5, 0.3, s), gauss2(tb, 1.2, -0.4, 0.2, s),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func gauss2(tb testing.TB, a, b, v float64, s sde.Schedule) *sde.Gaussian {
	tb.Helper()
	g, err := sde.NewGaussian([]float64{a, b}, mat.NewSymDense(2, []float64{v, 0.1, 0.1, v}), s)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// A check of the conformance test returns what is wrong with a method, or "".
type check func(tb testing.TB, m Method) string

var checks = []struct {
	name string
	f    check
}{
	{"info", checkInfo},
	{"rows independent", checkRows},
	{"workers, blocks, shards", checkSplit},
	{"reproducible", checkSeed},
	{"NFE", checkNFE},
	{"restart", checkRestart},
	{"gather", checkGather},
	{"moments", checkMoments},
	{"cancel", checkCancel},
	{"non-finite", checkNonFinite},
	{"denoiser error", checkError},
	{"allocations", checkAllocs},
	{"order", checkOrder},
}

func TestConformance(t *testing.T) {
	for _, m := range conforming {
		for _, c := range checks {
			if diff := c.f(t, m); diff != "" {
				t.Errorf("%s (%+v): %s: %s", m.Info().Name, m, c.name, diff)
			}
		}
	}
}

// Each check fails on a method with the error it looks for.
func TestConformanceFindsPlantedErrors(t *testing.T) {
	for name, m := range map[string]Method{
		"info":                    planted{DDIM{}, func(in *Info) { in.Source = "" }, nil},
		"rows independent":        planted{DDIM{}, nil, coupled},
		"workers, blocks, shards": planted{DDIM{}, nil, coupled},
		"reproducible":            planted{DDIM{}, nil, forgetful()},
		"NFE":                     planted{DDIM{}, func(in *Info) { in.EvalsPerStep = 2 }, nil},
		"restart":                 planted{DDIM{}, nil, forgetful()},
		"gather":                  planted{DPMpp2M{}, nil, nil}, // hides the Gatherer
		"non-finite":              planted{DDIM{}, nil, mended},
		"allocations":             planted{DDIM{}, nil, wasteful},
		"order":                   planted{DDIM{}, func(in *Info) { in.Order = 2 }, nil},
	} {
		i := slices.IndexFunc(checks, func(c struct {
			name string
			f    check
		}) bool {
			return c.name == name
		})
		if checks[i].f(t, m) == "" {
			t.Errorf("the check of %q passes a planted error", name)
		}
	}
}

// planted is a method with its declaration or its steps spoilt.
type planted struct {
	Method
	info func(*Info)
	step func(Stepper, *mat.Dense, float64, float64, sde.Noise) error
}

type plantedStepper struct {
	Stepper
	p planted
}

func (p planted) Info() Info {
	in := p.Method.Info()
	if p.info != nil {
		p.info(&in)
	}
	return in
}

func (p planted) New(d sde.Denoiser, n int) Stepper { return plantedStepper{p.Method.New(d, n), p} }

func (s plantedStepper) Step(x *mat.Dense, t, u float64, z sde.Noise) error {
	if s.p.step == nil {
		return s.Stepper.Step(x, t, u, z)
	}
	return s.p.step(s.Stepper, x, t, u, z)
}

// coupled scales all rows by a norm of the batch.
func coupled(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
	err := st.Step(x, t, s, z)
	x.Scale(1+1e-9*mat.Norm(x, 2), x)
	return err
}

// forgetful returns a step that depends on how often it was called.
func forgetful() func(Stepper, *mat.Dense, float64, float64, sde.Noise) error {
	calls := 0.0
	return func(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
		err := st.Step(x, t, s, z)
		calls++
		x.Scale(1+1e-12*calls, x)
		return err
	}
}

// mended hides what is not finite.
func mended(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
	err := st.Step(x, t, s, z)
	if nonFinite(x) >= 0 {
		x.Zero()
	}
	return err
}

var sinkhole []byte

// wasteful allocates.
func wasteful(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
	sinkhole = make([]byte, 4096)
	return st.Step(x, t, s, z)
}

func checkInfo(_ testing.TB, m Method) string {
	in := m.Info()
	if in.Name == "" || !strings.Contains(in.Source, "arXiv:") || in.Kind.String() == "unknown" {
		return fmt.Sprintf("incomplete: %+v", in)
	}
	return ""
}

// draw runs m on the plane for n rows.
func draw(tb testing.TB, m Method, n int, o Options) *mat.Dense {
	tb.Helper()
	if o.Steps == 0 && o.Times == nil {
		o.Steps = 9
	}
	res, err := Run(context.Background(), bimodal(tb, sde.VP{}), m, n, &o)
	if err != nil {
		tb.Fatalf("%s: %v", m.Info().Name, err)
	}
	return res.X
}

// checkRows changes one row of a batch and expects the others to stay.
func checkRows(tb testing.TB, m Method) string {
	from := mat.NewDense(6, 2, nil)
	bimodal(tb, sde.VP{}).Sample(from, 3, 0)
	a := draw(tb, m, 6, Options{From: from})
	from.SetRow(2, []float64{3, -3})
	b := draw(tb, m, 6, Options{From: from})
	if m.Info().Coupled {
		if slices.Equal(a.RawRowView(0), b.RawRowView(0)) {
			return "declared coupled, but is not"
		}
		return ""
	}
	for i := range 6 {
		if same := slices.Equal(a.RawRowView(i), b.RawRowView(i)); same != (i != 2) {
			return fmt.Sprintf("row %d: unchanged is %t when row 2 is changed", i, same)
		}
	}
	return ""
}

func checkSplit(tb testing.TB, m Method) string {
	if m.Info().Coupled {
		return ""
	}
	whole := draw(tb, m, 23, Options{Seed: 5})
	for _, o := range []Options{
		{Workers: 1, Block: 23}, {Workers: 3, Block: 4}, {Workers: 2, Block: 1}, {Workers: 8, Block: 7},
	} {
		o.Seed = 5
		if !mat.Equal(whole, draw(tb, m, 23, o)) {
			return fmt.Sprintf("%d workers and blocks of %d change the rows", o.Workers, o.Block)
		}
	}
	if !mat.Equal(whole.Slice(9, 23, 0, 2), draw(tb, m, 14, Options{Seed: 5, First: 9})) {
		return "a shard has other rows"
	}
	return ""
}

func checkSeed(tb testing.TB, m Method) string {
	a, b, c := draw(tb, m, 3, Options{Seed: 1}), draw(tb, m, 3, Options{Seed: 1}), draw(tb, m, 3, Options{Seed: 2})
	if !mat.Equal(a, b) {
		return "one seed, two results"
	}
	if mat.Equal(a, c) {
		return "two seeds, one result"
	}
	from := mat.NewDense(3, 2, []float64{1, 2, 0, 1, -1, 0})
	a, c = draw(tb, m, 3, Options{Seed: 1, From: from}), draw(tb, m, 3, Options{Seed: 2, From: from})
	if mat.Equal(a, c) == m.Info().Stochastic {
		return fmt.Sprintf("declared stochastic %t, but depends on the seed %t", m.Info().Stochastic, !mat.Equal(a, c))
	}
	return ""
}

// counted counts the rows that a law evaluates.
type counted struct {
	sde.Law
	rows *int
}

func (c counted) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	*c.rows += n
	return c.Law.Denoise(dst, x, t)
}

func checkNFE(tb testing.TB, m Method) string {
	rows := 0
	d := counted{bimodal(tb, sde.VP{}), &rows}
	for _, o := range []Options{{Steps: 7}, {Steps: 7, Denoise: true}, {NFE: 13}, {NFE: 12, Denoise: true}} {
		rows, o.Workers = 0, 1
		res, err := Run(context.Background(), d, m, 5, &o)
		if m.Info().EvalsPerStep == 0 && o.NFE != 0 {
			if err == nil {
				return "an adaptive method accepts a budget"
			}
			continue
		}
		if err != nil {
			return err.Error()
		}
		if res.NFE*5 != float64(rows) {
			return fmt.Sprintf("reported NFE %g, called %g", res.NFE, float64(rows)/5)
		}
		want := float64((len(res.Times) - 1) * m.Info().EvalsPerStep)
		if o.Denoise {
			want++
		}
		if want > 1 && res.NFE != want {
			return fmt.Sprintf("NFE %g, declared %g", res.NFE, want)
		}
		if o.NFE != 0 && (res.NFE > float64(o.NFE) || res.NFE+float64(m.Info().EvalsPerStep) <= float64(o.NFE)) {
			return fmt.Sprintf("NFE %g under a budget of %d", res.NFE, o.NFE)
		}
	}
	return ""
}

// checkRestart uses one stepper for two trajectories.
func checkRestart(tb testing.TB, m Method) string {
	d := bimodal(tb, sde.VP{})
	ts := LogSNR{}.Times(d.Schedule(), 1, 1e-3, 5)
	st := m.New(d, 3)
	var runs [2]*mat.Dense
	for k := range runs {
		x := mat.NewDense(3, 2, []float64{0.1, 1, -0.4, 0.3, -1, 0})
		z := noiseOf(m, "restart")
		for i := range len(ts) - 1 {
			if err := st.Step(x, ts[i], ts[i+1], z); err != nil {
				return err.Error()
			}
		}
		runs[k] = x
	}
	if !mat.Equal(runs[0], runs[1]) {
		return "the second trajectory of a stepper differs from the first"
	}
	return ""
}

// noiseOf returns the noise that a run of m has.
func noiseOf(m Method, name string) sde.Noise {
	if needsPath(m) {
		return NewBrownian(1, name, 0)
	}
	return sde.NewStreams(1, name, 0)
}

// same is a noise, and a path if it is made of one, that is equal in all rows.
type same struct{ sde.Noise }

func (z same) row(dst []float64, _ int, t, s float64, use int) {
	z.Noise.(path).row(dst, 0, t, s, use)
}

func (z same) Normal(dst *mat.Dense, t, s float64, use int) {
	z.Noise.Normal(dst, t, s, use)
	n, _ := dst.Dims()
	for i := range n {
		copy(dst.RawRowView(i), dst.RawRowView(0))
	}
}

// checkGather exchanges rows in the middle of their trajectories.
func checkGather(tb testing.TB, m Method) string {
	d := bimodal(tb, sde.VP{})
	ts := LogSNR{}.Times(d.Schedule(), 1, 1e-3, 6)
	idx := []int{2, 0, 0, 1}
	var got [2]*mat.Dense
	for k := range got {
		x := mat.NewDense(4, 2, []float64{0.1, 1, -0.4, 0.3, -1, 0, 0.5, -2})
		z, st := same{noiseOf(m, "gather")}, m.New(d, 4)
		for i := range len(ts) - 1 {
			if k == 1 && i == 3 {
				old := mat.DenseCopyOf(x)
				gatherRows(x, old, idx)
				if g, ok := st.(Gatherer); ok {
					g.Gather(idx)
				}
			}
			if err := st.Step(x, ts[i], ts[i+1], z); err != nil {
				return err.Error()
			}
		}
		got[k] = x
	}
	want := mat.NewDense(4, 2, nil)
	gatherRows(want, got[0], idx)
	if !m.Info().Coupled && !mat.Equal(want, got[1]) {
		return "gathered rows do not go on as they would have"
	}
	return ""
}

// checkMoments compares the step of a Kernel with its moments.
func checkMoments(tb testing.TB, m Method) string {
	d := bimodal(tb, sde.VP{})
	k, ok := m.New(d, 3).(Kernel)
	if !ok {
		return ""
	}
	ts := LogSNR{}.Times(d.Schedule(), 1, 1e-3, 6)
	x := mat.NewDense(3, 2, []float64{0.1, 1, -0.4, 0.3, -1, 0})
	z, mean, e := sde.NewStreams(1, "moments", 0), mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
	for i := range len(ts) - 1 {
		sd, err := k.Moments(mean, x, ts[i], ts[i+1])
		if err != nil {
			return err.Error()
		}
		z.Normal(e, ts[i], ts[i+1], 0)
		accumulate(mean, sd, e)
		if err := k.Step(x, ts[i], ts[i+1], z); err != nil {
			return err.Error()
		}
		if !mat.EqualApprox(mean, x, 1e-14) || (sd > 0) != m.Info().Stochastic && i == 0 {
			return fmt.Sprintf("step %d is not a draw from its moments (sd %g)", i, sd)
		}
	}
	return ""
}

func checkCancel(tb testing.TB, m Method) string {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0
	o := Options{Steps: 12, Workers: 2, Block: 2, Observe: func(e Event) error {
		if seen++; seen == 4 {
			cancel()
		}
		return nil
	}}
	res, err := Run(ctx, bimodal(tb, sde.VP{}), m, 10, &o)
	if !errors.Is(err, context.Canceled) || err.Error() != ctx.Err().Error() {
		return fmt.Sprintf("error %v", err)
	}
	if res == nil || res.X == nil || res.Rows == 10 {
		return "no partial result"
	}
	return ""
}

// poisoned returns NaN for the rows whose first coordinate is above 50.
type poisoned struct{ sde.Law }

func (p poisoned) Denoise(dst, x *mat.Dense, t []float64) error {
	err := p.Law.Denoise(dst, x, t)
	n, _ := x.Dims()
	for i := range n {
		if x.At(i, 0) > 50 {
			dst.Set(i, 1, math.NaN())
		}
	}
	return err
}

func checkNonFinite(tb testing.TB, m Method) string {
	from := mat.NewDense(7, 2, nil)
	from.Set(4, 0, 1e6)
	o := Options{Steps: 40, Grid: Uniform{}, First: 100, From: from, Block: 3}
	res, err := Run(context.Background(), poisoned{bimodal(tb, sde.VP{})}, m, 7, &o)
	if err == nil {
		return "no error"
	}
	for _, want := range []string{"step 1 of 40", "t = 1 to", "104"} {
		if !strings.Contains(err.Error(), want) && !(m.Info().Coupled && want == "104") {
			return fmt.Sprintf("error %q does not say %q", err, want)
		}
	}
	if res.Rows != 3 {
		return fmt.Sprintf("%d rows before the bad block, want 3", res.Rows)
	}
	return ""
}

var errBroken = errors.New("broken")

type broken struct{ sde.Law }

func (broken) Denoise(_, _ *mat.Dense, _ []float64) error { return errBroken }

func checkError(tb testing.TB, m Method) string {
	_, err := Run(context.Background(), broken{bimodal(tb, sde.VP{})}, m, 3, nil)
	if !errors.Is(err, errBroken) {
		return fmt.Sprintf("error %v", err)
	}
	return ""
}

// standard is the denoiser of N(0, I) in two dimensions. It allocates nothing.
type standard struct{}

func (standard) Schedule() sde.Schedule { return sde.VP{} }
func (standard) Dim() int               { return 2 }
func (standard) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	for i := range n {
		c := sde.VP{}.Coeff(sde.Time(t, i))
		for j, v := range x.RawRowView(i) {
			dst.RawRowView(i)[j] = c.Alpha * v / (c.Alpha*c.Alpha + c.Sigma*c.Sigma)
		}
	}
	return nil
}

func checkAllocs(tb testing.TB, m Method) string {
	d := standard{}
	ts := LogSNR{}.Times(d.Schedule(), 1, 1e-3, 8)
	x, z := mat.NewDense(4, 2, nil), noiseOf(m, "allocs")
	st := m.New(d, 4)
	run := func() {
		x.Zero()
		for i := range len(ts) - 1 {
			if err := st.Step(x, ts[i], ts[i+1], z); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if a := testing.AllocsPerRun(20, run); a >= 1 {
		return fmt.Sprintf("%g allocations in %d steps", a, len(ts)-1)
	}
	return ""
}

// checkOrder measures the order on Gaussian data, where every step is affine.
func checkOrder(tb testing.TB, m Method) string {
	in := m.Info()
	if in.Order == 0 || in.EvalsPerStep == 0 {
		return ""
	}
	var got float64
	if in.Kind == Strong {
		got = strongOrder(tb, m)
	} else {
		got = gaussianOrder(tb, m)
	}
	if !(math.Abs(got-in.Order) <= 0.2) {
		return fmt.Sprintf("order %.2f, declared %g", got, in.Order)
	}
	return ""
}

// gaussianOrder is the slope of the Wasserstein error on data N(1, .5²) under VP.
func gaussianOrder(tb testing.TB, m Method) float64 {
	const eps = 1e-3
	g := oracle.Gaussian{M: 1, V: 0.25}
	d := gauss1(tb, g.M, g.V, sde.VP{})
	var e [2]float64
	for i, n := range []int{80, 160} {
		ts := oracle.LogSNRTimes(n, eps)
		e[i] = g.Error(affine(tb, d, m, ts), ts)
	}
	return oracle.Order(e[0], e[1], 2)
}
