package tabular

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sde"
)

// An operator in units of the table sees the numbers of the columns, and its gradients
// are those of its values, in any encoding.
func TestInUnits(t *testing.T) {
	f := sde.OperatorFunc{Dim: 3, Out: 2,
		F:       func(dst, v []float64) { dst[0], dst[1] = v[0]*v[1], math.Sin(v[0])+v[2] },
		Grad:    func(dst, v, w []float64) { dst[0], dst[1], dst[2] = w[0]*v[1]+w[1]*math.Cos(v[0]), w[0]*v[0], w[1] },
		Tangent: func(dst, v, u []float64) { dst[0], dst[1] = v[1]*u[0]+v[0]*u[1], math.Cos(v[0])*u[0]+u[2] },
	}
	for encoding, m := range map[string]*Model{
		"standard": fit(sinesText(300, "a", "b"), Options{Encoding: "standard", Steps: 1, Hidden: 4, Layers: 1}),
		"quantile": fit(sinesText(300, "a", "b"), Options{Encoding: "quantile", Steps: 1, Hidden: 4, Layers: 1}),
	} {
		op := must(m.InUnits(f, "b", "a", "b"))
		if d, out := op.Dims(); d != 2 || out != 2 {
			t.Fatalf("%d to %d", d, out)
		}
		x := mat.NewDense(2, 2, []float64{0.3, -0.4, 1.1, 0.2})
		at := func(x *mat.Dense) *mat.Dense {
			y := mat.NewDense(2, 2, nil)
			if err := op.Apply(y, x); err != nil {
				t.Fatal(err)
			}
			return y
		}
		y := at(x)
		for i := range 2 {
			a, _ := m.codec.ToValue(0, x.At(i, 0))
			b, _ := m.codec.ToValue(1, x.At(i, 1))
			if math.Abs(y.At(i, 0)-a*b) > 1e-12 || math.Abs(y.At(i, 1)-math.Sin(b)-b) > 1e-12 {
				t.Errorf("%s: row %d is %v", encoding, i, y.RawRowView(i))
			}
		}
		w, grad := mat.NewDense(2, 2, []float64{0.7, -0.2, 0.1, 2}), mat.NewDense(2, 2, []float64{9, 9, 9, 9})
		if err := op.(sde.Puller).Pull(grad, x, w); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			for j := range 2 {
				const h = 1e-5
				u, pushed := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
				u.Set(i, j, 1)
				if err := op.(sde.Pusher).Push(pushed, x, u); err != nil {
					t.Fatal(err)
				}
				if a, b := mat.Dot(pushed.RowView(i), w.RowView(i)), grad.At(i, j); math.Abs(a-b) > 1e-13*(1+math.Abs(b)) || mat.Norm(pushed.RowView(1-i), 1) != 0 {
					t.Errorf("%s: pushed %v, pulled %v", encoding, a, b)
				}
				up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
				up.Set(i, j, x.At(i, j)+h)
				down.Set(i, j, x.At(i, j)-h)
				plus, minus, d := at(up), at(down), 0.0
				for k := range 2 {
					d += w.At(i, k) * (plus.At(i, k) - minus.At(i, k)) / (2 * h)
				}
				if math.Abs(grad.At(i, j)-d) > 1e-6*math.Max(1, math.Abs(d)) {
					t.Errorf("%s: gradient %v of row %d, by differences %v", encoding, grad.At(i, j), i, d)
				}
			}
		}
	}
	m := model(t)
	for _, c := range []struct {
		columns []string
		want    string
	}{{[]string{"size"}, "3 numbers for 1 columns"}, {[]string{"size", "size", "sieze"}, "sieze"}, {[]string{"size", "size", "kind"}, "kind"}, {[]string{"size", "count", "size"}, "count"}} {
		if _, err := m.InUnits(f, c.columns...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.columns, err)
		}
	}
	op := must(m.InUnits(plainOperator{f}, "size", "size", "size"))
	if _, ok := op.(sde.Puller); ok {
		t.Error("an operator without gradients has some in units")
	}
}

// plainOperator hides all but the values.
type plainOperator struct{ of sde.Operator }

func (o plainOperator) Dims() (d, m int)              { return o.of.Dims() }
func (o plainOperator) Apply(dst, x *mat.Dense) error { return o.of.Apply(dst, x) }

// A formula of the model is the expression of its columns in units of the table.
func TestFormulaIsTheExpressionInUnits(t *testing.T) {
	m := fit(sinesText(300, "a", "b"), Options{Encoding: "quantile", Steps: 1, Hidden: 4, Layers: 1})
	f := must(m.Formula("exp(a / 2) * b", "b - a^2"))
	e := must(m.InUnits(must(nn.ParseExpression([]string{"b", "a"}, "exp(a / 2) * b", "b - a^2")), "b", "a"))
	x, v, u := mat.NewDense(2, 2, []float64{0.3, -0.4, 1.1, 0.2}), mat.NewDense(2, 2, []float64{1, -2, 0.5, 3}), mat.NewDense(2, 2, []float64{0.1, 0.7, -1, 2})
	for name, by := range map[string]func(o sde.Operator, dst *mat.Dense) error{
		"Apply": func(o sde.Operator, dst *mat.Dense) error { return o.Apply(dst, x) },
		"Pull":  func(o sde.Operator, dst *mat.Dense) error { return o.(sde.Puller).Pull(dst, x, v) },
		"Push":  func(o sde.Operator, dst *mat.Dense) error { return o.(sde.Pusher).Push(dst, x, u) },
	} {
		a, b := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
		if err := by(f, a); err != nil {
			t.Fatal(err)
		}
		if err := by(e, b); err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(a, b, 1e-13) || mat.Norm(a, 2) < 0.1 {
			t.Errorf("%s: %v and %v", name, a.RawMatrix().Data, b.RawMatrix().Data)
		}
	}
	r := guide.Reward{A: must(m.InUnits(must(nn.ParseExpression([]string{"a"}, "a^2")), "a")), Strength: 2}
	if rows := draw(m, 20, &Query{Terms: []guide.Term{r}}); rows.Rows() != 20 {
		t.Errorf("%d rows", rows.Rows())
	}
}
