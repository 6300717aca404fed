package nn

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/formula"
	"tweedie/sde"
)

// everything uses each operation, constants, shared parts, and a column (w) that no value
// depends on.
var everything = []string{
	"r = sqrt(x^2 + y^2)\nlog(r) * exp(-r / 2) + sin(x) * cos(y) - tanh(x * y)",
	"sigmoid(x - z) + abs(y) + min(x, y, .1) + max(z, x * y) + mean(x, y, z) - sum(z, -2)",
	"(x^2 + 1)^z + abs(x)^2.5 + 2^y + x^-2 + y^3 / (1 + z^4)",
	"x + x",
	"y",
	"3 * z / 2 - 1",
}

func hand(x []float64) []float64 {
	a, b, c := x[0], x[1], x[2]
	r := math.Hypot(a, b)
	return []float64{
		math.Log(r)*math.Exp(-r/2) + math.Sin(a)*math.Cos(b) - math.Tanh(a*b),
		1/(1+math.Exp(c-a)) + math.Abs(b) + math.Min(math.Min(a, b), 0.1) + math.Max(c, a*b) + (a+b+c)/3 - (c - 2),
		math.Pow(a*a+1, c) + math.Pow(math.Abs(a), 2.5) + math.Exp2(b) + 1/(a*a) + b*b*b/(1+c*c*c*c),
		2 * a, b, 1.5*c - 1,
	}
}

// jacobian is that of hand by hand.
func jacobian(x []float64) *mat.Dense {
	a, b, c := x[0], x[1], x[2]
	j := mat.NewDense(6, 4, nil)
	r := math.Hypot(a, b)
	dr := math.Exp(-r/2)/r - math.Log(r)*math.Exp(-r/2)/2
	sech := 1 - math.Pow(math.Tanh(a*b), 2)
	j.SetRow(0, []float64{dr*a/r + math.Cos(a)*math.Cos(b) - sech*b, dr*b/r - math.Sin(a)*math.Sin(b) - sech*a, 0, 0})
	s := 1 / (1 + math.Exp(c-a))
	row := []float64{s*(1-s) + 1./3, sign(b) + 1./3, -s*(1-s) + 1./3 - 1, 0}
	switch {
	case a < b && a < 0.1:
		row[0]++
	case b < a && b < 0.1:
		row[1]++
	}
	if c > a*b {
		row[2]++
	} else {
		row[0], row[1] = row[0]+b, row[1]+a
	}
	j.SetRow(1, row)
	p, q := a*a+1, 1+c*c*c*c
	j.SetRow(2, []float64{
		c*math.Pow(p, c-1)*2*a + 2.5*math.Pow(math.Abs(a), 1.5)*sign(a) - 2/(a*a*a),
		math.Exp2(b)*math.Ln2 + 3*b*b/q,
		math.Pow(p, c)*math.Log(p) - b*b*b*4*c*c*c/(q*q), 0,
	})
	j.SetRow(3, []float64{2, 0, 0, 0})
	j.SetRow(4, []float64{0, 1, 0, 0})
	j.SetRow(5, []float64{0, 0, 1.5, 0})
	return j
}

// byHand is the operator of hand, as a user writes it in Go.
var byHand = sde.OperatorFunc{Dim: 4, Out: 6,
	F: func(dst, x []float64) { copy(dst, hand(x)) },
	Grad: func(dst, x, v []float64) {
		mat.NewVecDense(4, dst).MulVec(jacobian(x).T(), mat.NewVecDense(6, v))
	},
	Tangent: func(dst, x, u []float64) { mat.NewVecDense(6, dst).MulVec(jacobian(x), mat.NewVecDense(4, u)) },
}

var fourColumns = []string{"x", "y", "z", "w"}

func TestFormulasEqualFunctionsByHand(t *testing.T) {
	e, err := ParseExpression(fourColumns, everything...)
	if err != nil {
		t.Fatal(err)
	}
	if d, m := e.Dims(); d != 4 || m != 6 {
		t.Fatalf("%d to %d", d, m)
	}
	const n = BlockRows + 50
	x, v, u := normals("formula/x", n, 4), normals("formula/v", n, 6), normals("formula/u", n, 4)
	for range 2 { // nothing adds up
		for name, c := range map[string]struct {
			width    int
			got, own func(dst *mat.Dense) error
		}{
			"Apply": {6, func(d *mat.Dense) error { return e.Apply(d, x) }, func(d *mat.Dense) error { return byHand.Apply(d, x) }},
			"Pull":  {4, func(d *mat.Dense) error { return e.Pull(d, x, v) }, func(d *mat.Dense) error { return byHand.Pull(d, x, v) }},
			"Push":  {6, func(d *mat.Dense) error { return e.Push(d, x, u) }, func(d *mat.Dense) error { return byHand.Push(d, x, u) }},
		} {
			got, own := normals("formula/dirt", n, c.width), mat.NewDense(n, c.width, nil)
			if err := c.got(got); err != nil {
				t.Fatal(err)
			}
			if err := c.own(own); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if w := worst(got.RawRowView(i), own.RawRowView(i)); w > 1e-12 {
					t.Errorf("%s, row %d at %v: %v, by hand %v", name, i, x.RawRowView(i), got.RawRowView(i), own.RawRowView(i))
				}
			}
		}
	}
}

// Each operation alone: its derivatives are those of finite differences, and where the
// derivative jumps the mean of both sides.
func TestFormulaDerivatives(t *testing.T) {
	for _, text := range []string{
		"x", "-x", "x + y", "x - y", "x * y", "x / y", "x^y", "x^2.5", "1.5^y", "x^2", "x^3", "x^-1", "x^.5", "exp(x)", "log(x)", "sqrt(x)", "abs(x - 1)", "sin(x)", "cos(x)",
		"tanh(x)", "sigmoid(3 * x)", "min(x, y)", "max(x, y)", "sum(x, y, x)", "mean(x, y, 2)", "x * x * x * x / (x + x)", "a = x / y; a * a + a",
		"max(x, 1)", "min(2, x)", "2 - x", "2 / x", "x / 4", "abs(y) * x",
	} {
		e, err := ParseExpression([]string{"x", "y"}, text)
		if err != nil {
			t.Fatal(err)
		}
		x := mat.NewDense(4, 2, []float64{1, 1, 0.4, 1.3, 2.5, 0.6, 1.1, 3})
		if text == "sqrt(x)" || text == "x / y" {
			x.Set(0, 0, 2)
		}
		value := func(k int, d float64) []float64 {
			z, y := mat.DenseCopyOf(x), mat.NewDense(4, 1, nil)
			for i := range 4 {
				z.Set(i, k, z.At(i, k)+d)
			}
			if err := e.Apply(y, z); err != nil {
				t.Fatal(err)
			}
			return y.RawMatrix().Data
		}
		one, pull, push := mat.NewDense(4, 1, []float64{1, 1, 1, 1}), mat.NewDense(4, 2, nil), mat.NewDense(4, 1, nil)
		if err := e.Pull(pull, x, one); err != nil {
			t.Fatal(err)
		}
		for k := range 2 {
			const h = 1e-5
			up, down, u := value(k, h), value(k, -h), mat.NewDense(4, 2, nil)
			for i := range 4 {
				u.Set(i, k, 1)
			}
			if err := e.Push(push, x, u); err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				d := (up[i] - down[i]) / (2 * h)
				if math.Abs(pull.At(i, k)-d) > 1e-6*(1+math.Abs(d)) || math.Abs(push.At(i, 0)-pull.At(i, k)) > 1e-14*(1+math.Abs(d)) {
					t.Errorf("%s, ∂/∂%d at %v: pulled %v, pushed %v, by differences %v", text, k, x.RawRowView(i), pull.At(i, k), push.At(i, 0), d)
				}
			}
		}
	}
}

// The graph has the values of the evaluator.
func TestFormulaGraphAndEvaluator(t *testing.T) {
	e, err := ParseExpression(fourColumns, everything...)
	if err != nil {
		t.Fatal(err)
	}
	x, y := normals("formula/x", 20, 4), mat.NewDense(20, 6, nil)
	if err := e.Apply(y, x); err != nil {
		t.Fatal(err)
	}
	for k, text := range everything {
		f, err := formula.Parse(text, fourColumns)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			if v := f.Value(x.RawRowView(i)); v != y.At(i, k) {
				t.Errorf("%s is %v and %v", text, v, y.At(i, k))
			}
		}
	}
}

func TestFormulasAllocateNothing(t *testing.T) {
	e, err := ParseExpression(fourColumns, everything...)
	if err != nil {
		t.Fatal(err)
	}
	x, v, y, g := normals("formula/x", 130, 4), normals("formula/v", 130, 6), mat.NewDense(130, 6, nil), mat.NewDense(130, 4, nil)
	for name, f := range map[string]func() error{
		"Apply": func() error { return e.Apply(y, x) }, "Pull": func() error { return e.Pull(g, x, v) }, "Push": func() error { return e.Push(y, x, x) },
	} {
		if n := testing.AllocsPerRun(10, func() { _ = f() }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestFormulasAreSafeForConcurrentUse(t *testing.T) {
	e, err := ParseExpression(fourColumns, everything...)
	if err != nil {
		t.Fatal(err)
	}
	x, v, want := normals("formula/x", 50, 4), normals("formula/v", 50, 6), mat.NewDense(50, 4, nil)
	if err := e.Pull(want, x, v); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got := mat.NewDense(50, 4, nil)
			if err := e.Pull(got, x, v); err != nil || !mat.Equal(got, want) {
				t.Errorf("concurrent calls disagree, %v", err)
			}
		})
	}
	wg.Wait()
}

func TestParseExpressionRefuses(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  string
	}{
		{nil, "no formula"},
		{[]string{"x", "x + v"}, `formula 2 of 2: formula: character 5, at "v": no column "v": there are "x", "y", "z", "w"`},
		{[]string{"2 * pi"}, "formula 1 is 6.28"},
		{[]string{"sqr(x)"}, "did you mean sqrt?"},
	} {
		if _, err := ParseExpression(fourColumns, c.texts...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.texts, err)
		}
	}
}

// The longest formula compiles.
func TestLongFormula(t *testing.T) {
	var b strings.Builder
	n := 0
	for b.WriteString("x"); n < 398; n++ {
		fmt.Fprintf(&b, "+x*%d*y", n+2)
	}
	e, err := ParseExpression([]string{"x", "y"}, b.String())
	if err != nil {
		t.Fatal(err)
	}
	x, y := mat.NewDense(1, 2, []float64{1, 2}), mat.NewDense(1, 1, nil)
	if err := e.Apply(y, x); err != nil {
		t.Fatal(err)
	}
	want := 1.0
	for k := range n {
		want += 2 * float64(k+2)
	}
	if y.At(0, 0) != want {
		t.Errorf("%v, want %v", y.At(0, 0), want)
	}
}
