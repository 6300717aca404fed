package train

import (
	"cmp"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// formula is an objective without random numbers: time, noise and weight of a row are
// functions of its first number, the step and the seed. See draw in .ci/golden_run.py.
type formula struct{ sched sde.Schedule }

func (o formula) Schedule() sde.Schedule { return o.sched }

func (o formula) Draw(p *losses.Problem, x *mat.Dense, b losses.Batch) {
	n, d := x.Dims()
	p.T, p.C, p.Weight = make([]float64, n), make([]sde.Coeff, n), make([]float64, n)
	p.X, p.Target = mat.NewDense(n, d, nil), mat.DenseCopyOf(x)
	for i := range n {
		first := x.At(i, 0)
		u := 3.1*first + 0.37*float64(b.Step)
		u -= math.Floor(u)
		p.T[i], p.Weight[i] = 0.05+0.9*u, 1+u/2
		p.C[i] = o.sched.Coeff(p.T[i])
		for j := range d {
			z := 1.2 * math.Sin(5*first+2.3*float64(j)+2*float64(b.Step)+float64(b.Seed%1000))
			p.X.Set(i, j, p.C[i].Alpha*x.At(i, j)+p.C[i].Sigma*z)
		}
	}
}

// formulaTable is the table of golden_run.py: numbers, categories of 3 and 2 levels at
// positions 2 and 6, and the conditions.
func formulaTable(m *nn.Model, n int, shift float64) Data {
	mean, variance := m.Moments()
	d := Data{mat.NewDense(n, m.Dim(), nil), mat.NewDense(n, 2, nil)}
	for i := range n {
		for k, j := range map[int]int{0: 0, 1: 1, 3: 5} { // part: position
			d.X.Set(i, j, mean[j]+math.Sqrt(2*variance[j])*math.Sin(1.7*float64(i)+float64(k)+shift))
		}
		d.X.Set(i, 2+(i+i/3+2)%3, 1)
		d.X.Set(i, 6+(i+i/3+4)%2, 1)
		d.Cond.SetRow(i, []float64{float64(i % 3), math.Cos(0.9 * float64(i))})
	}
	return d
}

// goldenRun is what a training run must give, computed by .ci/golden_run.py, which shares
// no code with this library. The interchange gate computes it anew.
type goldenRun struct {
	Config struct {
		Steps, Every, Warmup int
		Peak                 float64
		Beta1, Beta2, Eps    float64
		Decay                float64 `json:"weight_decay"`
		Clip, EMA            float64
	}
	Rows, Held, Draws int
	Seed              uint64
	Reports           []Report
	Params, EMA       map[string][]float64
}

// The whole of a run against an independent program: the gradient of three blocks, its
// norm and clipping, AdamW, the averages, the rate, the losses reported, and validation.
func TestGoldenRun(t *testing.T) {
	root := cmp.Or(os.Getenv("TWEEDIE_GOLDEN"), "..")
	b, err := os.ReadFile(filepath.Join(root, "train/testdata/golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []goldenRun
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	want := all[0]
	m, err := nn.Load(filepath.Join(root, "nn/testdata/mixed.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	c := want.Config
	var reports []Report
	tr, err := New(m, formulaTable(m, want.Rows, 0), formulaTable(m, want.Held, 0.5), Config{
		Steps: c.Steps, Batch: want.Rows, Every: c.Every, Draws: want.Draws, Seed: want.Seed,
		Rate: Rate{Peak: c.Peak, Warmup: c.Warmup, Decay: "linear"}, Beta1: c.Beta1, Beta2: c.Beta2, Eps: c.Eps,
		WeightDecay: c.Decay, Clip: c.Clip, EMA: c.EMA,
		Objective: formula{m.Schedule()}, Dropout: losses.ConditionDropout{Each: []float64{1, 0}},
		Observe: func(r Report) error { reports = append(reports, r); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, tr)
	if len(reports) != len(want.Reports) {
		t.Fatalf("%d reports, want %d", len(reports), len(want.Reports))
	}
	for i, r := range reports {
		w := want.Reports[i]
		near(t, "loss", r.Loss, w.Loss, 2e-5)
		near(t, "rate", r.Rate, w.Rate, 1e-12)
		near(t, "gradient norm", r.GradNorm, w.GradNorm, 2e-5)
		near(t, "validation", r.Validation, w.Validation, 2e-5)
		near(t, "condition gap", r.ConditionGap, w.ConditionGap, 1e-4)
		if r.Step != w.Step || r.Steps != c.Steps || r.Final != (i == len(reports)-1) {
			t.Errorf("report %d: %+v", i, r)
		}
	}
	nearParams(t, "parameters", tr.model.Parameters(), want.Params)
	nearParams(t, "averages", tr.Result().Parameters(), want.EMA)
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*(1e-3+math.Abs(want))) {
		t.Errorf("%s is %.10g, want %.10g", what, got, want)
	}
}

func nearParams(t *testing.T, what string, p *nn.Params, want map[string][]float64) {
	t.Helper()
	if len(p.Arrays) != len(want) {
		t.Fatalf("%d arrays, want %d", len(p.Arrays), len(want))
	}
	for name, w := range want {
		far := 0.0
		for i, v := range p.Get(name).Data {
			far = max(far, math.Abs(float64(v)-w[i]))
		}
		if far > 1e-5 {
			t.Errorf("%s: %s are off by %.2g", what, name, far)
		}
	}
}
