package spec

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
)

// Rows that satisfy an interval in units of the table are those whose encoded rows
// satisfy its guide: the ends are wider by half of the steps of .001 of the columns.
func TestWithinIsTheSameInBothUnits(t *testing.T) {
	for _, p := range []struct {
		standard bool
		term     string
		weights  map[string]float64
		lo, hi   float64
	}{
		{true, "{within: {column: a, min: 1.6, max: 2.3}}", map[string]float64{"a": 1}, 1.6, 2.3},
		{true, "{within: {weights: {a: 1, b: -2}, max: 2}}", map[string]float64{"a": 1, "b": -2}, math.Inf(-1), 2},
		{true, "{within: {weights: {a: -2}, min: -4}}", map[string]float64{"a": -2}, -4, math.Inf(1)},
		{false, "{within: {column: a, min: 1.6, max: 2.3}}", map[string]float64{"a": 1}, 1.6, 2.3},
		{false, "{within: {column: a, max: 2.3}}", map[string]float64{"a": 1}, math.Inf(-1), 2.3},
		{false, "{within: {weights: {a: -2}, min: -4}}", map[string]float64{"a": -2}, -4, math.Inf(1)},
		{false, "{within: {weights: {a: 0.5}, min: 0.9, max: 1.1}}", map[string]float64{"a": 0.5}, 0.9, 1.1},
	} {
		cells, c := table(t, p.standard)
		term := must(parse(t, p.term).Build(c, ""))[0].(guide.Within)
		if len(term) != 1 || len(term[0].A) != c.Dim() {
			t.Fatalf("%s: %+v", p.term, term)
		}
		sum, inside := must(NewColumnSum(c, p.weights)), 0
		x := mat.NewDense(cells.Rows(), c.Dim(), nil)
		c.Encode(x, cells, nil, 2)
		for i := range cells.Rows() {
			v, u := sum.value(c, x.RawRowView(i)), 0.0
			for j, a := range term[0].A {
				if a != 0 {
					u += a * x.At(i, j)
				}
			}
			half := 0.0
			for _, w := range p.weights {
				half += math.Abs(w) * 0.0005
			}
			want := v >= p.lo-half && v <= p.hi+half
			if want {
				inside++
			}
			if got := u >= term[0].Lo && u <= term[0].Hi; got != want {
				t.Errorf("%s, row %d of value %v: within %v", p.term, i, v, got)
			}
		}
		if inside < 20 || inside > cells.Rows()-20 {
			t.Errorf("%s: %d rows inside: nothing is tested", p.term, inside)
		}
	}
}

func TestWithinRefuses(t *testing.T) {
	_, c := table(t, false)
	for _, p := range []struct{ term, want string }{
		{"{within: {min: 1}}", "needs a column"},
		{"{within: {column: a, weights: {a: 1}, min: 1}}", "needs a column"},
		{"{within: {column: a}}", "needs a min"},
		{"{within: {column: a, min: 2, max: 1.9}}", "min below max"},
		{"{within: {column: a, min: .nan, max: 2}}", "min below max"},
		{"{within: {column: k, min: 2}}", "k"},
		{"{within: {column: m, min: 2}}", `"m"`},
		{"{within: {weights: {}, min: 2}}", "weights of columns are missing"},
	} {
		f := parse(t, "{observe: {a: 1}, noise: 1}", p.term)
		_, err := f.Build(c, "")
		refuses(t, "Build "+p.term, err, "guide 2: ", p.want)
		_, err = f.Bounds(c)
		refuses(t, "Bounds "+p.term, err, "guide 2: ", p.want)
	}
	for _, p := range []struct{ term, want string }{
		{"{within: {weights: {a: 1, b: 1}, min: 2}}", "not linear"},
		{"{within: {weights: {a: 0}, min: 2}}", "weight of the column is 0"},
	} {
		_, err := parse(t, p.term).Build(c, "")
		refuses(t, p.term, err, p.want)
	}
}

// Bounds are checked on cells, ends included; a missing number is outside.
func TestBounds(t *testing.T) {
	_, c := table(t, false)
	list := must(parse(t, "{within: {column: a, min: 1.5, max: 2}}", "{observe: {a: 1}, noise: 1}", "{within: {weights: {b: -1, a: 2}, min: 3}}").Bounds(c))
	if len(list) != 2 {
		t.Fatalf("%d bounds", len(list))
	}
	cells := datasets.NewCells(c.Metadata(), 1)
	for _, p := range []struct {
		a, b float64
		want [2]bool
	}{
		{1.5, 0, [2]bool{true, true}}, {2, 1, [2]bool{true, true}}, {1.499, -1, [2]bool{false, true}},
		{2.001, 1.5, [2]bool{false, false}}, {1.75, 0.75, [2]bool{true, false}}, {math.NaN(), 0, [2]bool{}},
	} {
		cells.SetNumber(0, 0, p.a)
		cells.SetNumber(0, 1, p.b)
		if got := [2]bool{list[0].Holds(cells, 0), list[1].Holds(cells, 0)}; got != p.want {
			t.Errorf("a = %v, b = %v: %v, want %v", p.a, p.b, got, p.want)
		}
	}
	if list, err := parse(t, "{observe: {a: 1}, noise: 1}").Bounds(c); list != nil || err != nil {
		t.Errorf("no intervals: %v, %v", list, err)
	}
}

// Rewards are those of the formula, and their gradients those of their values.
func TestReward(t *testing.T) {
	_, c := table(t, false)
	target := 0.7
	x := make([]float64, c.Dim())
	for j := range x {
		x[j] = 0.3 - 0.2*float64(j)
	}
	a, _ := c.ToValue(numberAt(t, c, "a"), x[numberAt(t, c, "a")])
	b, _ := c.ToValue(numberAt(t, c, "b"), x[numberAt(t, c, "b")])
	for _, p := range []struct {
		reward RewardEntry
		want   float64
	}{
		{RewardEntry{Weights: map[string]float64{"a": 2, "b": -1}}, 2*a - b},
		{RewardEntry{Weights: map[string]float64{"a": 2, "b": 1}, Target: &target, Strength: OverTime{Number: 3}}, -(2*a + b - 0.7) * (2*a + b - 0.7) / 2},
	} {
		r := must(p.reward.Build(c))
		if r.Strength != p.reward.Strength.Number {
			t.Errorf("strength %v", r.Strength)
		}
		grad := make([]float64, len(x))
		for j := range grad {
			grad[j] = 1 // to be added to
		}
		if v := r.R(grad, x, 0); !near(v, p.want, 1e-12) {
			t.Errorf("reward %v, want %v", v, p.want)
		}
		for j := range x {
			const h = 1e-6
			up, down := slices.Clone(x), slices.Clone(x)
			up[j], down[j] = x[j]+h, x[j]-h
			d := (r.R(make([]float64, len(x)), up, 0) - r.R(make([]float64, len(x)), down, 0)) / (2 * h)
			if !near(grad[j]-1, d, 1e-5) {
				t.Errorf("position %d: gradient %v, by differences %v", j, grad[j]-1, d)
			}
		}
	}
	for _, bad := range []RewardEntry{{}, {Weights: map[string]float64{"c": 1}}, {Weights: map[string]float64{"a": 1}, Target: &target, Strength: OverTime{Number: -1}},
		{Weights: map[string]float64{"a": 1}, Strength: OverTime{Number: math.Inf(1)}}, {Weights: map[string]float64{"a": 1}, Strength: OverTime{Number: math.NaN()}}} {
		if _, err := bad.Build(c); err == nil {
			t.Errorf("%+v passes", bad)
		}
	}
	if r, err := (&RewardEntry{Weights: map[string]float64{"a": 1}, Strength: OverTime{Number: -1}}).Build(c); err != nil || r.Strength != -1 {
		t.Errorf("a penalty: %v, %v", r.Strength, err)
	}
}

// Errors have the distribution that the likelihood of Build says: its distribution
// function at draws has the mean 1/2, of its square 1/3, and is in the outer hundredths
// for 2 %.
func TestNoiseDrawsItsLaw(t *testing.T) {
	const n = 40000
	for _, noise := range []ErrorLaw{{Law: "normal", Scale: 0.3}, {Law: "laplace", Scale: 2}, {Law: "student-t", Scale: 0.5, DF: 4}} {
		law := must(noise.Build())
		// F by the midpoint rule over z, e = scale·sinh z
		const h = 1e-3
		at := func(z float64) float64 { return noise.Scale * math.Sinh(z) }
		var cdf []float64
		sum := 0.0
		for z := -9.0; z < 9; z += h {
			lp, _ := law.LogProb(0, at(z+h/2), 0, 0)
			sum += math.Exp(lp) * noise.Scale * math.Cosh(z+h/2) * h
			cdf = append(cdf, sum)
		}
		if math.Abs(sum-1) > 1e-3 {
			t.Fatalf("%s: the density has mass %v", noise.Law, sum)
		}
		r := rand.New(rand.NewPCG(1, 7))
		var first, second, tails float64
		for range n {
			k := int((math.Asinh(noise.Draw(r)/noise.Scale) + 9) / h)
			u := cdf[min(max(k, 0), len(cdf)-1)]
			first += u / n
			second += u * u / n
			if u < 0.01 || u > 0.99 {
				tails += 1. / n
			}
		}
		// standard deviations of u and u²: 0.29 and 0.30
		if math.Abs(first-1./2) > 4*0.29/math.Sqrt(n) || math.Abs(second-1./3) > 4*0.3/math.Sqrt(n) || math.Abs(tails-0.02) > 4*math.Sqrt(0.02*0.98/n) {
			t.Errorf("%s: moments %v and %v of the distribution function, %v in its tails", noise.Law, first, second, tails)
		}
	}
	for _, p := range []struct {
		noise ErrorLaw
		want  sde.Likelihood
	}{{ErrorLaw{Law: "normal", Scale: 2, DF: 0}, sde.NormalError{SD: 2}}, {ErrorLaw{Law: "laplace", Scale: 2, DF: 0}, sde.LaplaceError{Scale: 2}}, {ErrorLaw{Law: "student-t", Scale: 2, DF: 3}, sde.StudentTError{Scale: 2, DF: 3}}} {
		if law := must(p.noise.Build()); !reflect.DeepEqual(law, p.want) {
			t.Errorf("%+v becomes %+v", p.noise, law)
		}
	}
}
