package accuracy

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/sde"
)

// The quantiles of one normal are known, and so is the distance of a shifted sample.
func TestQuantilesOfANormal(t *testing.T) {
	const n = 500
	one, err := sde.NewMixture([]float64{1}, []*sde.Gaussian{normal1(1, 0.5)})
	if err != nil {
		t.Fatal(err)
	}
	c := sde.VP{}.Coeff(0.3)
	law := distuv.Normal{Mu: c.Alpha, Sigma: math.Hypot(0.5*c.Alpha, c.Sigma)}
	q := quantiles(one, n, 0.3)
	for i, v := range q {
		if want := law.Quantile((float64(i) + 0.5) / n); math.Abs(v-want) > 1e-9 {
			t.Fatalf("quantile %d is %g, want %g", i, v, want)
		}
	}
	x := make([]float64, n)
	for i, v := range q { // in another order
		x[(i*7)%n] = v + 0.25
	}
	if w := wasserstein1(x, q); math.Abs(w-0.25) > 1e-12 {
		t.Errorf("distance %g, want 0.25", w)
	}
}

// .7 N(-2, .3²) + .3 N(1.5, .4²) has mean -.95 and variance .7·.09 + .3·.16 + .7·.3·3.5².
func TestBimodalMoments(t *testing.T) {
	m := bimodal()
	if mean, v := m.Mean()[0], m.Covariance().At(0, 0); math.Abs(mean+0.95) > 1e-12 || math.Abs(v-2.6835) > 1e-12 {
		t.Errorf("mean %g, variance %g", mean, v)
	}
}

// A budget pays for whole steps, along the grid of the sampler.
func TestTimesWithinABudget(t *testing.T) {
	for _, c := range []struct {
		s          setting
		nfe, times int
	}{{dpmpp2m, 5, 6}, {heun, 5, 3}, {heun, 1, 0}, {dpmpp2m.corrected(), 8, 5}} {
		ts := c.s.times(c.nfe, sde.VP{}, lawsEnd)
		if len(ts) != c.times || len(ts) > 0 && (ts[0] != 1 || math.Abs(ts[len(ts)-1]-lawsEnd) > 1e-12) {
			t.Errorf("%s within %d evaluations: %v", c.s.name, c.nfe, ts)
		}
	}
}

// compare marks budgets without a step, and errors of 10 or more, by -1.
func TestCompareMarksFailures(t *testing.T) {
	rows, err := compare(context.Background(), []int{1, 4}, func(s setting, ts []float64) (float64, error) {
		switch s.name {
		case "dpmpp2m":
			return float64(len(ts)), nil
		case "ddim":
			return 10, nil
		case "rk4":
			return math.NaN(), nil
		}
		return 0.5, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]float64{"dpmpp2m": {2, 5}, "ddim": {-1, -1}, "rk4": {-1, -1}, "heun": {-1, 0.5}, "euler": {0.5, 0.5}}
	for _, r := range rows {
		if w, ok := want[r.Sampler]; ok && (r.Error[0] != w[0] || r.Error[1] != w[1]) {
			t.Errorf("%s: %v, want %v", r.Sampler, r.Error, w)
		}
		if random := r.Sampler == "euler"; want[r.Sampler] != [2]float64{} && r.Random != random {
			t.Errorf("%s is stochastic: %t", r.Sampler, r.Random)
		}
	}
	if len(rows) != len(onLaws()) {
		t.Errorf("%d curves", len(rows))
	}
	_, err = compare(context.Background(), []int{4}, func(setting, []float64) (float64, error) { return 0, errors.New("broken") })
	if err == nil || !strings.Contains(err.Error(), "dpmpp2m, NFE 4: broken") {
		t.Errorf("error %v", err)
	}
}

// The errors on the Gaussian law fall with the order of the sampler.
func TestGaussianOrders(t *testing.T) {
	rows, err := Gaussian(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	order := map[string]float64{"dpmpp2m": 2, "unipc": 3, "ddim": 1, "dpmpp2s": 2, "heun": 2, "euler": 1}
	for _, r := range rows {
		want, ok := order[r.Sampler]
		if !ok {
			continue
		}
		delete(order, r.Sampler)
		n := len(r.Error)
		if got := math.Log2(r.Error[n-2] / r.Error[n-1]); math.Abs(got-want) > 0.35 {
			t.Errorf("%s: order %.2f, want %g", r.Sampler, got, want)
		}
	}
	if len(order) > 0 {
		t.Errorf("no curves of %v", order)
	}
}

// The error of an adaptive sampler falls with its tolerance, at the price of more
// evaluations.
func TestTolerances(t *testing.T) {
	rows, err := Tolerances(context.Background(), &Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 11 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, r := range rows {
		if r.Sampler == "dopri5" && !(r.Error < 200*r.Tolerance) {
			t.Errorf("%+v", r)
		}
		if i > 0 && rows[i-1].Sampler == r.Sampler && !(r.Error < rows[i-1].Error && r.NFE > rows[i-1].NFE) {
			t.Errorf("%+v after %+v", r, rows[i-1])
		}
	}
}

func TestMeans(t *testing.T) {
	if mean, se := seedSE([]float64{1, 3, 8}); mean != 4 || math.Abs(se-math.Sqrt(13)/math.Sqrt(3)) > 1e-12 {
		t.Errorf("mean %g, standard error %g", mean, se) // the variance by n-1 is 13
	}
	if r := rms([]float64{1, 2}, []float64{1, 4}); math.Abs(r-math.Sqrt2) > 1e-12 {
		t.Errorf("root mean square %g", r)
	}
	q := quality([]float64{3, 5}, []float64{1, 2})
	if q.Distance != 4 || math.Abs(q.DistanceSE-1) > 1e-12 || q.Excess != 2.5 || math.Abs(q.ExcessSE-0.5) > 1e-12 {
		t.Errorf("%+v", q)
	}
}

// An untrained model of standardized rows is N(0, I): its negative log likelihood of
// them is 1 + ln 2π in the plane, and the gap that less the entropy.
func TestGapOfAnUntrainedModel(t *testing.T) {
	d, err := newLawData("moons")
	if err != nil {
		t.Fatal(err)
	}
	var scale float64
	for j := range 2 {
		mean, v := stat.PopMeanVariance(mat.Col(nil, j, d.train), nil)
		if math.Abs(mean) > 1e-9 || math.Abs(v-1) > 1e-9 {
			t.Errorf("column %d: mean %g, variance %g", j, mean, v)
		}
		raw := mat.NewDense(100000, 2, nil)
		d.law.Sample(raw, 1, 0)
		scale += math.Log(stat.PopStdDev(mat.Col(nil, j, raw), nil))
	}
	entropy, _ := d.law.Entropy()
	if want := entropy - scale; math.Abs(d.entropy-want) > 1e-9 {
		t.Errorf("entropy %g, want %g", d.entropy, want)
	}
	kinds, err := recipes()
	if err != nil {
		t.Fatal(err)
	}
	net, err := kinds[0].model(1)
	if err != nil {
		t.Fatal(err)
	}
	gap, err := d.gap(context.Background(), net, 2)
	if want := 1 + math.Log(2*math.Pi) - d.entropy; err != nil || math.Abs(gap-want) > 0.05 {
		t.Errorf("gap %g, want %g, %v", gap, want, err)
	}
	dist, err := d.distance(context.Background(), net, dpmpp2m, 8, 1, 2)
	if err != nil || !(dist > 0.05 && dist < 1) {
		t.Errorf("distance %g of normal rows, %v", dist, err)
	}
}
