package main

import (
	"cmp"
	"encoding/json"
	"math"
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
	"tweedie/train/tabular"
)

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

func (l *placeLaw) score(t *testing.T, rows, real []placeRow, trained []int) placeScores {
	t.Helper()
	n := len(l.mean)
	s := placeScores{
		marginal:  variation(rows, real, n, func(p placeRow) int { return p.place }),
		pair:      1 - variation(rows, real, 5*n, func(p placeRow) int { return 5*p.place + p.kind }),
		detection: l.detection(t, rows, real),
	}
	of := make([][]placeRow, n)
	for _, p := range rows {
		of[p.place] = append(of[p.place], p)
	}
	var weight [2]float64
	for k, some := range of {
		if len(some) < 2 {
			continue
		}
		rare := 0
		if trained[k] < 20 {
			rare = 1
		}
		mean, kind := l.errors(k, some)
		weight[rare]++
		s.mean[rare] += mean
		s.kind[rare] += kind
	}
	for i, w := range weight {
		s.mean[i], s.kind[i] = math.Sqrt(max(s.mean[i]/w, 0)), math.Sqrt(max(s.kind[i]/w, 0))
	}
	return s
}

// variation is the total variation distance of two samples, by cell.
func variation(a, b []placeRow, cells int, cell func(p placeRow) int) float64 {
	diff := make([]float64, cells)
	for _, p := range a {
		diff[cell(p)] += 0.5 / float64(len(a))
	}
	for _, p := range b {
		diff[cell(p)] -= 0.5 / float64(len(b))
	}
	tv := 0.0
	for _, d := range diff {
		tv += math.Abs(d)
	}
	return tv
}

// errors are unbiased estimates of the mean squared errors of the means of x and y and
// of the shares of kinds that rows of place k are drawn with.
func (l *placeLaw) errors(k int, rows []placeRow) (mean, kind float64) {
	c := float64(len(rows))
	var kinds [5]float64
	var sum, square [2]float64
	for _, p := range rows {
		kinds[p.kind] += 1 / c
		for j, v := range p.x {
			sum[j] += v / c
			square[j] += v * v / c
		}
	}
	for j, m := range sum {
		d := m - l.mean[k][j]
		mean += (d*d - (square[j]-m*m)/(c-1)) / 2
	}
	for j, p := range kinds {
		d := p - l.kind[k][j]
		kind += (d*d - p*(1-p)/(c-1)) / 5
	}
	return mean, kind
}

// TestLongLevels prints the table of docs/measurements/tables.md: a column of very many levels in
// 20,000 rows by the ways to encode it. TWEEDIE_WAYS chooses among them, separated by
// commas, TWEEDIE_TRAIN adds flags, and TWEEDIE_PLACES is the number of levels, 1,000
// by default.
func TestLongLevels(t *testing.T) {
	long(t)
	const rows = 20000
	places := 1000
	if n, err := strconv.Atoi(os.Getenv("TWEEDIE_PLACES")); err == nil {
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
	scores := map[string]placeScores{}
	for _, w := range levelWays {
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
		meta, model, out := filepath.Join(dir, "m.json"), filepath.Join(dir, "m"), filepath.Join(dir, "rows.csv")
		if err := os.WriteFile(meta, text, 0o666); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		flags := []string{"train", "--data", data, "--metadata", meta, "--steps", w.steps, "--hidden", "256", "--batch", "512", "--workers", "1", "--out", model}
		command(t, append(flags, strings.Fields(os.Getenv("TWEEDIE_TRAIN"))...)...)
		took := time.Since(start)
		command(t, "sample", "--model", model, "--rows", strconv.Itoa(rows), "--workers", "1", "--out", out)
		b, err := tabular.Load(model)
		if err != nil {
			t.Fatal(err)
		}
		scores[w.name] = l.score(t, readPlaces(t, out), real, trained)
		show(w.name, b.Codec().Dim(), took, scores[w.name])
	}
	grouped, coded := scores["grouped"], scores["coded"]
	if len(scores) == len(levelWays) && !(coded.mean[1] < grouped.mean[1]/2 && coded.pair > grouped.pair && coded.detection > grouped.detection) {
		t.Error("codes are no better than a group")
	}
}

// levelWays are the ways to encode a column of very many levels.
var levelWays = []struct {
	name  string
	o     datasets.InferOptions
	steps string
}{
	{"grouped", datasets.InferOptions{MaxLevels: 256, OneHot: -1}, "2000"},
	{"coded", datasets.InferOptions{}, "2000"},
	{"one-hot", datasets.InferOptions{OneHot: -1}, "2000"},
	{"coded for longer", datasets.InferOptions{}, "6000"},
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
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score.AtVec(a), score.AtVec(b)) })
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
