package spec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
)

var tableFormulas = []string{"a / (b^2 + 1) + 2 * k = v", "r = sqrt(a^2 + b^2 + 1)\nlog(r) * (1 + k = u)", "min(a, b, 1)"}

func byCells(a, b, v float64) []float64 {
	return []float64{a/(b*b+1) + 2*v, math.Log(math.Sqrt(a*a+b*b+1)) * (2 - v), math.Min(math.Min(a, b), 1)}
}

// A formula of an encoded row is that of its numbers in units of the table, and its
// derivatives are those of finite differences, in any encoding.
func TestFormulaInUnits(t *testing.T) {
	for _, standard := range []bool{true, false} {
		cells, c := table(t, standard)
		f := must(NewFormula(c, tableFormulas...))
		d, m := f.Dims()
		const n = 40
		x := mat.NewDense(cells.Rows(), c.Dim(), nil)
		c.Encode(x, cells, nil, 2)
		x = mat.DenseCopyOf(x.Slice(0, n, 0, d))
		at, bt := numberAt(t, c, "a"), numberAt(t, c, "b")
		v := positionOf(c, "k=v")
		y := mat.NewDense(n, m, nil)
		if err := f.Apply(y, x); err != nil {
			t.Fatal(err)
		}
		onCells := f.onCells()
		for i := range n {
			a, _ := c.ToValue(at, x.At(i, at))
			b, _ := c.ToValue(bt, x.At(i, bt))
			for k, want := range byCells(a, b, x.At(i, v)) {
				if math.Abs(y.At(i, k)-want) > 1e-12*(1+math.Abs(want)) {
					t.Errorf("formula %d of row %d is %v, want %v", k, i, y.At(i, k), want)
				}
			}
			want := byCells(cells.Number(i, 0), cells.Number(i, 1), float64(cells.Level(i, 4)))[0]
			if got := onCells.value(cells, i); math.Abs(got-want) > 1e-12 {
				t.Errorf("row %d of cells: %v, want %v", i, got, want)
			}
		}
		for i := range n { // rows between levels, as those of D
			x.Set(i, v, 0.3+0.01*float64(i))
			x.Set(i, v-1, 0.6)
		}
		checkDerivatives(t, f, x)
		if n := testing.AllocsPerRun(5, func() { _ = f.Pull(x, x, y) }); n > 1 {
			t.Errorf("%v allocations", n)
		}
	}
}

func positionOf(c *datasets.Codec, name string) int {
	for j, n := range c.Names() {
		if n == name {
			return j
		}
	}
	return -1
}

// checkDerivatives compares Pull and Push at the rows of x with finite differences.
func checkDerivatives(t *testing.T, f *Formula, x *mat.Dense) {
	t.Helper()
	n, d := x.Dims()
	_, m := f.Dims()
	u, up, down, push := mat.NewDense(n, d, nil), mat.NewDense(n, m, nil), mat.NewDense(n, m, nil), mat.NewDense(n, m, nil)
	v, pull := mat.NewDense(n, m, nil), mat.NewDense(n, d, nil)
	used := 0
	for j := range d {
		const h = 1e-5
		shifted := func(y *mat.Dense, s float64) {
			z := mat.DenseCopyOf(x)
			for i := range n {
				if v := x.At(i, j); v == v {
					z.Set(i, j, v+s)
				}
			}
			if err := f.Apply(y, z); err != nil {
				t.Fatal(err)
			}
		}
		shifted(up, h)
		shifted(down, -h)
		u.Zero()
		for i := range n {
			u.Set(i, j, 1)
		}
		if err := f.Push(push, x, u); err != nil {
			t.Fatal(err)
		}
		for k := range m {
			v.Zero()
			for i := range n {
				v.Set(i, k, 1)
			}
			if err := f.Pull(pull, x, v); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				diff := (up.At(i, k) - down.At(i, k)) / (2 * h)
				if diff != 0 {
					used++
				}
				if math.Abs(pull.At(i, j)-diff) > 1e-6*(1+math.Abs(diff)) && !kink(f, x, i, j) || math.Abs(push.At(i, k)-pull.At(i, j)) > 1e-12*(1+math.Abs(diff)) {
					t.Errorf("∂%d/∂%d of row %d: pulled %v, pushed %v, by differences %v", k, j, i, pull.At(i, j), push.At(i, k), diff)
				}
			}
		}
	}
	if used < n {
		t.Errorf("%d derivatives that are not 0: nothing is tested", used)
	}
}

// kink reports whether a number of the row is at a knot of its map, where slopes jump.
func kink(f *Formula, x *mat.Dense, i, j int) bool {
	for _, at := range f.numbers {
		if at.number == j {
			_, a := f.codec.ToValue(at.number, x.At(i, j)-1e-5)
			_, b := f.codec.ToValue(at.number, x.At(i, j)+1e-5)
			return math.Abs(a-b) > 1e-3*a
		}
	}
	return false
}

// A formula that is a weighted sum is the sum: the same guides, in closed form.
func TestLinearFormulasAreSums(t *testing.T) {
	_, c := table(t, true)
	for _, p := range []struct{ formula, linear string }{
		{"{formula: 'a - 2*b', value: 0.3, noise: 0.1}", "{linear: [{weights: {a: 1, b: -2}, value: 0.3}], noise: 0.1}"},
		{"{formula: '(a + b)/2 + 1', value: 3, noise: 0.1, method: dps, strength: 2}", "{linear: [{weights: {a: 0.5, b: 0.5}, value: 2}], noise: 0.1, method: dps, strength: 2}"},
		{"{formula: [b, 'mean(a, 3*b)'], value: [1, 2], noise: 0.1}", "{linear: [{weights: {b: 1}, value: 1}, {weights: {a: 0.5, b: 1.5}, value: 2}], noise: 0.1}"},
		{"{within: {formula: '2*a - b - 1', min: -1, max: 3}}", "{within: {weights: {a: 2, b: -1}, min: 0, max: 4}}"},
	} {
		got, want := must(parse(t, p.formula).Build(c, "")), must(parse(t, p.linear).Build(c, ""))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", p.formula, got, want)
		}
	}
	if _, ok := must(parse(t, "{formula: a + k = v, value: 1, noise: 1}").Observations(c))[0].A.(*Formula); !ok {
		t.Error("an indicator passes for a sum of numbers")
	}
	_, quantile := table(t, false)
	if _, ok := must(parse(t, "{formula: a + b, value: 1, noise: 1}").Observations(quantile))[0].A.(*Formula); !ok {
		t.Error("a sum that is not affine in encoded rows is a sum")
	}
}

// Every method takes formulas, as the entries of a file give them.
func TestFormulaEntries(t *testing.T) {
	_, c := table(t, true)
	const obs = "formula: [a*b, 'k = v'], value: [1, 0.5], noise: {law: student-t, df: 3, scale: 0.1}"
	terms := must(parse(t, "{"+obs+"}", "{"+obs+", method: pigdm}", "{"+obs+", method: dps, strength: 3}", "{"+strings.ReplaceAll(obs, "{law: student-t, df: 3, scale: 0.1}", "0.1")+", method: dps-norm, zeta: 2}",
		"{reward: {formula: a*b, strength: 2}}", "{reward: {formula: a*b, target: 3}}", "{within: {formula: a*b, min: 0}}").Build(c, ""))
	law := sde.StudentTError{Scale: 0.1, DF: 3}
	f := terms[0].(guide.MMPS).A.(*Formula)
	for i, o := range []sde.Observation{terms[0].(guide.MMPS).Observation, terms[1].(guide.PiGDM).Observation, terms[2].(guide.DPS).Observation} {
		if _, ok := o.A.(*Formula); !ok || !mat.Equal(o.Y, dense(1, 2, 1, 0.5)) || o.Error != law {
			t.Errorf("observation %d: %+v", i, o)
		}
	}
	if terms[2].(guide.DPS).Strength != 3 || terms[3].(guide.DPSNorm).Zeta != 2 {
		t.Error("options are lost")
	}
	b := terms[6].(guide.Bounds)
	if b.Lo != 0 || !math.IsInf(b.Hi, 1) {
		t.Errorf("bounds %v to %v", b.Lo, b.Hi)
	}
	x := mat.NewDense(1, c.Dim(), nil)
	x.Set(0, numberAt(t, c, "a"), 0.7)
	x.Set(0, numberAt(t, c, "b"), -0.2)
	y, v := mat.NewDense(1, 2, nil), make([]float64, 1)
	if err := f.Apply(y, x); err != nil {
		t.Fatal(err)
	}
	plain, target := terms[4].(guide.Reward), terms[5].(guide.Reward)
	if err := plain.Values(v, x); err != nil || v[0] != 2*y.At(0, 0) {
		t.Errorf("reward %v, %v", v[0], err)
	}
	if err := target.Values(v, x); err != nil || math.Abs(v[0]+math.Pow(y.At(0, 0)-3, 2)/2) > 1e-15 {
		t.Errorf("reward %v, %v", v[0], err)
	}
	grad, one := mat.NewDense(1, c.Dim(), nil), mat.NewDense(1, c.Dim(), nil)
	if err := plain.AddGradients(one, x); err != nil {
		t.Fatal(err)
	}
	if err := target.AddGradients(grad, x); err != nil {
		t.Fatal(err)
	}
	for j := range c.Dim() {
		if want := one.At(0, j) / 2 * (3 - y.At(0, 0)); math.Abs(grad.At(0, j)-want) > 1e-14 {
			t.Errorf("gradient %v, want %v", grad.At(0, j), want)
		}
	}
	if _, err := parse(t, "{"+obs+"}").Measurement(c, "diffpir"); err != nil {
		t.Error(err)
	}
	_, err := parse(t, "{formula: a*b, value: 1, noise: 1}").Measurement(c, "gibbs")
	refuses(t, "gibbs", err, "guide 1", "not a weighted sum", "tds or diffpir")
}

// Rows of cells hold where the formula is within the interval.
func TestFormulaBoundOnCells(t *testing.T) {
	cells, c := table(t, false)
	b := must(parse(t, "{within: {formula: 'a*b + k = v', min: -1, max: 0.5}}").Bounds(c))[0]
	inside := 0
	for i := range cells.Rows() {
		v := cells.Number(i, 0)*cells.Number(i, 1) + float64(cells.Level(i, 4))
		want := v >= -1 && v <= 0.5
		if want {
			inside++
		}
		if b.Holds(cells, i) != want {
			t.Errorf("row %d of value %v: %v", i, v, !want)
		}
	}
	if inside < 20 || inside > cells.Rows()-20 {
		t.Errorf("%d rows inside: nothing is tested", inside)
	}
}

func TestFormulasRefused(t *testing.T) {
	_, c := table(t, true)
	a, _ := c.ToValue(numberAt(t, c, "a"), 0)
	long := "a" + strings.Repeat(" + a*b*0.5 - 1.5", 2500)
	for _, p := range []struct {
		entry string
		want  []string
	}{
		{"{formula: a / bb, value: 1, noise: 1}", []string{"g.yaml: guide 1: formula: character 5", `no column "bb": did you mean b?`, `"a", "b", "m", "z", "k"`}},
		{"{formula: [a, sqr(b)], value: [1, 2], noise: 1}", []string{"formula 2 of 2: formula: character 1", `no function "sqr": did you mean sqrt?`}},
		{"{formula: k = w, value: 1, noise: 1}", []string{`column "k" has no level "w"`, `"u", "v"`}},
		{"{formula: k, value: 1, noise: 1}", []string{"has levels"}},
		{"{formula: a*m, value: 1, noise: 1}", []string{`column "m" has missing cells`}},
		{"{formula: z^2, value: 1, noise: 1}", []string{`column "z" has missing cells, or values that stand out`}},
		{"{formula: 1/(a - " + text(a) + "), value: 1, noise: 1}", []string{"at the center of the data (a = ", "max(…, 0.1)"}},
		{"{formula: log(b - 100), value: 1, noise: 1}", []string{"is NaN at the center of the data (b = "}},
		{"{formula: sqrt(abs(a - " + text(a) + ")), value: 1, noise: 1}", []string{"has the derivative", "at the center"}},
		{"{formula: log(b - 100) + " + strings.Repeat("a + ", 500) + "a, value: 1, noise: 1}", []string{"is NaN at the center", "a + a + a…"}},
		{"{formula: 'f = f + a', value: 1, noise: 1}", []string{"uses itself"}},
		{"{formula: \"f = g\\ng = f\\nf\", value: 1, noise: 1}", []string{"line 1", "stands below"}},
		{"{formula: " + long + ", value: 1, noise: 1}", []string{"too long: more than 2000"}},
		{"{formula: " + strings.Repeat("(", 300) + "a" + strings.Repeat(")", 300) + ", value: 1, noise: 1}", []string{"nested more than 100"}},
		{"{formula: 1 + 1, value: 1, noise: 1}", []string{"it has no column"}},
		{"{formula: [a, max(a, b)], value: [1, 2], noise: 1}", []string{"formula 2 of 3", "not closed", "quote"}},
		{"{formula: [a, b], value: 1, noise: 1}", []string{"1 values for 2 formulas"}},
		{"{formula: a, noise: 1}", []string{"0 values for 1 formulas"}},
		{"{formula: a*b, value: 1}", []string{"noise is missing"}},
		{"{formula: a, value: 1, noise: 1, observe: {b: 1}}", []string{"formula stands alone"}},
		{"{observe: {b: 1}, value: 1, noise: 1}", []string{"value is that of a formula"}},
		{"{formula: [], value: [], noise: 1}", []string{"a formula is missing"}},
		{"{formula: a*b, value: 1, noise: 1, zeta: 1}", []string{"dps-norm needs zeta"}},
		{"{reward: {formula: a*b, weights: {a: 1}}}", []string{"weights or a formula, not both"}},
		{"{reward: {formula: aa}}", []string{"reward: formula: character 1"}},
		{"{reward: {formula: a, target: 1, strength: -1}}", []string{"pushes away"}},
		{"{within: {formula: a, column: b, min: 1}}", []string{"one of them"}},
		{"{within: {formula: a*b}}", []string{"needs a min, a max or both"}},
		{"{within: {formula: a*c, min: 0}}", []string{"within: formula: character 3"}},
		{"{within: {column: a, min: 0}, formula: a}", []string{"stand alone"}},
	} {
		_, err := parse(t, p.entry).Build(c, "")
		refuses(t, p.entry[:min(len(p.entry), 60)], err, p.want...)
		if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 500) {
			t.Errorf("not one short line: %v", err)
		}
	}
	for _, text := range []string{"guide:\n  - {formula: {a: 1}, value: 1, noise: 1}", "guide:\n  - {formula: a, value: b, noise: 1}"} {
		if _, err := Parse("h.yaml", []byte(text)); err == nil {
			t.Errorf("%s passes", text)
		}
	}
	f, err := Parse("h.yaml", []byte("guide:\n  - formula: |\n      r = a^2 + b^2 # a part\n      sqrt(r)\n    value: 2\n    noise: 0.1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Build(c, ""); err != nil || len(f.Terms[0].Formula) != 1 {
		t.Errorf("%q: %v", f.Terms[0].Formula, err)
	}
}

func text(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// The iterative solver of MMPS, which pushes, agrees with the dense one, which pulls.
func TestFormulasThroughBothSolvers(t *testing.T) {
	_, c := table(t, true)
	var texts []string
	y := mat.NewDense(1, 18, nil)
	for k := range 18 {
		texts = append(texts, fmt.Sprintf("sin(a + %d) * b + %d * k = v * a / 10", k, k))
		y.Set(0, k, 0.3*float64(k%4))
	}
	f := must(NewFormula(c, texts...))
	d := c.Dim()
	cov := mat.NewSymDense(d, nil)
	for j := range d {
		cov.SetSym(j, j, 1+0.1*float64(j))
	}
	prior := must(sde.NewGaussian(make([]float64, d), cov, sde.VP{}))
	o := sde.Observation{A: f, Y: y, Error: sde.NormalError{SD: 0.3}}
	x, a, b := mat.NewDense(5, d, nil), mat.NewDense(5, d, nil), mat.NewDense(5, d, nil)
	prior.Sample(x, 3, 0)
	if err := guide.New(prior, guide.MMPS{Observation: o, Solver: guide.Dense}).Denoise(a, x, []float64{0.4}); err != nil {
		t.Fatal(err)
	}
	if err := guide.New(prior, guide.MMPS{Observation: o, Iters: 18}).Denoise(b, x, []float64{0.4}); err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(a, b, 1e-6) {
		t.Errorf("dense %v, iterative %v", mat.Formatted(a), mat.Formatted(b))
	}
	if err := prior.Denoise(b, x, []float64{0.4}); err != nil {
		t.Fatal(err)
	}
	if mat.EqualApprox(a, b, 1e-2) {
		t.Error("the guide does nothing: nothing is tested")
	}
}

// A level of a column with clusters is the product of its cluster and its place there; one
// that shares its position with others is refused.
func TestFormulaOfClusteredLevels(t *testing.T) {
	c := clustered(t)
	f := c.Metadata().Field("k")
	level := f.Levels[f.Clustering.Order[25]].Name
	g := must(NewFormula(c, fmt.Sprintf("2 * k = '%s' + x", level)))
	at := g.levels[0]
	if at[0] < 0 || at[1] <= at[0] {
		t.Fatalf("positions %v", at)
	}
	x, y := mat.NewDense(2, c.Dim(), nil), mat.NewDense(2, 1, nil)
	for i, k := range []float64{1, 0.4} {
		x.Set(i, at[0], k)
		x.Set(i, at[1], k)
	}
	if err := g.Apply(y, x); err != nil {
		t.Fatal(err)
	}
	v, _ := c.ToValue(g.numbers[0].number, 0)
	if math.Abs(y.At(0, 0)-2-v) > 1e-12 || math.Abs(y.At(1, 0)-0.32-v) > 1e-12 {
		t.Errorf("values %v, want %v and %v", y.RawMatrix().Data, 2+v, 0.32+v)
	}
	u, push, pull := mat.NewDense(2, c.Dim(), nil), mat.NewDense(2, 1, nil), mat.NewDense(2, c.Dim(), nil)
	u.Set(1, at[0], 1)
	u.Set(1, at[1], 3)
	if err := g.Push(push, x, u); err != nil {
		t.Fatal(err)
	}
	if err := g.Pull(pull, x, dense(2, 1, 1, 1)); err != nil {
		t.Fatal(err)
	}
	if math.Abs(push.At(1, 0)-2*0.4*4) > 1e-12 || math.Abs(pull.At(1, at[0])-0.8) > 1e-12 || math.Abs(pull.At(1, at[1])-0.8) > 1e-12 {
		t.Errorf("pushed %v, pulled %v and %v", push.At(1, 0), pull.At(1, at[0]), pull.At(1, at[1]))
	}
}

// clustered is the codec of a number and a column k of very many levels.
func clustered(t *testing.T) *datasets.Codec {
	t.Helper()
	var text bytes.Buffer
	text.WriteString("x,k\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "%.4f,town %d\n", math.Sin(float64(i)), (i*i+3*i)%200)
	}
	raw := text.Bytes()
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
	m := must(datasets.Infer(src, &datasets.InferOptions{OneHot: 20}))
	return must(datasets.Fit(must(datasets.ReadCells(src, m)), &datasets.FitOptions{Knots: -1}))
}

// What has no position of its own in encoded rows is refused.
func TestLevelsWithoutPositions(t *testing.T) {
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: 30, Columns: []datasets.Field{
		{Name: "k", Type: datasets.TypeCategorical, Levels: []datasets.Level{{Name: "a", Count: 10}, {Name: "b", Count: 10, Grouped: true}, {Name: "c", Count: 10, Grouped: true}}},
		{Name: "label", Type: datasets.TypeCategorical, Condition: true, Levels: []datasets.Level{{Name: "u", Count: 15}, {Name: "v", Count: 15}}},
	}}
	c := must(datasets.NewCodec(m, false))
	_, err := NewFormula(c, "k = b")
	refuses(t, "a rare level", err, `level "b" of column "k" is rare`)
	_, err = NewFormula(c, "label = u")
	refuses(t, "a label", err, "given, and not modeled", "--given")
	if _, err = NewFormula(c, "1 / k = a"); err != nil { // at the center it is its share
		t.Error(err)
	}
}
