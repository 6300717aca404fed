package evaluate

import (
	"math"
	"slices"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

type generator = func(*datasets.Cells, int, uint64) *datasets.Cells

var generators = map[string]generator{"independent": Independent, "copula": Copula, "mixture": Mixture}

// Floors have the marginals of the rows, within what two samples differ by, no
// value that the rows have not, and are functions of their arguments.
func TestFloorsKeepColumns(t *testing.T) {
	c := table(1500, 1)
	f := newFrame(c)
	known := make([]map[float64]bool, 3)
	for j := range known {
		known[j] = map[float64]bool{}
		for _, v := range f.cols[j].num {
			known[j][v] = true
		}
	}
	for name, draw := range generators {
		out := newFrame(draw(c, 1200, 5))
		if out.n != 1200 {
			t.Errorf("%s: %d rows", name, out.n)
		}
		for _, s := range shapes(f, out, 1) {
			// Kolmogorov's law at 10⁻⁴, and the error of a mixture.
			if limit := 2.2*math.Sqrt(1.0/1500+1.0/1200) + 0.02; 1-float64(s.Score) > limit || math.Abs(s.MissingReal-s.MissingSynthetic) > limit {
				t.Errorf("%s: column %s has score %v, missing %v against %v", name, s.Name, s.Score, s.MissingSynthetic, s.MissingReal)
			}
		}
		for j := range known {
			for _, v := range out.cols[j].num {
				if !math.IsNaN(v) && !known[j][v] {
					t.Fatalf("%s: column %d has %v, which no row has", name, j, v)
				}
			}
		}
		same := func(a, b *datasets.Cells) bool { return slices.Equal(rowKeys(newFrame(a)), rowKeys(newFrame(b))) }
		if !same(draw(c, 200, 5), draw(c, 200, 5)) || same(draw(c, 200, 5), draw(c, 200, 6)) {
			t.Errorf("%s is no function of its seed", name)
		}
	}
}

// Each floor fails where it must: independent columns lose every pair, a copula
// what is not monotone, and a mixture finds that too.
func TestFloorsAndPairs(t *testing.T) {
	c := table(3000, 2)
	f := newFrame(c)
	fresh := newFrame(fill(c.Metadata(), 3000, 3))
	score := func(g *frame) (trend, detected float64) {
		var s []float64
		for _, p := range trends(f, g, 1) {
			s = append(s, float64(p.Score))
		}
		d, err := detection(f, g, 2000, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		return mean(s), float64(d)
	}
	ti, di := score(newFrame(Independent(c, 3000, 1)))
	tc, dc := score(newFrame(Copula(c, 3000, 1)))
	tm, dm := score(newFrame(Mixture(c, 3000, 1)))
	tr, dr := score(fresh)
	if !(ti < tc && tc < tm && tm < tr+0.03) {
		t.Errorf("pairs: independent %.3f, copula %.3f, mixture %.3f, real %.3f", ti, tc, tm, tr)
	}
	if di > 0.15 || dc > 0.4 || dm < dc+0.2 || dr < 0.85 {
		t.Errorf("detection: independent %.3f, copula %.3f, mixture %.3f, real %.3f", di, dc, dm, dr)
	}
}

// A copula of a normal law with correlation ρ has correlation ρ.
func TestCopulaOfANormalLaw(t *testing.T) {
	const n, rho = 4000, 0.7
	c := datasets.NewCells(table(2, 1).Metadata(), n)
	draw := stream.New(3, "normal")
	for i := range n {
		x := draw.NormFloat64()
		c.SetNumber(i, 0, x)
		c.SetNumber(i, 1, rho*x+math.Sqrt(1-rho*rho)*draw.NormFloat64())
		c.SetNumber(i, 2, draw.NormFloat64())
		c.SetLevel(i, 3, draw.IntN(3))
		c.SetLevel(i, 4, draw.IntN(2))
	}
	f := newFrame(Copula(c, n, 1))
	se := (1 - rho*rho) / math.Sqrt(n)
	near(t, "correlation", correlation(f.cols[0].num, f.cols[1].num), rho, 5*math.Sqrt2*se)
	near(t, "correlation of nothing", correlation(f.cols[0].num, f.cols[2].num), 0, 5*math.Sqrt2/math.Sqrt(n))
}

// Two far clusters with a category each come out as two clusters.
func TestMixtureFindsClusters(t *testing.T) {
	const n = 2000
	c := datasets.NewCells(table(2, 1).Metadata(), n)
	draw := stream.New(4, "clusters")
	for i := range n {
		k := draw.IntN(2)
		c.SetNumber(i, 0, 100*float64(k)+draw.NormFloat64())
		c.SetNumber(i, 1, -100*float64(k)+draw.NormFloat64())
		c.SetLevel(i, 3, 2*k)
		c.SetLevel(i, 4, k)
	}
	astray := func(out *datasets.Cells) (share float64) {
		for i := range n {
			k := out.Level(i, 4)
			if (out.Number(i, 0) > 50) != (k == 1) || (out.Number(i, 1) < -50) != (k == 1) || out.Level(i, 3) != 2*k || !out.Missing(i, 2) {
				share += 1.0 / n
			}
		}
		return share
	}
	// In normal scores a cluster is half a bell, which no normal law is.
	if s := astray(Mixture(c, n, 1)); s > 0.1 {
		t.Errorf("%.3f of the rows are in no cluster", s)
	}
	if s := astray(Independent(c, n, 1)); s < 0.8 {
		t.Errorf("%.3f of independent columns are in no cluster, want 7/8", s)
	}
}

// EM never lowers the likelihood by more than the smoothing explains.
func TestMixtureClimbs(t *testing.T) {
	f := newFrame(table(800, 5))
	m := newMixtureModel(f, 8, 1)
	likelihood := func() float64 {
		for j := range m.cols {
			m.cols[j].prepare()
		}
		sum := 0.0
		for i := range m.n {
			p := 0.0
			for k, w := range m.weight {
				s := math.Log(w)
				for j := range m.cols {
					s += m.cols[j].logProb(k, i)
				}
				p += math.Exp(s)
			}
			sum += math.Log(p)
		}
		return sum / float64(m.n)
	}
	before := likelihood()
	first := before
	for range 30 {
		m.expect()
		m.maximize()
		after := likelihood()
		if after < before-1e-3 {
			t.Fatalf("log likelihood falls from %v to %v", before, after)
		}
		before = after
	}
	if before < first+0.1 {
		t.Errorf("log likelihood %v after %v", before, first)
	}
}
