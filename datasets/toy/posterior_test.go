package toy

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Draws of a posterior of 8gaussians have its mean and variance, which are those of a
// mixture in closed form: N(m, s²) times N(y; x, r²) is N(y; m, s² + r²) times a normal
// law of precision 1/s² + 1/r².
func TestPosteriorOfAMixture(t *testing.T) {
	const n = 20000
	for column := range 2 {
		p := Posterior{Law: lookup(t, "8gaussians"), Column: column, Value: 1.7, SD: 0.3}
		x := mat.NewDense(n, 2, nil)
		if err := p.Sample(x, 5, 0); err != nil {
			t.Fatal(err)
		}
		var sum, evidence float64
		var mean, square [2]float64
		for k := range 8 {
			sin, cos := math.Sincos(float64(k) * math.Pi / 4)
			m, s2, r2 := [2]float64{4 * cos / 1.414, 4 * sin / 1.414}, .25/(1.414*1.414), 0.09
			w := math.Exp(-(1.7-m[column])*(1.7-m[column])/(2*(s2+r2))) / math.Sqrt(2*math.Pi*(s2+r2))
			sum, evidence = sum+w, evidence+w/8
			for j := range 2 {
				mu, v := m[j], s2
				if j == column {
					v = 1 / (1/s2 + 1/r2)
					mu = v * (m[j]/s2 + 1.7/r2)
				}
				mean[j] += w * mu
				square[j] += w * (v + mu*mu)
			}
		}
		for j := range 2 {
			mu, v := mean[j]/sum, square[j]/sum-mean[j]/sum*mean[j]/sum
			var a, b, c float64
			for i := range n {
				d := x.At(i, j) - mu
				a, b, c = a+d/n, b+d*d/n, c+d*d*d*d/n
			}
			if math.Abs(a) > 4*math.Sqrt(v/n) || math.Abs(b-v) > 4*math.Sqrt((c-b*b)/n) {
				t.Errorf("column %d given %d: mean off by %v, variance %v, want %v", j, column, a, b, v)
			}
		}
		// its density is that over the evidence, by the midpoint rule
		total := 0.0
		for i := range 100 {
			for j := range 100 {
				total += math.Exp(p.LogDensity((float64(i)-49.5)/10, (float64(j)-49.5)/10)) / 100
			}
		}
		if math.Abs(total-evidence) > 1e-3*evidence {
			t.Errorf("the density has mass %v, want %v", total, evidence)
		}
		tail := mat.NewDense(10, 2, nil)
		if err := p.Sample(tail, 5, 90); err != nil || !mat.Equal(tail, x.Slice(90, 100, 0, 2)) {
			t.Errorf("rows depend on where they start (%v)", err)
		}
	}
	far := Posterior{Law: lookup(t, "checkerboard"), Value: 100, SD: 1}
	if err := far.Sample(mat.NewDense(1, 2, nil), 1, 0); err == nil || !strings.Contains(err.Error(), "observe a value") {
		t.Errorf("a value that the law has not: %v", err)
	}
}
