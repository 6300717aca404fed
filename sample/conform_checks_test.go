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
	o = fit(m, o)
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
		if _, own := m.(FixedTimes); own && o.NFE != 0 {
			continue
		}
		o = fit(m, o)
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
	ts := timesFor(m, 5)
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
	ts := timesFor(m, 6)
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
	ts := timesFor(m, 6)
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
	o := Options{Steps: 12, Workers: 2, Block: 2, Observe: func(e Progress) error {
		if seen++; seen == 4 {
			cancel()
		}
		return nil
	}}
	o = fit(m, o)
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
	o := fit(m, Options{Steps: 40, Grid: UniformGrid{}, First: 100, From: from, Block: 3})
	res, err := Run(context.Background(), poisoned{bimodal(tb, sde.VP{})}, m, 7, &o)
	if err == nil {
		return "no error"
	}
	for _, want := range []string{"step 1 of", "(t = 1", "104"} {
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
	ts := timesFor(m, 8)
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
	if c, ok := m.(DiscreteAncestral); ok {
		got = chainOrder(tb, c.FixedLarge)
	} else if in.Kind == Strong {
		got = strongOrder(tb, m)
	} else {
		got = gaussianOrder(tb, m)
	}
	if !(math.Abs(got-in.Order) <= 0.2) {
		return fmt.Sprintf("order %.2f, declared %g", got, in.Order)
	}
	return ""
}

// chainOrder is the slope of the error of a DDPM chain in its number of levels,
// on data N(1, .5²).
func chainOrder(tb testing.TB, large bool) float64 {
	g := oracle.Gaussian{M: 1, V: 0.25}
	d := gauss1(tb, g.M, g.V, sde.VP{})
	var e [2]float64
	for i, n := range []int{200, 400} {
		m, ref := DiscreteAncestral{Levels: chain(n), FixedLarge: large}, oracle.NewDDPM(n)
		mean, v := affine(tb, d, m, m.Times()).Push(ref.Marginal(g, n-1))
		m0, v0 := ref.Marginal(g, 0)
		e[i] = oracle.Wasserstein(mean, v, m0, v0)
	}
	return oracle.Order(e[0], e[1], 2)
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
