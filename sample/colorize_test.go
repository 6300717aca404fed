package sample

import (
	"bytes"
	"context"
	"image/png"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/internal/figure"
	"tweedie/sde"
)

// gallery is the exact law of templates with normal blur of standard deviation h:
// some pictures, in units of [-1, 1], and behind each of them one of the same grays
// and of mirrored colors, less likely by odds.
func gallery(tb testing.TB, pictures int, odds, h float64) (law *sde.Mixture, templates *mat.Dense) {
	tb.Helper()
	p := toy.Pictures{}
	d, pixels := p.Dim(), p.Dim()/3
	base := mat.NewDense(pictures, d, nil)
	p.Sample(base, 5, 0)
	templates = mat.NewDense(2*pictures, d, nil)
	cov := mat.NewSymDense(d, nil)
	for j := range d {
		cov.SetSym(j, j, h*h)
	}
	var comps []*sde.Gaussian
	var w []float64
	for i := range 2 * pictures {
		row := templates.RawRowView(i)
		for j, v := range base.RawRowView(i / 2) {
			row[j] = 2*v - 1
		}
		w = append(w, odds)
		if i%2 == 1 { // colors on the other side of gray
			w[i] = 1
			for q := range pixels {
				gray := (row[3*q] + row[3*q+1] + row[3*q+2]) / 3
				for k := range 3 {
					row[3*q+k] = 2*gray - row[3*q+k]
				}
			}
		}
		g, err := sde.NewGaussian(row, cov, sde.VP{})
		if err != nil {
			tb.Fatal(err)
		}
		comps = append(comps, g)
	}
	law, err := sde.NewMixture(w, comps)
	if err != nil {
		tb.Fatal(err)
	}
	return law, templates
}

// nearest returns the template that is nearest to row, and its distance in root mean
// square.
func nearest(row []float64, templates *mat.Dense) (at int, distance float64) {
	n, _ := templates.Dims()
	distance = math.Inf(1)
	for i := range n {
		s := 0.0
		for j, v := range templates.RawRowView(i) {
			s += (row[j] - v) * (row[j] - v)
		}
		if s = math.Sqrt(s / float64(len(row))); s < distance {
			at, distance = i, s
		}
	}
	return at, distance
}

// Pictures of known grays get the colors of the pictures that have these grays, with
// the odds that the exact posterior gives to the two of them.
func TestColourizeDrawsTheColoursOfItsGreys(t *testing.T) {
	const pictures, odds, h = 6, 3, 0.1
	law, templates := gallery(t, pictures, odds, h)
	draws := 30
	if testing.Short() {
		draws = 20
	}
	grays, given := mat.NewDense(2, 64, nil), [2]int{1, 4}
	for i, k := range given {
		if err := (Grayscale{64}).Apply(grays.Slice(i, i+1, 0, 64).(*mat.Dense), templates.Slice(2*k, 2*k+1, 0, 192).(*mat.Dense)); err != nil {
			t.Fatal(err)
		}
	}
	right := func(x *mat.Dense) (of, pair int, first float64) {
		for i := range 2 * draws {
			at, far := nearest(x.RawRowView(i), templates)
			if at/2 == given[i/draws] && far < 2*h {
				if pair++; at%2 == 0 {
					first++
				}
			}
		}
		return 2 * draws, pair, first
	}
	res, err := Colorize(context.Background(), law, grays, draws, nil, &Options{Steps: 40, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	back := mat.NewDense(2*draws, 64, nil)
	if err := (Grayscale{64}).Apply(back, res.X); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * draws {
		for q := range 64 {
			if e := back.At(i, q) - grays.At(i/draws, q); math.Abs(e) > 0.01 {
				t.Fatalf("picture %d, pixel %d: gray off by %g", i, q, e)
			}
		}
	}
	n, pair, first := right(res.X)
	p := odds / (odds + 1.)
	if pair < n*98/100 {
		t.Errorf("%d of %d draws have the colors of their grays", pair, n)
	}
	if e := first/float64(pair) - p; math.Abs(e) > 4*math.Sqrt(p*(1-p)/float64(pair)) {
		t.Errorf("fraction %.3f of the likelier colors, want %.3f", first/float64(pair), p)
	}
	free := mat.NewDense(2*draws, 192, nil)
	law.Sample(free, 1, 0)
	if _, pair, _ := right(free); pair > n/2 {
		t.Error("draws without grays pass")
	}
	if len(res.Caveats) == 0 || res.Rows != 2*draws {
		t.Errorf("%d rows, caveats %q", res.Rows, res.Caveats)
	}
}

// Particles with the grays as an observation without error have the posterior's odds
// between groups, of which each ends on one of the two.
func TestParticlesColourizeExactly(t *testing.T) {
	if testing.Short() {
		t.Skip("48 groups of 16 pictures")
	}
	const pictures, odds, h = 3, 3, 0.1
	law, templates := gallery(t, pictures, odds, h)
	grays := mat.NewDense(1, 64, nil)
	if err := (Grayscale{64}).Apply(grays, templates.Slice(2, 3, 0, 192).(*mat.Dense)); err != nil {
		t.Fatal(err)
	}
	const groups, k = 48, 16
	c := particles(t, MCGDiff{Model: law, Observation: LinearCondition{A: Grayscale{64}, Y: grays}}, DDIM{Eta: 1}, groups, k, ParticleOptions{Options: Options{Steps: 40, Seed: 1}})
	var share []float64
	for g := range groups {
		first := 0.0
		for i := range k {
			at, far := nearest(c.rows(g).RawRowView(i), templates)
			if w := c.Weights[g*k+i]; w > 1e-6 && (at/2 != 1 || far > 2*h) {
				t.Fatalf("group %d, particle %d: template %d at %.3f, weight %g", g, i, at, far, w)
			} else if at%2 == 0 {
				first += w
			}
		}
		share = append(share, first)
	}
	if diff := within("share", share, 0.75, 4); diff != "" {
		t.Error(diff)
	}
	if within("share", share, 0.25, 4) == "" {
		t.Error("the odds turned round passes")
	}
}

func TestColourizeRefuses(t *testing.T) {
	law := gauss2(t, 0, 0, 1, sde.VP{})
	if _, err := Colorize(context.Background(), law, mat.NewDense(1, 1, nil), 1, nil, nil); err == nil {
		t.Error("another dimension: no error")
	}
	three, err := sde.NewGaussian(make([]float64, 3), mat.NewDiagDense(3, []float64{1, 1, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Colorize(context.Background(), three, mat.NewDense(1, 1, nil), 1, nil, &Options{From: mat.NewDense(1, 3, nil)}); err == nil {
		t.Error("a start in other coordinates: no error")
	}
}

// The whole way: pictures of the toy law, their grays, draws from the kernel density
// of a library of others, and the grid. Draws of particles, which are of the law, are
// nearer to the truth than the colors of another picture are, and they differ.
func TestLongColorization(t *testing.T) {
	long(t)
	law, _ := gallery(t, 150, 1e6, 0.2)
	p := toy.Pictures{}
	const n, draws = 4, 6
	truth, grays := mat.NewDense(n, 192, nil), mat.NewDense(n, 64, nil)
	p.Sample(truth, 77, 0)
	for i, v := range truth.RawMatrix().Data {
		truth.RawMatrix().Data[i] = 2*v - 1
	}
	if err := (Grayscale{64}).Apply(grays, truth); err != nil {
		t.Fatal(err)
	}
	res, err := Colorize(context.Background(), law, grays, draws, nil, &Options{Steps: 60, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	unit := func(v []float64) []float64 {
		u := make([]float64, len(v))
		for j, x := range v {
			u[j] = (x + 1) / 2
		}
		return u
	}
	grid := figure.Images{Width: 8, Height: 8}
	distance := func(a, b []float64) float64 {
		s := 0.0
		for j := range a {
			s += (a[j] - b[j]) * (a[j] - b[j]) / 192
		}
		return math.Sqrt(s)
	}
	var near, other float64
	for i := range n {
		g := make([]float64, 64)
		for q := range g {
			g[q] = (grays.At(i, q)/math.Sqrt(3) + 1) / 2
		}
		line := [][]float64{g, nil}
		for j := range draws {
			x := res.X.RawRowView(i*draws + j)
			line = append(line, unit(x))
			near += distance(x, truth.RawRowView(i)) / (n * draws)
			other += distance(x, truth.RawRowView((i+1)%n)) / (n * draws)
		}
		grid.Cells = append(grid.Cells, append(line, nil, unit(truth.RawRowView(i))))
	}
	t.Logf("distance to the truth %.3f, to another %.3f", near, other)
	if near > 0.7*other {
		t.Errorf("distance to the truth %.3f, to another %.3f", near, other)
	}
	var b bytes.Buffer
	if err := grid.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(&b); err != nil || img.Bounds().Dx() < 1000 {
		t.Errorf("the grid: %v", err)
	}
}
