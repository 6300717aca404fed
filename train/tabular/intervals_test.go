package tabular

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/datasets"
)

// wholeModel is the law of two independent normals that are rounded to integers.
func wholeModel() *Model {
	var b strings.Builder
	b.WriteString("a,b\n")
	z := func(step float64, i int) float64 { // of the normal law, in an even order
		return math.Sqrt2 * math.Erfinv(2*math.Mod(step*(float64(i)+0.5), 1)-1)
	}
	for i := range 1000 {
		fmt.Fprintf(&b, "%.0f,%.0f\n", 10+3*z(0.618034, i), 12+2*z(0.754878, i))
	}
	return fit(b.String(), Options{Encoding: "standard", Conditional: -1, Steps: 1, Rate: 1e-9, Hidden: 8, Layers: 1})
}

// Particles within an interval of integers have the evidence that the normal law gives to the
// cells, ends included, and the shares of the values.
func TestIntervalsOfIntegersHaveTheirShares(t *testing.T) {
	m := wholeModel()
	mean, variance := m.net.Moments()
	var mu, sd [2]float64
	for j := range 2 {
		shift, scale, ok := m.codec.Affine(j)
		if !ok || m.codec.Metadata().Columns[j].Step() != 1 {
			t.Fatal("no affine integers")
		}
		mu[j], sd[j] = shift+scale*mean[j], scale*math.Sqrt(variance[j])
	}
	at := func(j, k int) float64 { // P(column j = k)
		cdf := func(x float64) float64 { return math.Erfc(-(x-mu[j])/sd[j]/math.Sqrt2) / 2 }
		return cdf(float64(k)+0.5) - cdf(float64(k)-0.5)
	}
	sum := func(k int) (p float64) { // P(a + b = k)
		for a := -5; a < 30; a++ {
			p += at(0, a) * at(1, k-a)
		}
		return p
	}
	for _, c := range []struct {
		term   string
		lo, hi int
		of     func(k int) float64
		value  func(c *datasets.Cells, i int) int
		tol    float64 // of the log evidence
	}{
		{"{truncate: {column: a, min: 7, max: 9}}", 7, 9, func(k int) float64 { return at(0, k) }, func(c *datasets.Cells, i int) int { return int(c.Number(i, 0)) }, 0.03},
		{"{within: {column: a, min: 8, max: 8}}", 8, 8, func(k int) float64 { return at(0, k) }, func(c *datasets.Cells, i int) int { return int(c.Number(i, 0)) }, 0.03},
		{"{within: {weights: {a: 1, b: 1}, min: 23, max: 24}}", 23, 24, sum, func(c *datasets.Cells, i int) int { return int(c.Number(i, 0) + c.Number(i, 1)) }, 0.03},
	} {
		const n = 2000
		q := &Query{Guide: guideFile(c.term), Conditioning: Conditioning{Particles: 200}, Seed: 5}
		q.Sampler.NFE = 100
		r := draw(m, n, q)
		total := 0.0
		for k := c.lo; k <= c.hi; k++ {
			total += c.of(k)
		}
		e := r.Evidence
		t.Logf("%s: log evidence %.3f ± %.3f, want %.3f, ess %.0f of %d", c.term, *e.LogEvidence, *e.SE, math.Log(total), e.ESS[len(e.ESS)-1], e.Particles)
		if math.Abs(*e.LogEvidence-math.Log(total)) > 4**e.SE+c.tol {
			t.Errorf("%s: log evidence %.3f ± %.3f, want %.3f", c.term, *e.LogEvidence, *e.SE, math.Log(total))
		}
		counts := map[int]int{}
		for i := range r.Rows() {
			counts[c.value(r.Cells, i)]++
		}
		left := n
		for k := c.lo; k <= c.hi; k++ {
			p := c.of(k) / total
			// rows of one particle are alike: as many are independent as particles are distinct
			se := math.Sqrt(p * (1 - p) / float64(e.Distinct))
			if got := float64(counts[k]) / n; math.Abs(got-p) > 4*se+0.01 {
				t.Errorf("%s: a share of %.3f of %d, want %.3f ± %.3f", c.term, got, k, p, se)
			}
			left -= counts[k]
		}
		if left != 0 {
			t.Errorf("%s: %d rows are outside", c.term, left)
		}
	}
}

// Rows outside of the intervals of a guide file are counted as they are handed on, kept or
// streamed, and a caveat says so where there are many.
func TestRowsOutsideOfIntervalsAreCounted(t *testing.T) {
	m := wholeModel()
	const n = 600
	ask := func(term string, more func(*Query)) (*DrawnRows, string) {
		q := &Query{Guide: guideFile(term), Seed: 2}
		q.Sampler.NFE = 20
		if more != nil {
			more(q)
		}
		r := draw(m, n, q)
		for _, c := range r.Caveats {
			if strings.Contains(c, "rows are within the intervals of the guide file") {
				return r, c
			}
		}
		return r, ""
	}
	const hard = "{within: {formula: a*b, min: 120, max: 130}}"
	r, caveat := ask(hard, nil)
	inside := 0
	for i := range n {
		if r.Number(i, 0)*r.Number(i, 1) >= 120 && r.Number(i, 0)*r.Number(i, 1) <= 130 {
			inside++
		}
	}
	want := fmt.Sprintf("%d of %d rows are within the intervals of the guide file: a*b min 120, max 130; particles keep every row inside", inside, n)
	if caveat != want || inside == 0 {
		t.Errorf("caveat %q, want %q", caveat, want)
	}
	blocks := 0
	_, streamed := ask(hard, func(q *Query) { q.Sink = func(*datasets.Cells) error { blocks++; return nil } })
	if streamed != want || blocks == 0 {
		t.Errorf("%d blocks that are streamed: %q, want %q", blocks, streamed, want)
	}
	if _, c := ask("{within: {formula: a*b, min: 0}}", nil); c != "" {
		t.Errorf("all rows are inside: %q", c)
	}
	if _, c := ask(hard, func(q *Query) { q.Conditioning.Particles = 100 }); c != "" {
		t.Errorf("particles: %q", c)
	}
}

// An interval that holds no value of its column is refused before anything is drawn.
func TestIntervalsOutsideOfTheTableAreRefused(t *testing.T) {
	m := wholeModel()
	for _, how := range []Conditioning{{}, {Particles: 50}} {
		q := &Query{Guide: guideFile("{truncate: {column: a, min: 100}}"), Conditioning: how}
		_, err := m.Sample(context.Background(), 10, q)
		for _, err := range []error{err, m.Check(10, q)} {
			if e := refused(err, "guide", "guide 1: the table has a from 1 to 21, in steps of 1: no row of the model satisfies min 100"); e != nil {
				t.Error(e)
			}
		}
	}
}
