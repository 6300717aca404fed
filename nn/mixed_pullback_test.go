package nn

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The pullback of rows with categories, some positions given, is the difference
// quotient of the denoiser.
func TestMixedPullback(t *testing.T) {
	for name, change := range map[string]func(c *Config){
		"posteriors": func(c *Config) {},
		"positions":  func(c *Config) { c.Raw = true },
		"waves":      func(c *Config) { c.FourierFeatures = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			c := mixedConfig
			change(&c)
			mixedPullback(t, c)
		})
	}
}

func mixedPullback(t *testing.T, c Config) {
	m := trained(t, c)
	const n, h = 6, 1e-2
	x, v := normals("x", n, 7), normals("v", n, 7)
	known := mat.NewDense(n, 7, nil)
	for i := range n {
		for j := range 7 {
			known.Set(i, j, math.NaN())
		}
	}
	known.Set(1, 0, 0.7)
	for j, y := range []float64{0, 1, 0} {
		known.Set(2, 1+j, y)
		known.Set(3, 1+j, y)
	}
	known.Set(3, 4, -2)
	known.Set(4, 2, 0) // not level 1
	known.Set(5, 1, 0)
	known.Set(5, 3, 0)
	known.Set(5, 5, 0)
	g, err := m.Conditional(nil, known)
	if err != nil {
		t.Fatal(err)
	}
	for _, tm := range []float64{0.25, 0.5, 0.9} {
		mean, got, want := mat.NewDense(n, 7, nil), mat.NewDense(n, 7, nil), mat.NewDense(n, 7, nil)
		pull, err := g.Linearize(mean, x, []float64{tm})
		if err != nil {
			t.Fatal(err)
		}
		if err := pull(got, v); err != nil {
			t.Fatal(err)
		}
		for j := range 7 {
			at := [2]*mat.Dense{mat.NewDense(n, 7, nil), mat.NewDense(n, 7, nil)}
			for s, by := range []float64{h, -h} {
				y := mat.DenseCopyOf(x)
				for i := range n {
					y.Set(i, j, y.At(i, j)+by)
				}
				if err := g.Denoise(at[s], y, []float64{tm}); err != nil {
					t.Fatal(err)
				}
			}
			for i := range n {
				for k := range 7 {
					want.Set(i, j, want.At(i, j)+v.At(i, k)*(at[0].At(i, k)-at[1].At(i, k))/(2*h))
				}
			}
		}
		if e := worst(got.RawMatrix().Data, want.RawMatrix().Data); e > 5e-3 {
			t.Errorf("t = %g: pullback is off by %g", tm, e)
		}
		got.Set(0, 2, got.At(0, 2)*1.05+0.05)
		if e := worst(got.RawMatrix().Data, want.RawMatrix().Data); e < 5e-3 {
			t.Errorf("t = %g: a planted error passes", tm)
		}
		for i, want := range map[int][]float64{2: {0, 1, 0}, 3: {0, 1, 0}} {
			for j, w := range want {
				if mean.At(i, 1+j) != w {
					t.Errorf("row %d is given level 1, and D is %v", i, mean.RawRowView(i))
				}
			}
		}
	}
}

// The pullback of a batch of several blocks is that of its rows.
func TestMixedPullbackOfManyRows(t *testing.T) {
	m := trained(t, mixedConfig)
	const n = BlockRows + 20
	x, v := normals("x", n, 7), normals("v", n, 7)
	all, one := mat.NewDense(n, 7, nil), mat.NewDense(n, 7, nil)
	pulled := func(dst, x, v *mat.Dense) {
		r, _ := x.Dims()
		pull, err := m.Linearize(mat.NewDense(r, 7, nil), x, []float64{0.4})
		if err != nil {
			t.Fatal(err)
		}
		if err := pull(dst, v); err != nil {
			t.Fatal(err)
		}
	}
	pulled(all, x, v)
	for i := range n {
		row := func(m *mat.Dense) *mat.Dense { return m.Slice(i, i+1, 0, 7).(*mat.Dense) }
		pulled(row(one), row(x), row(v))
	}
	sameBits(t, "pullback", all, one)
}
