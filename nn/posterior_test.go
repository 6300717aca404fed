package nn

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/internal/stream"
)

// What the network sees of a category is nothing where noise hides it, and what it
// sees of a level that is given already where there is little. Raw positions are neither.
func TestInputsOfCategories(t *testing.T) {
	for _, raw := range []bool{false, true} {
		c := mixedConfig
		c.Raw = raw
		m := trained(t, c)
		x, known := mixedRows(6), mat.NewDense(6, 7, nil)
		for i := range 6 {
			for j := range 7 {
				known.Set(i, j, math.NaN())
			}
			copy(known.RawRowView(i)[1:4], x.RawRowView(i)[1:4])
		}
		// inputs are those of the first category at time t of rows that are α x plus
		// σ times the noise.
		inputs := func(tm float64, cond conds, noise *mat.Dense) []float32 {
			k, err := m.free.take()
			if err != nil {
				t.Fatal(err)
			}
			defer m.free.put(k)
			co := m.Sched.Coeff(tm)
			y := mat.NewDense(6, 7, nil)
			y.Scale(co.Alpha, x)
			if noise != nil {
				for i := range 6 {
					for j := range 7 {
						y.Set(i, j, y.At(i, j)+co.Sigma*noise.At(i, j))
					}
				}
			}
			v, n := m.view(y)
			m.prepare(k, v, []float64{tm}, cond, 0, n)
			var in []float32
			for i := range n {
				in = append(in, k.x[i*7+1:i*7+4]...)
			}
			return in
		}
		off := func(a, b []float32) (worst float64) {
			for i := range a {
				worst = max(worst, math.Abs(float64(a[i]-b[i])))
			}
			return worst
		}
		given := inputs(0.5, conds{known: known}, normals("noise", 6, 7))
		clean := inputs(0.05, conds{}, nil)
		hidden := inputs(1, conds{}, normals("noise", 6, 7))
		if e := off(given, clean); (e > 1e-3) != raw {
			t.Errorf("raw %v: what is given and what is clean differ by %g", raw, e)
		}
		if e := off(hidden, make([]float32, len(hidden))); (e > 0.2) != raw {
			t.Errorf("raw %v: of levels that are hidden the network sees up to %g", raw, e)
		}
	}
}

// A file says how categories enter; one that does not say is of raw positions.
func TestSavedInputsOfCategories(t *testing.T) {
	x := normals("x", 5, 7)
	denoised := func(m *Model) *mat.Dense {
		d := mat.NewDense(5, 7, nil)
		if err := m.Denoise(d, x, []float64{0.5}); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, raw := range []bool{false, true} {
		c := mixedConfig
		c.Raw = raw
		m := trained(t, c)
		f := checkpoints.New(ModelKind)
		if err := m.Store(f); err != nil {
			t.Fatal(err)
		}
		back, err := FromCheckpoint(f)
		if err != nil {
			t.Fatal(err)
		}
		sameBits(t, "a saved model", denoised(back), denoised(m))
		var d description
		if err := f.JSON("model", &d); err != nil {
			t.Fatal(err)
		}
		d.Posterior = false
		if err := f.SetJSON("model", d); err != nil {
			t.Fatal(err)
		}
		if back, err = FromCheckpoint(f); err != nil {
			t.Fatal(err)
		}
		if same := mat.Equal(denoised(back), denoised(m)); same != raw {
			t.Errorf("raw %v: without its word, the same is %v", raw, same)
		}
	}
}

// The gradient of a classifier of rows with categories is the difference quotient of
// its log probability; and not that of raw positions.
func TestClassGradientOfCategories(t *testing.T) {
	const n, h = 5, 1e-2
	x, tm, class := normals("class/x", n, 7), []float64{0.4}, []int{0, 1, 2, 1, 0}
	for _, raw := range []bool{false, true} {
		c := mixedConfig
		c.Conditional, c.Raw = false, raw
		k, err := NewClassifier(c, Condition{Name: "label", Levels: 3})
		if err != nil {
			t.Fatal(err)
		}
		r := stream.New(5, "nn/test/class")
		for _, a := range k.Params.Arrays {
			for i := range a.Data {
				a.Data[i] += float32(0.5 * r.NormFloat64() / math.Sqrt(float64(a.Shape[0])))
			}
		}
		of, err := k.Of(class...)
		if err != nil {
			t.Fatal(err)
		}
		logProb := func(c *Classifier, x *mat.Dense) []float64 {
			lp, out := mat.NewDense(n, 3, nil), make([]float64, n)
			if err := c.LogProbs(lp, x, tm); err != nil {
				t.Fatal(err)
			}
			for i, l := range class {
				out[i] = lp.At(i, l)
			}
			return out
		}
		got, lp := mat.NewDense(n, 7, nil), make([]float64, n)
		if err := of.LogProbGrad(got, lp, x, tm); err != nil {
			t.Fatal(err)
		}
		off := func(c *Classifier) (worst float64) {
			for j := range 7 {
				up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
				for i := range n {
					up.Set(i, j, x.At(i, j)+h)
					down.Set(i, j, x.At(i, j)-h)
				}
				a, b := logProb(c, up), logProb(c, down)
				for i := range n {
					worst = max(worst, math.Abs(got.At(i, j)-(a[i]-b[i])/(2*h)))
				}
			}
			return worst
		}
		if e := off(k); e > 5e-3 {
			t.Errorf("raw %v: the gradient is off by %g", raw, e)
		}
		other := *k
		other.Raw = !raw
		if e := off(&other); e < 5e-3 {
			t.Errorf("raw %v: the gradient of other inputs passes", raw)
		}
	}
}
