package losses

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

type apply func(o ConditionDropout, dst, c *mat.Dense, p *Problem, b Batch)

// drops returns which of k conditions are dropped from n rows over some steps.
func drops(o ConditionDropout, f apply, n, k, steps int) (d [][]bool) {
	c, dst := mat.NewDense(n, k, nil), mat.NewDense(n, k, nil)
	var p Problem
	x := mat.NewDense(n, 1, nil)
	for step := range steps {
		b := Batch{Seed: 12, Step: step, Total: n}
		Denoising{Sched: sde.VP{}}.Draw(&p, x, b)
		f(o, dst, c, &p, b)
		for i := range n {
			row := make([]bool, k)
			for j := range k {
				row[j] = math.IsNaN(dst.At(i, j))
			}
			d = append(d, row)
		}
	}
	return d
}

// checkRates compares rates of single, pairwise and complete drops with the
// model's, within 4 binomial standard errors.
func checkRates(o ConditionDropout, f apply) error {
	k := len(o.Each)
	d := drops(o, f, 500, k, 40)
	n := float64(len(d))
	rate := func(what string, want float64, hit func(r []bool) bool) error {
		var m float64
		for _, r := range d {
			if hit(r) {
				m++
			}
		}
		if diff := math.Abs(m/n - want); !(diff <= 4*math.Sqrt(want*(1-want)/n)) {
			return fmt.Errorf("%s: rate %.4f, want %.4f", what, m/n, want)
		}
		return nil
	}
	all := 1.0
	for i, q := range o.Each {
		all *= q
		if err := rate(fmt.Sprintf("condition %d", i), o.Joint+(1-o.Joint)*q, func(r []bool) bool { return r[i] }); err != nil {
			return err
		}
		for j := range i {
			want := o.Joint + (1-o.Joint)*q*o.Each[j]
			if err := rate(fmt.Sprintf("conditions %d and %d", i, j), want, func(r []bool) bool { return r[i] && r[j] }); err != nil {
				return err
			}
		}
	}
	return rate("all", o.Joint+(1-o.Joint)*all, func(r []bool) bool {
		for _, v := range r {
			if !v {
				return false
			}
		}
		return true
	})
}

func TestDropoutRates(t *testing.T) {
	for _, o := range []ConditionDropout{
		{Each: []float64{0.1, 0.5, 0.25}},
		{Each: []float64{0, 0, 0}, Joint: 0.1},
		{Each: []float64{0.2, 0, 1}, Joint: 0.15},
		{Each: []float64{0, 0}},
	} {
		if err := checkRates(o, ConditionDropout.Apply); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	o := ConditionDropout{Each: []float64{0.1, 0.5, 0.25}, Joint: 0.1}
	mustFail(t, "no joint drop", checkRates(o, func(o ConditionDropout, dst, c *mat.Dense, p *Problem, b Batch) {
		o.Joint = 0
		o.Apply(dst, c, p, b)
	}))
	mustFail(t, "one condition copies another", checkRates(o, func(o ConditionDropout, dst, c *mat.Dense, p *Problem, b Batch) {
		o.Apply(dst, c, p, b)
		for i := range p.T {
			dst.Set(i, 1, dst.At(i, 0))
		}
	}))
	mustFail(t, "the same rows at every step", checkRates(o, func(o ConditionDropout, dst, c *mat.Dense, p *Problem, b Batch) {
		b.Step = 0
		o.Apply(dst, c, p, b)
	}))
}

// Rows and steps are independent: neighbors drop together as often as chance.
func TestDropoutOfNeighboursIsIndependent(t *testing.T) {
	const n, steps, q = 100, 200, 0.3
	d := drops(ConditionDropout{Each: []float64{q}}, ConditionDropout.Apply, n, 1, steps)
	lag := func(k int) error {
		var m moments
		for i := range len(d) - k {
			v := 0.0
			if d[i][0] && d[i+k][0] {
				v = 1
			}
			m.add(v)
		}
		// Overlapping pairs: the variance is q²(1-q²) + 2(q³ - q⁴), not the first term alone.
		se := math.Sqrt((q*q*(1-q*q) + 2*(q*q*q-q*q*q*q)) / m.n)
		return near("joint rate", m.mean(), q*q, 4*se)
	}
	for _, k := range []int{1, n} {
		if err := lag(k); err != nil {
			t.Errorf("lag %d: %v", k, err)
		}
	}
	mustFail(t, "a row with itself", lag(0))
}

// What is dropped does not depend on the cut into blocks; what is kept is c's,
// and a missing condition stays missing.
func TestDropoutOfBlocks(t *testing.T) {
	const n, k = 60, 3
	c := normals(n, k, "c")
	c.Set(4, 1, math.NaN())
	x := normals(n, 1, "x")
	o := ConditionDropout{Each: []float64{0.3, 0.1, 0.5}, Joint: 0.1}
	obj := Denoising{Sched: sde.VP{}, Times: Times{Law: LogNormalSigma{}}, Control: ControlVariate{0.3}}
	var p Problem
	whole := mat.NewDense(n, k, nil)
	b := Batch{Seed: 2, Step: 1, Total: n}
	obj.Draw(&p, x, b)
	o.Apply(whole, c, &p, b)
	paired := 0
	for i := range n {
		for j := range k {
			got, want := whole.At(i, j), c.At(p.Source(i), j)
			if !math.IsNaN(got) && got != want {
				t.Fatalf("row %d: condition of another row", i)
			}
			if i%2 == 1 && p.Source(i) == p.Source(i-1) {
				paired++
				if math.IsNaN(got) != math.IsNaN(whole.At(i-1, j)) {
					t.Fatalf("rows %d and %d are a pair and drop differently", i-1, i)
				}
			}
		}
	}
	if paired == 0 {
		t.Fatal("no pairs")
	}
	part := mat.NewDense(20, k, nil)
	for b.First = 0; b.First < n; b.First += 20 {
		obj.Draw(&p, x.Slice(b.First, b.First+20, 0, 1).(*mat.Dense), b)
		o.Apply(part, c.Slice(b.First, b.First+20, 0, k).(*mat.Dense), &p, b)
		for i := range 20 {
			for j := range k {
				if math.Float64bits(part.At(i, j)) != math.Float64bits(whole.At(b.First+i, j)) {
					t.Fatalf("row %d depends on the cut", b.First+i)
				}
			}
		}
	}
	if a := testing.AllocsPerRun(10, func() { o.Apply(part, part, &p, Batch{Total: 20}) }); a != 0 {
		t.Errorf("%g allocations", a)
	}
}

func TestDropoutZeroValueKeepsAll(t *testing.T) {
	c := normals(5, 2, "c")
	dst := mat.NewDense(5, 2, nil)
	p := Problem{T: make([]float64, 5)} // of any objective: no pairs, no generator yet
	ConditionDropout{}.Apply(dst, c, &p, Batch{Total: 5})
	if !mat.Equal(dst, c) {
		t.Error("the zero value drops")
	}
}

func TestDropoutValidate(t *testing.T) {
	for _, o := range []ConditionDropout{{}, {Each: []float64{0, 1}}, {Joint: 1}} {
		if err := o.Validate(2); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, o := range []ConditionDropout{{Each: []float64{1}}, {Each: []float64{0, 1.5}}, {Each: []float64{0, math.NaN()}}, {Joint: -1}, {Joint: 1.5}, {Joint: math.NaN()}} {
		if o.Validate(2) == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}
