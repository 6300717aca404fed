package formula

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// vars are the names of the tests and vals their values.
var (
	vars = []string{"x", "y", "Order Date", "min", "e"}
	vals = []float64{0.7, -1.3, 20, 4, 5}
	lvls = map[string][]string{"species": {"Gentoo", "Adelie", "King Emperor"}, "year": {"2007", "2008"}}
)

func parse(text string) (*Formula, error) { return Names{Vars: vars, Levels: lvls}.Parse(text) }

func TestValue(t *testing.T) {
	x, y := vals[0], vals[1]
	for _, c := range []struct {
		text string
		want float64
	}{
		{"1", 1}, {" .5e1 ", 5}, {"2e-3+1E+2", 100.002}, {"x", x}, {"x - y - 1", x - y - 1}, {"x - (y - 1)", x - y + 1},
		{"x / y / 2", x / y / 2}, {"x * y + 2 * x", x*y + 2*x}, {"x + y * 2", x + y*2}, {"-x^2", -x * x}, {"(-x)^2", x * x},
		{"2^3^2", 512}, {"2^-x", math.Pow(2, -x)}, {"x^y", math.Pow(x, y)}, {"- - x", x}, {"+x", x}, {"-x*y", -x * y}, {"2*-x", -2 * x},
		{"x^0 + x^1 + x^2 + x^3 + x^4 + x^-1 + x^.5 + x^5", 1 + x + x*x + x*x*x + x*x*x*x + 1/x + math.Sqrt(x) + math.Pow(x, 5)},
		{"exp(x) + log(x) + sqrt(x) + abs(y)", math.Exp(x) + math.Log(x) + math.Sqrt(x) - y},
		{"sin(x) + cos(y) + tanh(x)", math.Sin(x) + math.Cos(y) + math.Tanh(x)},
		{"sigmoid(y)", 1 / (1 + math.Exp(-y))}, {"sigmoid(x)", 1 / (1 + math.Exp(-x))},
		{"min(x, y, 3)", y}, {"max(x, y, .2)", x}, {"min(x)", x}, {"sum(x, y, 1)", x + y + 1}, {"mean(x, y, 1)", (x + y + 1) / 3}, {"mean(y)", y},
		{"pi", math.Pi}, {"e", 5}, {"min * 2 + min(min, x)", 8 + x}, // a variable hides a constant, and is no function
		{`"Order Date" + 'Order Date' + ` + "`Order Date`", 60},
		{"species = Gentoo", 1}, {"2 * species = 'Gentoo' + 1", 3}, {"species = \"King Emperor\" - x", -x}, {"x * (year=2008)", 0},
		{"r = sqrt(x*x + y*y)\nr - 1", math.Hypot(x, y) - 1}, {"a = x + y; b = a * a\n\n# b\n b - a # the value", (x+y)*(x+y) - x - y}, {"v = x * 2", 2 * x},
		{"'a b' = x\n1 + \"a b\"", 1 + x},
	} {
		f, err := parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		in := append([]float64(nil), vals...)
		for _, i := range f.Indicators() {
			v := 0.0
			if i.Level == "Gentoo" {
				v = 1
			}
			in = append(in, v)
		}
		if got := f.Value(in); math.Abs(got-c.want) > 1e-14*math.Max(1, math.Abs(c.want)) {
			t.Errorf("%s is %v, want %v", c.text, got, c.want)
		}
		if f.String() != c.text || f.Inputs() != len(in) {
			t.Errorf("%s: %q, %d inputs", c.text, f, f.Inputs())
		}
	}
}

func TestNodes(t *testing.T) {
	f, err := parse("unused = exp(y)\n2 * pi * x + x * (2 * pi) + (2 * pi) * x")
	if err != nil {
		t.Fatal(err)
	}
	// 2π, x, 2π x, x 2π, two sums
	if n := len(f.Nodes()); n != 6 || f.Uses(1) || !f.Uses(0) {
		t.Errorf("%d nodes %v", n, f.Nodes())
	}
	if f, err := parse("species = Gentoo * x + species = Gentoo"); err != nil || len(f.Indicators()) != 1 || f.Inputs() != 6 || !f.Uses(5) {
		t.Errorf("%v, %v", f, err)
	}
}

func TestErrors(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("(", n) + "x" + strings.Repeat(")", n) }
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{"empty", "Order Date"}},
		{"\n # nothing\n", []string{"empty"}},
		{"x + ordr", []string{`character 5, at "ordr": no column "ordr"`, `there are "x", "y", "Order Date"`, `"species"`}},
		{`x + "Order Dtae"`, []string{"did you mean Order Date?"}},
		{"exp(x) + sqr(x)", []string{"character 10", `no function "sqr": did you mean sqrt?`}},
		{"foo(x)", []string{`no function "foo"`, `"sigmoid"`}},
		{"x +", []string{"character 4: the end stands where"}},
		{"x + * y", []string{`at "* y": "*" stands where`}},
		{"x y", []string{"character 3", "an operator is missing"}},
		{"2x", []string{"character 2", "an operator is missing"}},
		{"x (y)", []string{`no function "x"`}}, {"2 (y)", []string{"an operator is missing"}},
		{"(x + y", []string{"character 1", "not closed"}},
		{"exp(x + y", []string{"character 4", "not closed"}},
		{"x + y)", []string{"closes none"}},
		{"exp(x, y)", []string{"exp takes one argument, and has 2"}},
		{"exp()", []string{`")" stands where`}},
		{"exp + 1", []string{"write exp(…)"}},
		{"x ** 2", []string{"write ^"}}, {"x < 2", []string{"--where"}}, {"x == 2", []string{"write ="}}, {"x $ y", []string{"'$' is no sign"}},
		{"'x", []string{"not closed"}}, {"1.2.3", []string{`"1.2.3" is no number`}},
		{"x + 1/0", []string{"character 6", "+Inf"}}, {"log(-1)", []string{"NaN"}}, {"1e999", []string{"is no number"}},
		{"species", []string{"has levels", `"Gentoo"`}}, {"species = Gentu", []string{"character 11", "did you mean Gentoo?"}}, {"species = ", []string{"is missing"}},
		{"species = +1", []string{"is missing"}},
		{"x = 3", []string{`"x" is a column`}}, {"2 * x = 3", []string{"character 7", "is a number"}}, {"(x + y) = 3", []string{"= stands after"}},
		{"x\ny", []string{"line 1", "has no name"}},
		{"a = a + 1", []string{"the line \"a\" uses itself"}}, {"a = b\nb = a", []string{"line 1, character 5", "stands below"}},
		{"a = x\na = y", []string{"line 2, character 1", "names two lines"}},
		{"a = x\na + foo", []string{"line 2, character 5", `"a"`}},
		{deep(101), []string{"nested more than 100 deep"}}, {strings.Repeat("-", 101) + "x", []string{"nested"}}, {strings.Repeat("x^", 101) + "x", []string{"nested"}},
		{strings.Repeat("abs(", 101) + "x" + strings.Repeat(")", 101), []string{"nested"}},
		{strings.Repeat("x + ", 10000) + "x", []string{"more than 2000 operations", "character "}},
		{many(5000), []string{"more than 2000 operations"}},
		{strings.Repeat("x +", 30000), []string{"bytes"}}, {"\xff", []string{"UTF-8"}},
	} {
		f, err := parse(c.text)
		if err == nil {
			t.Errorf("%.40q is %v", c.text, f)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
				t.Errorf("%.40q: %v, want %q", c.text, err, w)
			}
		}
	}
	if _, err := parse(deep(100)); err != nil {
		t.Error(err)
	}
	if _, err := Parse("t + lamda", []string{"t", "sigma", "lambda"}); err == nil || !strings.Contains(err.Error(), "did you mean lambda") {
		t.Error(err)
	}
	if _, err := (Names{Vars: []string{"t"}, What: "variable"}).Parse("u"); err == nil || !strings.Contains(err.Error(), `no variable "u"`) {
		t.Error(err)
	}
	if _, err := Parse("u", nil); err == nil || !strings.Contains(err.Error(), "numbers alone") {
		t.Error(err)
	}
}

// many is a sum of n different terms.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "+x*%d", i)
	}
	return b.String()
}

func TestValueAllocatesNothing(t *testing.T) {
	for _, text := range []string{"exp(x) * y - sum(x, y, 2)", many(400)} {
		f, err := Parse(text, []string{"x", "y"})
		if err != nil {
			t.Fatal(err)
		}
		in := []float64{1, 2}
		if n := testing.AllocsPerRun(10, func() { f.Value(in) }); n != 0 {
			t.Errorf("%.20s: %v allocations", text, n)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a wrong number of values passes")
		}
	}()
	f, _ := Parse("x", []string{"x"})
	f.Value(nil)
}

// A formula that parses evaluates, and its error is one line.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"x", "a = x; a^2", "min(x, 'Order Date') / 2e-3", "species = Gentoo - 1", "-(x", "1/0", "# c\n\"x\"\"\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g, err := parse(s)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 2000 {
				t.Errorf("%q: %q", s, err)
			}
			return
		}
		for i, n := range g.Nodes() {
			if n.Op.Unary() && n.A >= i || n.Op.Binary() && (n.A >= i || n.B >= i) || n.Op == Var && n.A >= g.Inputs() {
				t.Fatalf("%q: node %d is %+v", s, i, n)
			}
		}
		g.Value(make([]float64, g.Inputs()))
	})
}

func TestParseAll(t *testing.T) {
	list, err := (Names{Vars: vars, Levels: lvls}).ParseAll("x * species = Gentoo", "y", "year = 2007 - species = Gentoo")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if in := f.Indicators(); f.Inputs() != 7 || len(in) != 2 || in[0] != (Indicator{"species", "Gentoo"}) || in[1] != (Indicator{"year", "2007"}) {
			t.Errorf("%s: %v", f, in)
		}
	}
	in := append(append([]float64(nil), vals...), 0.25, 0.5)
	if a, b, c := list[0].Value(in), list[1].Value(in), list[2].Value(in); a != 0.25*vals[0] || b != vals[1] || c != 0.25 {
		t.Errorf("values %v, %v, %v", a, b, c)
	}
	if _, err := (Names{Vars: vars}).ParseAll("x", "u"); err == nil || !strings.Contains(err.Error(), "formula 2 of 2: formula: character 1") {
		t.Error(err)
	}
}

func TestAffine(t *testing.T) {
	for _, text := range []string{"x - 2*y + 1", "-(x - y)/4", "(x + 1)*3 - (2 - y)*5", "mean(x, y, 3)", "y", "2 * (x - x)"} {
		f, err := Parse(text, []string{"x", "y"})
		if err != nil {
			t.Fatal(err)
		}
		w, offset, ok := f.Affine()
		if want, got := f.Value([]float64{0.7, -1.3}), 0.7*w[0]-1.3*w[1]+offset; !ok || math.Abs(want-got) > 1e-14 {
			t.Errorf("%s: %v + %v, which gives %v, want %v", text, w, offset, got, want)
		}
	}
	for _, text := range []string{"x * y", "x^2", "1 / x", "abs(x)", "x * x / x", "min(x, 1)"} {
		f, _ := Parse(text, []string{"x", "y"})
		if w, _, ok := f.Affine(); ok {
			t.Errorf("%s is affine with %v", text, w)
		}
	}
}
