package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"tweedie/datasets"
	"tweedie/datasets/toy"
	"tweedie/internal/bench"
	"tweedie/internal/figure"
)

// Labels by a classifier and by a conditional model, on eight Gaussians whose
// classes are known: the numbers of docs/measurements/guidance.md. With TWEEDIE_FIGURES set
// to a folder (an absolute path), the figure as well.
const (
	guidedClassRows = 2000
	// separable is the accuracy above which draws count as told from true ones.
	separable = 0.56
)

// classTruth draws rows of a class.
func classTruth(law toy.Law, class, rows int, seed uint64) *mat.Dense {
	out := mat.NewDense(rows, 2, nil)
	const chunk = 1000
	x, labels := mat.NewDense(chunk, 2, nil), make([]float64, chunk)
	for have, first := 0, 0; have < rows; first += chunk {
		law.Sample(x, seed, first)
		law.Labels(labels, seed, first)
		for i, l := range labels {
			if int(l) == class && have < rows {
				out.SetRow(have, x.RawRowView(i))
				have++
			}
		}
	}
	return out
}

// inClass is the share of rows to which the true law gives the class above all
// others.
func inClass(law toy.Law, x *mat.Dense, class int) float64 {
	n, _ := x.Dims()
	best, own, lp := make([]float64, n), make([]float64, n), make([]float64, n)
	floats.AddConst(math.Inf(-1), best)
	for k := range law.Classes() {
		law.ClassLogProb(lp, x, k)
		if k == class {
			copy(own, lp)
			continue
		}
		for i, v := range lp {
			best[i] = math.Max(best[i], v)
		}
	}
	in := 0.0
	for i, v := range own {
		if v > best[i] {
			in++
		}
	}
	return in / float64(n)
}

// width is how diverse the rows are: the standard deviation per coordinate, by
// the quartiles, so that a few stray rows do not count.
func width(x *mat.Dense) float64 {
	sum := 0.0
	for j := range 2 {
		v := mat.Col(nil, j, x)
		slices.Sort(v)
		sd := (bench.Quantile(v, 0.75) - bench.Quantile(v, 0.25)) / 1.3489795
		sum += sd * sd
	}
	return math.Sqrt(sum / 2)
}

// c2st is the accuracy on held-out halves at which rows of a and b can be told
// apart (Lopez-Paz & Oquab 2017, arXiv:1610.06545): the better of a logistic
// model of quadratic features, which is optimal between two Gaussians, and of 25
// nearest neighbours. 0.5 is indistinguishable.
func c2st(a, b *mat.Dense) float64 {
	n, _ := a.Dims()
	centre := [2]float64{mat.Sum(b.ColView(0)) / float64(n), mat.Sum(b.ColView(1)) / float64(n)}
	var train, test [][]float64
	var of, want []float64
	for i := range n {
		for y, x := range []*mat.Dense{a, b} {
			f := quadratic(x.At(i, 0)-centre[0], x.At(i, 1)-centre[1])
			if i%2 == 0 {
				train, of = append(train, f), append(of, float64(y))
			} else {
				test, want = append(test, f), append(want, float64(y))
			}
		}
	}
	w := logistic(train, of)
	return math.Max(
		hits(test, want, func(f []float64) float64 { return floats.Dot(w, f) }),
		hits(test, want, func(f []float64) float64 { return neighbours(train, of, f) }))
}

// quadratic are the features of a row, in units of the true width.
func quadratic(x, y float64) []float64 {
	const sd = 0.354
	u, v := x/sd, y/sd
	return []float64{u, v, 1, u * u, u * v, v * v}
}

func hits(test [][]float64, want []float64, score func([]float64) float64) float64 {
	right := 0.0
	for i, f := range test {
		if (score(f) > 0) == (want[i] == 1) {
			right++
		}
	}
	return right / float64(len(test))
}

func logistic(x [][]float64, y []float64) []float64 {
	const ridge = 1e-4
	p := optimize.Problem{
		Func: func(w []float64) float64 {
			loss := ridge * floats.Dot(w, w) / 2
			for i, f := range x {
				s := (1 - 2*y[i]) * floats.Dot(w, f)
				loss += (math.Max(s, 0) + math.Log1p(math.Exp(-math.Abs(s)))) / float64(len(x))
			}
			return loss
		},
		Grad: func(g, w []float64) {
			floats.ScaleTo(g, ridge, w)
			for i, f := range x {
				floats.AddScaled(g, (1/(1+math.Exp(-floats.Dot(w, f)))-y[i])/float64(len(x)), f)
			}
		},
	}
	r, err := optimize.Minimize(p, make([]float64, len(x[0])), &optimize.Settings{MajorIterations: 200}, &optimize.LBFGS{})
	if r == nil {
		panic(err)
	}
	return r.X
}

// neighbours is the mean label, as ±1, of the 25 rows nearest to f.
func neighbours(x [][]float64, y, f []float64) float64 {
	type near struct{ d, y float64 }
	const k = 25
	best := make([]near, 0, k+1)
	for i, g := range x {
		d := (g[0]-f[0])*(g[0]-f[0]) + (g[1]-f[1])*(g[1]-f[1])
		if len(best) == k && d >= best[k-1].d {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, d, func(b near, d float64) int { return cmp.Compare(b.d, d) })
		best = slices.Insert(best, at, near{d, 2*y[i] - 1})
		best = best[:min(k, len(best))]
	}
	sum := 0.0
	for _, b := range best {
		sum += b.y
	}
	return sum
}

// classDraws are the rows that sample writes.
func classDraws(t *testing.T, args ...string) *mat.Dense {
	t.Helper()
	out := filepath.Join(t.TempDir(), "x.csv")
	command(t, append([]string{"sample", "--rows", fmt.Sprint(guidedClassRows), "--out", out}, args...)...)
	src, err := datasets.OpenTable(out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := datasets.Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(c.Rows(), 2, nil)
	for i := range c.Rows() {
		x.SetRow(i, []float64{c.Number(i, 0), c.Number(i, 1)})
	}
	return x
}

func TestLongClassGuidance(t *testing.T) {
	long(t)
	law, err := toy.Lookup("8gaussians")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	model, classifier, cond := filepath.Join(dir, "m"), filepath.Join(dir, "c"), filepath.Join(dir, "k")
	const data = "toy:8gaussians"
	command(t, "train", "--data", data, "--steps", "2000", "--hidden", "64", "--layers", "4", "--out", model)
	command(t, "train", "--data", data, "--steps", "2000", "--hidden", "64", "--layers", "4", "--out", cond, "--condition", "class")
	// A shallow network: what guides is its gradient, which deep ones overfit.
	command(t, "train", "--data", data, "--steps", "4000", "--hidden", "128", "--layers", "1", "--out", classifier, "--classifier", "class", "--like", model)

	strengths := []float64{0.25, 0.5, 1, 2, 4}
	// The reverse SDE forgets what a step got wrong, the flow keeps it.
	byClassifier := func(class int, s float64) *mat.Dense {
		return classDraws(t, "--model", model, "--classifier", classifier, "--class", fmt.Sprint(class), "--nfe", "100", "--sampler", "dpmpp2m-sde", "--scale", fmt.Sprint(s))
	}
	byFlow := classDraws(t, "--model", model, "--classifier", classifier, "--class", "3", "--nfe", "100")
	t.Logf("classifier by the flow, class 3: %.3f", c2st(byFlow, classTruth(law, 3, guidedClassRows, 77)))
	byCFG := func(class int, w float64) *mat.Dense {
		return classDraws(t, "--model", cond, "--given", fmt.Sprintf("class=%d", class), "--nfe", "100", "--sampler", "dpmpp2m-sde", "--cfg", fmt.Sprint(w))
	}
	var series []figure.Series
	for _, g := range []struct {
		name string
		draw func(class int, s float64) *mat.Dense
	}{{"classifier", byClassifier}, {"CFG", byCFG}} {
		share, wide := figure.Series{Name: g.name + ": share in class"}, figure.Series{Name: g.name + ": width over true width"}
		for _, s := range strengths {
			in, w, told := 0.0, 0.0, 0.0
			classes := []int{0, 3, 6}
			for _, class := range classes {
				x, truth := g.draw(class, s), classTruth(law, class, guidedClassRows, 77)
				c := c2st(x, truth)
				told = math.Max(told, c)
				in += inClass(law, x, class) / float64(len(classes))
				w += width(x) / width(truth) / float64(len(classes))
			}
			t.Logf("| %s | %g | %.3f | %.3f | %.3f |", g.name, s, told, in, w)
			if s == 1 && told > separable {
				t.Errorf("%s at strength 1: told from the truth at %.3f", g.name, told)
			}
			if s == 4 && told < separable {
				t.Errorf("%s at strength 4 passes for strength 1: %.3f", g.name, told)
			}
			share.X, share.Y = append(share.X, s), append(share.Y, in)
			wide.X, wide.Y = append(wide.X, s), append(wide.Y, w)
		}
		rising(t, share, 1)
		rising(t, wide, -1)
		series = append(series, share, wide)
	}
	truth, fresh := classTruth(law, 3, guidedClassRows, 77), classTruth(law, 3, guidedClassRows, 78)
	if c := c2st(fresh, truth); c > 0.5+4*0.5/math.Sqrt(guidedClassRows*2) {
		t.Errorf("true rows are told from true rows at %.3f", c)
	}
	plotStrengths(t, series)
}

// rising errs unless the series rises (falls, for a sign of -1) from end to end,
// and nowhere does the contrary by more than chance.
func rising(t *testing.T, s figure.Series, sign float64) {
	t.Helper()
	last := len(s.Y) - 1
	if sign*(s.Y[last]-s.Y[0]) < 0.1 {
		t.Errorf("%s: from %.3f to %.3f", s.Name, s.Y[0], s.Y[last])
	}
	for i := range last {
		if sign*(s.Y[i+1]-s.Y[i]) < -0.03 {
			t.Errorf("%s: %.3f, then %.3f", s.Name, s.Y[i], s.Y[i+1])
		}
	}
}

func plotStrengths(t *testing.T, series []figure.Series) {
	t.Helper()
	dir := os.Getenv("TWEEDIE_FIGURES")
	if dir == "" {
		return
	}
	f, err := figure.Lines(figure.Axes{X: "strength", Y: "share in class; width over true width", LogX: true}, series...)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "guide-scale.png"), f.PNG(), 0o666); err != nil {
		t.Fatal(err)
	}
}
