package figure

import (
	"io"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// anisotropy is the ratio of the lengths of a unit in x and in y on the area c.
func anisotropy(p *plot.Plot, c draw.Canvas) float64 {
	x := float64(c.Max.X-c.Min.X) / (p.X.Max - p.X.Min)
	y := float64(c.Max.Y-c.Min.Y) / (p.Y.Max - p.Y.Min)
	return x / y
}

func TestEqualScales(t *testing.T) {
	for _, box := range []rect{{-1, 1, -1, 1}, {0, 10, 0, 1}, {0, 1, -500, 500}} {
		c := draw.New(vgimg.New(300, 200))
		p := newPlot("title", "x", "y")
		box.set(p)
		if math.Abs(anisotropy(p, p.DataCanvas(c))-1) < 0.02 {
			t.Errorf("%v: is equal already, tests nothing", box)
		}
		if r := anisotropy(p, p.DataCanvas(trueScale(p, c))); math.Abs(r-1) > 0.02 {
			t.Errorf("%v: trueScale leaves a ratio of %g", box, r)
		}
		for range 2 {
			equalScale(p, p.DataCanvas(c))
		}
		if r := anisotropy(p, p.DataCanvas(c)); math.Abs(r-1) > 0.02 {
			t.Errorf("%v: equalScale leaves a ratio of %g", box, r)
		}
		if p.X.Min > box.x0 || p.X.Max < box.x1 || p.Y.Min > box.y0 || p.Y.Max < box.y1 {
			t.Errorf("%v: equalScale cuts the data off", box)
		}
	}
}

func TestArrows(t *testing.T) {
	a := newArrows(rect{-1, 1, -1, 1}, 10, func(x, y float64) (float64, float64) {
		if x > 0.8 {
			return math.NaN(), 0
		}
		return 1000 * y, -1000 * x
	})
	if len(a.at) != 90 {
		t.Errorf("%d arrows, want 90: the field has no value in one column", len(a.at))
	}
	prev := map[float64]float64{}
	for i, q := range a.at {
		u := a.uv[i]
		if cross := u.X*-q.X - u.Y*q.Y; math.Abs(cross) > 1e-12 || u.X*q.Y < 0 {
			t.Errorf("arrow at %v points to %v", q, u)
		}
		size, r := math.Hypot(u.X, u.Y), math.Hypot(q.X, q.Y)
		if size >= 1 {
			t.Errorf("arrow at %v has length %g", q, size)
		}
		prev[math.Round(r*1e9)] = size
	}
	for r, s := range prev {
		for r2, s2 := range prev {
			if r < r2 && s >= s2 {
				t.Fatalf("magnitude %g has length %g, %g has %g", r, s, r2, s2)
			}
		}
	}
}

func labels(ticks []plot.Tick) string {
	var s []string
	for _, t := range ticks {
		if t.Label != "" {
			s = append(s, t.Label)
		}
	}
	return strings.Join(s, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		ticker plot.Ticker
		lo, hi float64
		want   string
	}{
		{logTicks{}, math.Log10(0.9e-6), math.Log10(1.1), "1e-6 1e-5 1e-4 0.001 0.01 0.1 1"},
		{logTicks{}, math.Log10(4), math.Log10(210), "5 10 20 50 100 200"},
		{logTicks{}, math.Log10(0.55), math.Log10(3.9), "0.7 1 2 3"},
		{logTicks{}, math.Log10(1e4), math.Log10(1e6), "10000 1e5 1e6"},
		{linearTicks{}, -2.7, 2.7, "-2 0 2"},
		{linearTicks{}, 0, 7600, "0 2000 4000 6000"},
		{linearTicks{}, 0, 0.6, "0 0.2 0.4 0.6"},
	} {
		if got := labels(c.ticker.Ticks(c.lo, c.hi)); got != c.want {
			t.Errorf("%#v from %g to %g: %q, want %q", c.ticker, c.lo, c.hi, got, c.want)
		}
	}
	// Narrow ranges, wherever they are, have at least two labels, no two equal.
	for _, lo := range []float64{1e-9, 0.5, 1.23, 99999, 1e12} {
		for _, f := range []float64{1.001, 1.1, 1.9, 2.1, 9} {
			for name, ticks := range map[string][]plot.Tick{
				"linear": linearTicks{}.Ticks(lo, lo*f), "log": logTicks{}.Ticks(math.Log10(lo), math.Log10(lo*f)),
			} {
				got := strings.Fields(labels(ticks))
				seen := map[string]bool{}
				for _, l := range got {
					seen[l] = true
				}
				if len(got) < 2 || len(seen) != len(got) {
					t.Errorf("%s ticks from %g to %g: %q", name, lo, lo*f, got)
				}
			}
		}
	}
}

// Numbers as they come from runs that went wrong, or barely began.
func TestAwkwardNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ok := map[string]func() (*Figure, error){
		"gap": func() (*Figure, error) {
			return Curve(Axes{LogY: true}, Series{"a", []float64{1, 2, 3, 4}, []float64{1, nan, 2, 3}})
		},
		"one point": func() (*Figure, error) { return Curve(Axes{LogX: true}, Series{"a", []float64{3}, []float64{0}}) },
		"constant":  func() (*Figure, error) { return Lines(Axes{}, Series{"a", []float64{1, 2}, []float64{7, 7}}) },
		"one row": func() (*Figure, error) {
			return Scatter2("", mat.NewDense(1, 2, nil), mat.NewDense(1, 2, []float64{nan, 1}))
		},
		"far sample": func() (*Figure, error) {
			return Scatter2("", rings(50, 1, 0), mat.NewDense(2, 2, []float64{1e300, 1, -inf, 0}))
		},
		"zero field": func() (*Figure, error) {
			return Field(FieldOptions{XMax: 1, YMax: 2}, func(x, y float64) (float64, float64) { return 0, 0 })
		},
		"empty density": func() (*Figure, error) {
			return Field(FieldOptions{XMax: 1, YMax: 2, LogDensity: func(x, y float64) float64 { return -inf }}, func(x, y float64) (float64, float64) { return 1, 0 })
		},
	}
	for name, f := range ok {
		fig, err := f()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := fig.WriteSVG(io.Discard); err != nil { // nor may it panic
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := map[string]func() (*Figure, error){
		"not positive": func() (*Figure, error) {
			return Curve(Axes{LogY: true}, Series{"loss", []float64{1, 2}, []float64{1, 0}})
		},
		"nothing": func() (*Figure, error) { return Curve(Axes{Title: "nothing"}) },
		"all NaN": func() (*Figure, error) {
			return Lines(Axes{Title: "all NaN"}, Series{"a", []float64{1}, []float64{nan}})
		},
		"no data": func() (*Figure, error) {
			return Scatter2("no data", mat.NewDense(1, 2, []float64{nan, nan}), rings(5, 1, 0))
		},
		"box": func() (*Figure, error) { return Field(FieldOptions{}, nil) },
		"nowhere": func() (*Figure, error) {
			return Field(FieldOptions{XMax: 1, YMax: 1}, func(x, y float64) (float64, float64) { return nan, 0 })
		},
	}
	for name, f := range bad {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
