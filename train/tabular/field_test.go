package tabular

import (
	"math"
	"strings"
	"testing"
)

// planeModel is a model of two normal columns that is not trained: its score is exact.
func planeModel(schedule string) *Model {
	return fit(sinesText(300, "a", "b"), Options{Encoding: "standard", Schedule: schedule, Conditional: -1, Steps: 1, Rate: 1e-9, Hidden: 8, Layers: 1})
}

// The score of a plane is the gradient, in units of the table, of the log density of the data
// with noise of so many standard deviations.
func TestPlaneIsTheGradientOfTheDensity(t *testing.T) {
	for _, schedule := range []string{"vp", "ve"} {
		m := planeModel(schedule)
		mean, variance := m.net.Moments()
		for _, noise := range []float64{0.05, 0.7, 4} {
			p, err := m.Plane(noise)
			if err != nil {
				t.Fatal(err)
			}
			if p.X != "a" || p.Y != "b" || p.Encoded || !(p.XMin < -1 && p.XMax > 2 && p.YMin < -1 && p.YMax > 2) {
				t.Errorf("%s: the plane is of %s from %g to %g and %s from %g to %g", schedule, p.X, p.XMin, p.XMax, p.Y, p.YMin, p.YMax)
			}
			// log density, up to a constant, of a normal law; wrong has noise in units of the table
			density := func(at [2]float64, wrong bool) (s float64) {
				for j, v := range at {
					shift, scale, ok := m.codec.Affine(j)
					if !ok {
						t.Fatal("the encoding is not affine")
					}
					e, w := v-shift-scale*mean[j], noise*scale
					if wrong {
						w = noise
					}
					s -= e * e / 2 / (scale*scale*variance[j] + w*w)
				}
				return s
			}
			far := 0.0
			for _, at := range [][2]float64{{1, 1}, {-0.5, 2.2}, {3, -2}} {
				u, v, err := p.Score(at[0], at[1])
				if err != nil {
					t.Fatal(err)
				}
				for j, s := range []float64{u, v} {
					gradient := func(wrong bool) float64 {
						const h = 1e-4
						up, down := at, at
						up[j] += h
						down[j] -= h
						return (density(up, wrong) - density(down, wrong)) / (2 * h)
					}
					if want := gradient(false); math.Abs(s-want) > 1e-5*(1+math.Abs(want)) {
						t.Errorf("%s, noise %g: score %d at %v is %.7g, by differences %.7g", schedule, noise, j+1, at, s, want)
					}
					far = max(far, math.Abs(s-gradient(true)))
				}
			}
			if far < 1e-4 {
				t.Errorf("%s, noise %g: the score is that of noise in units of the table, too: %.2g away", schedule, noise, far)
			}
		}
	}
}

// Columns whose encoding is not affine are drawn in encoded units, where the score is that
// of the encoded rows.
func TestPlaneOfEncodedColumns(t *testing.T) {
	m := fit(sinesText(300, "a", "b"), Options{Encoding: "quantile", Conditional: -1, Steps: 1, Rate: 1e-9, Hidden: 8, Layers: 1})
	mean, variance := m.net.Moments()
	p, err := m.Plane(0.5)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Encoded || p.XMin != -3 || p.YMax != 3 {
		t.Errorf("encoded: %v, from %g to %g", p.Encoded, p.XMin, p.YMax)
	}
	u, v, err := p.Score(0.5, -2)
	if err != nil {
		t.Fatal(err)
	}
	for j, c := range [][2]float64{{u, 0.5}, {v, -2}} {
		if want := -(c[1] - mean[j]) / (variance[j] + 0.25); math.Abs(c[0]-want) > 1e-5 {
			t.Errorf("score %d is %.7g, want %.7g", j+1, c[0], want)
		}
	}
}

func TestPlaneRefuses(t *testing.T) {
	m := planeModel("vp")
	for _, noise := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := m.Plane(noise); err == nil || !strings.Contains(err.Error(), "give a positive number") {
			t.Errorf("noise %g: %v", noise, err)
		}
	}
	if _, err := m.Plane(1e6); err == nil || !strings.Contains(err.Error(), "the schedule ends at") {
		t.Errorf("noise beyond the schedule: %v", err)
	}
	for _, other := range []*Model{
		fit(sinesText(60, "a", "b", "c"), Options{Steps: 1, Hidden: 4, Layers: 1}),
		fit(jobsText(60), Options{Conditions: []string{"job"}, Steps: 1, Hidden: 4, Layers: 1}),
	} {
		if _, err := other.Plane(1); err == nil || !strings.Contains(err.Error(), "a field is drawn of two columns of numbers") {
			t.Errorf("a model of other columns: %v", err)
		}
	}
}
