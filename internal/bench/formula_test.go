package bench

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// tenOperations is a formula of ten operations, of four of eight columns.
const tenOperations = "log(x0*x0 + x1*x1 + 1) * exp(x2 / 2) + sin(x3)"

// tenByHand is tenOperations and its derivative, as one would write them in Go.
var tenByHand = sde.OperatorFunc{Dim: 8, Out: 1,
	F: func(dst, x []float64) {
		dst[0] = math.Log(x[0]*x[0]+x[1]*x[1]+1)*math.Exp(x[2]/2) + math.Sin(x[3])
	},
	Grad: func(dst, x, v []float64) {
		clear(dst)
		s := x[0]*x[0] + x[1]*x[1] + 1
		l, e := math.Log(s), math.Exp(x[2]/2)
		dst[0], dst[1] = v[0]*2*x[0]/s*e, v[0]*2*x[1]/s*e
		dst[2], dst[3] = v[0]*l*e/2, v[0]*math.Cos(x[3])
	},
}

// tenBy returns the formula, and the function by hand, as observed by a guide.
func tenBy(t testing.TB, formula bool) sde.Observation {
	o := sde.Observation{A: tenByHand, Y: mat.NewDense(1, 1, []float64{1.2}), Error: sde.NormalError{SD: 0.1}}
	if formula {
		columns := make([]string, 8)
		for j := range columns {
			columns[j] = fmt.Sprint("x", j)
		}
		e, err := nn.ParseExpression(columns, tenOperations)
		if err != nil {
			t.Fatal(err)
		}
		o.A = e
	}
	return o
}

// Guides that observe the formula and the function give the same means, to rounding.
func TestFormulaGuidesAsTheFunction(t *testing.T) {
	m, err := Network{Dim: 8, Hidden: 16, Layers: 2}.Model(1)
	if err != nil {
		t.Fatal(err)
	}
	x, a, b := mat.NewDense(200, 8, nil), mat.NewDense(200, 8, nil), mat.NewDense(200, 8, nil)
	r := stream.New(1, "formula")
	x.Apply(func(_, _ int, _ float64) float64 { return 2 * r.NormFloat64() }, x)
	for name, term := range map[string]func(o sde.Observation) guide.Term{
		"DPS": func(o sde.Observation) guide.Term { return guide.DPS{Observation: o} }, "MMPS": func(o sde.Observation) guide.Term { return guide.MMPS{Observation: o} },
		"PiGDM": func(o sde.Observation) guide.Term { return guide.PiGDM{Observation: o} },
	} {
		for _, u := range []float64{0.1, 0.5, 0.9} {
			if err := guide.New(m, term(tenBy(t, true))).Denoise(a, x, []float64{u}); err != nil {
				t.Fatal(err)
			}
			if err := guide.New(m, term(tenBy(t, false))).Denoise(b, x, []float64{u}); err != nil {
				t.Fatal(err)
			}
			if !mat.EqualApprox(a, b, 1e-9) {
				t.Errorf("%s at t = %v: guided means differ", name, u)
			}
		}
	}
}

// BenchmarkFormula is a step of DPM-Solver++(2M) with a network of four layers of 128 in
// eight dimensions, guided by a function in Go and by the formula:
//
//	go test ./internal/bench -run xxx -bench Formula -cpu 1 -count 10
func BenchmarkFormula(b *testing.B) {
	m, err := Network{Dim: 8, Hidden: 128, Layers: 4}.Model(1)
	if err != nil {
		b.Fatal(err)
	}
	for _, rows := range []int{128, 1000} {
		for _, name := range []string{"none", "DPS by hand", "DPS by formula", "MMPS by hand", "MMPS by formula"} {
			var d sde.Denoiser = m
			switch o := tenBy(b, name[len(name)-1] == 'a'); name[0] {
			case 'D':
				d = guide.New(m, guide.DPS{Observation: o})
			case 'M':
				d = guide.New(m, guide.MMPS{Observation: o})
			}
			b.Run(fmt.Sprintf("%d/%s", rows, name), func(b *testing.B) {
				x, z := mat.NewDense(rows, 8, nil), stream.New(2, "formula")
				x.Apply(func(_, _ int, _ float64) float64 { return z.NormFloat64() }, x)
				s := sample.DPMpp2M{}.New(d, rows)
				b.ReportAllocs()
				for b.Loop() {
					if err := s.Step(x, 0.5, 0.49, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
