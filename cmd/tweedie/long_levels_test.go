package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/boost"
	"tweedie/internal/stream"
)

// placeLaw is the law of a table whose column place has very many levels: shares
// as Zipf and Mandelbrot have them, and in each place its own means of x and y
// and its own shares of five kinds. Places of one region are alike; their names say
// nothing of it.
type placeLaw struct {
	cum  []float64
	mean [][2]float64
	kind [][5]float64
}

func newPlaceLaw(places, regions int) *placeLaw {
	r := stream.New(1, "places")
	type region struct {
		mean [2]float64
		bent [5]float64
	}
	rs := make([]region, regions)
	for i := range rs {
		rs[i].mean = [2]float64{2 * r.NormFloat64(), 2 * r.NormFloat64()}
		for k := range rs[i].bent {
			rs[i].bent[k] = 1.5 * r.NormFloat64()
		}
	}
	l := &placeLaw{}
	sum := 0.0
	for _, rank := range r.Perm(places) {
		sum += 1 / float64(rank+10)
		l.cum = append(l.cum, sum)
		of := rs[r.IntN(regions)]
		l.mean = append(l.mean, [2]float64{of.mean[0] + 0.7*r.NormFloat64(), of.mean[1] + 0.7*r.NormFloat64()})
		var p [5]float64
		all := 0.0
		for k := range p {
			p[k] = math.Exp(of.bent[k] + 0.5*r.NormFloat64())
			all += p[k]
		}
		for k := range p {
			p[k] /= all
		}
		l.kind = append(l.kind, p)
	}
	return l
}

// place is a row of the table.
type placeRow struct {
	place, kind int
	x           [2]float64
}

func (l *placeLaw) draw(n int, r *rand.Rand) []placeRow {
	rows := make([]placeRow, n)
	for i := range rows {
		p := &rows[i]
		for u := r.Float64() * l.cum[len(l.cum)-1]; l.cum[p.place] < u; {
			p.place++
		}
		u := r.Float64()
		for u -= l.kind[p.place][0]; u > 0 && p.kind < 4; u -= l.kind[p.place][p.kind] {
			p.kind++
		}
		p.x = [2]float64{l.mean[p.place][0] + r.NormFloat64(), l.mean[p.place][1] + r.NormFloat64()}
	}
	return rows
}

func placeText(rows []placeRow) string {
	var b strings.Builder
	b.WriteString("place,x,y,kind\n")
	for _, p := range rows {
		fmt.Fprintf(&b, "p%04d,%.3f,%.3f,%c\n", p.place, p.x[0], p.x[1], 'a'+p.kind)
	}
	return b.String()
}

func readPlaces(t *testing.T, file string) []placeRow {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []placeRow
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		c := strings.Split(line, ",")
		var p placeRow
		p.place, _ = strconv.Atoi(c[0][1:])
		p.x[0], _ = strconv.ParseFloat(c[1], 64)
		p.x[1], _ = strconv.ParseFloat(c[2], 64)
		p.kind = int(c[3][0] - 'a')
		rows = append(rows, p)
	}
	return rows
}

// placeScores compare rows with the law, and with other rows of it.
type placeScores struct {
	marginal float64 // total variation of place
	pair     float64 // 1 less that of place and kind
	// Root mean squared error of the mean of x and y of a place, and of its share of
	// a kind, without what the number of rows explains: over frequent places and rare
	// ones by their rows in training.
	mean, kind [2]float64
	detection  float64
}

func (l *placeLaw) score(t *testing.T, rows, real []placeRow, trained []int) (s placeScores) {
	t.Helper()
	n := len(l.mean)
	share := func(of func(p placeRow) int, cells int) float64 {
		diff := make([]float64, cells)
		for _, p := range rows {
			diff[of(p)] += 0.5 / float64(len(rows))
		}
		for _, p := range real {
			diff[of(p)] -= 0.5 / float64(len(real))
		}
		tv := 0.0
		for _, d := range diff {
			tv += math.Abs(d)
		}
		return tv
	}
	s.marginal = share(func(p placeRow) int { return p.place }, n)
	s.pair = 1 - share(func(p placeRow) int { return 5*p.place + p.kind }, 5*n)

	count, sum, square, kinds := make([]float64, n), make([][2]float64, n), make([][2]float64, n), make([][5]float64, n)
	for _, p := range rows {
		count[p.place]++
		kinds[p.place][p.kind]++
		for j, v := range p.x {
			sum[p.place][j] += v
			square[p.place][j] += v * v
		}
	}
	var errs, kerrs, weight [2]float64
	for k, c := range count {
		if c < 2 {
			continue
		}
		rare := 0
		if trained[k] < 20 {
			rare = 1
		}
		weight[rare]++
		for j := range 2 {
			m := sum[k][j] / c
			variance := (square[k][j]/c - m*m) * c / (c - 1)
			d := m - l.mean[k][j]
			errs[rare] += (d*d - variance/c) / 2
		}
		for j := range 5 {
			p := kinds[k][j] / c
			d := p - l.kind[k][j]
			kerrs[rare] += (d*d - p*(1-p)/(c-1)) / 5
		}
	}
	for i := range 2 {
		s.mean[i], s.kind[i] = math.Sqrt(max(errs[i]/weight[i], 0)), math.Sqrt(max(kerrs[i]/weight[i], 0))
	}
	s.detection = l.detection(t, rows, real)
	return s
}

// detection is 1 where boosted trees that know the law cannot tell rows from real
// ones: of the place they see its rank, means and shares.
func (l *placeLaw) detection(t *testing.T, rows, real []placeRow) float64 {
	t.Helper()
	n := min(len(rows), len(real))
	x, class := mat.NewDense(2*n, 12, nil), make([]int, 2*n)
	put := func(i int, p placeRow, k int) {
		m, q := l.mean[p.place], l.kind[p.place]
		width := l.cum[p.place]
		if p.place > 0 {
			width -= l.cum[p.place-1]
		}
		x.SetRow(i, []float64{width, m[0], m[1], p.x[0], p.x[1], p.x[0] - m[0], p.x[1] - m[1], float64(p.kind), q[p.kind], q[0], q[1], q[2]})
		class[i] = k
	}
	for i, r := range stream.New(1, "told apart").Perm(2 * n) {
		if r < n {
			put(i, rows[r], 0)
		} else {
			put(i, real[r-n], 1)
		}
	}
	var fit, test []int
	for i := range class {
		if i%2 == 0 {
			fit = append(fit, i)
		} else {
			test = append(test, i)
		}
	}
	pick := func(idx []int) (*mat.Dense, []int) {
		y, c := mat.NewDense(len(idx), 12, nil), make([]int, len(idx))
		for k, i := range idx {
			y.SetRow(k, x.RawRowView(i))
			c[k] = class[i]
		}
		return y, c
	}
	y, c := pick(fit)
	f, err := boost.Classify(y, c, 2, &boost.Options{Depth: 4, Rate: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	y, c = pick(test)
	var q mat.Dense
	f.Probabilities(&q, y)
	return min(1, 2-2*areaUnder(c, q.ColView(1)))
}

// areaUnder is the probability that a row of class 1 has a larger score than one
// of class 0.
func areaUnder(class []int, score mat.Vector) float64 {
	order := make([]int, len(class))
	for i := range order {
		order[i] = i
	}
	sortBy(order, score.AtVec)
	ones, sum := 0.0, 0.0
	for r, i := range order {
		if class[i] == 1 {
			ones++
			sum += float64(r + 1)
		}
	}
	zeros := float64(len(class)) - ones
	return (sum - ones*(ones+1)/2) / ones / zeros
}

// TestLongLevels prints the table of docs/tables.md: a column of very many levels in
// 20,000 rows by the ways to encode it. TWEEDIE_WAYS chooses among them, separated by
// commas, TWEEDIE_TRAIN adds flags, and TWEEDIE_LEVELS is the number of levels, 1,000
// by default.
func TestLongLevels(t *testing.T) {
	long(t)
	const rows = 20000
	places := 1000
	if n, err := strconv.Atoi(os.Getenv("TWEEDIE_LEVELS")); err == nil {
		places = n
	}
	l := newPlaceLaw(places, 20)
	real := l.draw(rows, stream.New(1, "places", 1))
	fresh := l.draw(rows, stream.New(1, "places", 2))
	trained := make([]int, places)
	for _, p := range real {
		trained[p.place]++
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "places.csv")
	if err := os.WriteFile(data, []byte(placeText(real)), 0o666); err != nil {
		t.Fatal(err)
	}
	show := func(way string, positions int, took time.Duration, s placeScores) {
		t.Logf("| %s | %d | %.0f | %.3f | %.3f | %.3f / %.3f | %.3f / %.3f | %.3f |", way, positions, took.Seconds(), s.marginal, s.pair, s.mean[0], s.mean[1], s.kind[0], s.kind[1], s.detection)
	}
	show("other real rows", 0, 0, l.score(t, fresh, real, trained))
	src, err := datasets.OpenTable(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		name  string
		o     datasets.InferOptions
		steps string
	}{
		{"grouped", datasets.InferOptions{MaxLevels: 256, OneHot: -1}, "2000"},
		{"coded", datasets.InferOptions{}, "2000"},
		{"one-hot", datasets.InferOptions{OneHot: -1}, "2000"},
		{"coded for longer", datasets.InferOptions{}, "6000"},
	} {
		if only := os.Getenv("TWEEDIE_WAYS"); only != "" && !strings.Contains(only+",", w.name+",") {
			continue
		}
		m, err := datasets.Infer(src, &w.o)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		meta, model, out := filepath.Join(dir, "m.json"), filepath.Join(dir, w.name), filepath.Join(dir, "rows.csv")
		if err := os.WriteFile(meta, text, 0o666); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		flags := []string{"train", "--data", data, "--metadata", meta, "--steps", w.steps, "--hidden", "256", "--batch", "512", "--workers", "1", "--out", model}
		command(t, append(flags, strings.Fields(os.Getenv("TWEEDIE_TRAIN"))...)...)
		took := time.Since(start)
		command(t, "sample", "--model", model, "--rows", strconv.Itoa(rows), "--workers", "1", "--out", out)
		b, err := loadBundle(model)
		if err != nil {
			t.Fatal(err)
		}
		show(w.name, b.codec.Dim(), took, l.score(t, readPlaces(t, out), real, trained))
	}
}

func sortBy(order []int, key func(int) float64) {
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(key(a), key(b)) })
}
