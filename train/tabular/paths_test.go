package tabular

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
	"tweedie/sample"
)

// Of a normal law the probability flow is known: x_t - α m grows as the standard deviation of
// x_t. Paths are rows of it at every step, from noise to the rows that the sampler draws.
func TestPathsFollowTheFlow(t *testing.T) {
	const rows = 5
	ctx, s := context.Background(), sample.Sampler{Name: "dpmpp2m", NFE: 200}
	for _, schedule := range []string{"vp", "ve"} {
		m := planeModel(schedule)
		mean, variance := m.net.Moments()
		p := must(m.Paths(ctx, rows, nil, s, 3, 1))
		if !slices.Equal(p.Names, []string{"a", "b"}) || len(p.X) != len(p.T) || p.T[0] != 1 || len(p.T) < 200 {
			t.Fatalf("%s: paths of %v, %d times from %g", schedule, p.Names, len(p.T), p.T[0])
		}
		spread := func(k, j int, still bool) (alpha, sd float64) {
			c := m.net.Schedule().Coeff(p.T[k])
			sd = math.Sqrt(c.Alpha*c.Alpha*variance[j] + c.Sigma*c.Sigma)
			if still {
				sd = math.Sqrt(variance[j] + c.Sigma*c.Sigma/4)
			}
			return c.Alpha, sd
		}
		// gap is the worst error, in standard deviations; still is of another law.
		gap := func(still bool) (worst float64) {
			for k := range p.T {
				if k > 0 && !(p.T[k] < p.T[k-1]) {
					t.Errorf("%s: time %g after %g", schedule, p.T[k], p.T[k-1])
				}
				for i := range rows {
					for j := range 2 {
						a1, s1 := spread(0, j, still)
						a, sd := spread(k, j, still)
						want := a*mean[j] + sd/s1*(p.X[0].At(i, j)-a1*mean[j])
						worst = max(worst, math.Abs(p.X[k].At(i, j)-want)/sd)
					}
				}
			}
			return worst
		}
		if g := gap(false); g > 0.01 {
			t.Errorf("%s: paths are %.3g standard deviations from the flow", schedule, g)
		}
		if g := gap(true); g < 0.05 {
			t.Errorf("%s: the flow of another law has the same paths: %.3g", schedule, g)
		}
		o := s.Options()
		o.Seed = 3
		method := must(s.Method(m.net.Schedule()))
		res := must(sample.Run(ctx, m.net, method, rows, o))
		last := p.X[len(p.X)-1]
		alpha := m.net.Schedule().Coeff(p.T[len(p.T)-1]).Alpha
		for i := range rows {
			for j := range 2 {
				if e := math.Abs(last.At(i, j)/alpha - res.X.At(i, j)); e > 1e-6*(1+math.Abs(last.At(i, j))) {
					t.Errorf("%s: the path of row %d ends %.2g from the row", schedule, i+1, e)
				}
			}
		}
	}
}

// Neither workers nor the choice of columns change a bit, and the seed does.
func TestPathsSameBits(t *testing.T) {
	ctx, s, m := context.Background(), sample.Sampler{Name: "dpmpp2m-sde", NFE: 10}, planeModel("vp")
	all := must(m.Paths(ctx, 40, nil, s, 1, 1))
	one := must(m.Paths(ctx, 40, []string{"b"}, s, 1, 3))
	other := must(m.Paths(ctx, 40, []string{"b"}, s, 2, 3))
	for k, x := range all.X {
		if b := x.ColView(1); !mat.Equal(b, one.X[k].ColView(0)) || mat.Equal(b, other.X[k].ColView(0)) {
			t.Errorf("step %d: a column alone, or another seed", k)
		}
	}
}

func TestPathsRefuse(t *testing.T) {
	ctx, m := context.Background(), planeModel("vp")
	s := sample.Sampler{Name: "dpmpp2m", NFE: 5}
	if _, err := m.Paths(ctx, 2, []string{"z"}, s, 1, 1); err == nil || !strings.Contains(err.Error(), `no encoded column "z"; there are a, b`) {
		t.Error(err)
	}
	labeled := fit(jobsText(60), Options{Conditions: []string{"job"}, Steps: 1, Hidden: 4, Layers: 1})
	if _, err := labeled.Paths(ctx, 2, nil, s, 1, 1); err == nil || !strings.Contains(err.Error(), "without labels, and this one has 1") {
		t.Error(err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.Paths(done, 2, nil, s, 1, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Paths of one or two columns are drawn, and so is the field of a plane.
func TestFiguresOfAPlane(t *testing.T) {
	m := planeModel("vp")
	ctx, s := context.Background(), sample.Sampler{Name: "dpmpp2m", NFE: 5}
	var last string
	for _, columns := range [][]string{{"a"}, {"b", "a"}, {"a", "b"}} {
		f, err := must(m.Paths(ctx, 3, columns, s, 3, 1)).Figure("paths")
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := f.WriteSVG(&b); err != nil || b.String() == last || !strings.Contains(b.String(), "a (encoded)") {
			t.Errorf("%v: %v", columns, err)
		}
		last = b.String()
	}
	if _, err := (&Paths{Names: []string{"a", "b", "c"}}).Figure(""); err == nil || !strings.Contains(err.Error(), "3 columns") {
		t.Errorf("error %v", err)
	}
	p := must(m.Plane(0.5))
	if f, err := p.Figure(figure.FieldOptions{Title: "score"}); err != nil || len(f.PNG()) == 0 {
		t.Error(err)
	}
	p.XMax = p.XMin
	if _, err := p.Figure(figure.FieldOptions{}); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("error %v", err)
	}
}
