package boost

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
)

// peerCase is two tables, rows of class 1 and of class 0, to tell apart.
type peerCase struct {
	name       string
	real, fake [][]float64
}

// TestPeer writes the cases of the comparison with xgboost, and what this
// package makes of them, to the directory that BOOST_PEER names;
// .ci/boost_peer.py runs it and prints both.
func TestPeer(t *testing.T) {
	dir := os.Getenv("BOOST_PEER")
	if dir == "" {
		t.Skip("BOOST_PEER names no directory")
	}
	ours, err := os.Create(filepath.Join(dir, "ours.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	fmt.Fprintln(ours, "name,kind,score,seconds")
	judge := func(name, kind string, x *mat.Dense, target []float64, fold []int, score func() float64) {
		if err := writeCase(filepath.Join(dir, name+".csv"), x, target, fold); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		v := score()
		fmt.Fprintf(ours, "%s,%s,%.6f,%.3f\n", name, kind, v, time.Since(start).Seconds())
	}
	for _, c := range peerCases(t) {
		x, class, fold := c.table()
		judge(c.name, "detection", x, floats(class), fold, func() float64 { return detection(t, x, class, fold) })
	}
	x, class := classes3(6000)
	fold := all(6000)
	for i := range fold {
		fold[i] %= 3
	}
	judge("three-classes", "log loss", x, floats(class), fold, func() float64 { return logLoss(t, x, class, fold) })
	if x, y, fold := houses(t); x != nil {
		judge("california-value", "R2", x, y, fold, func() float64 { return r2(t, x, y, fold) })
	}
}

// folds calls judge with the rows in and out of each of the three folds.
func folds(x *mat.Dense, fold []int, judge func(in, out *mat.Dense, inRows, outRows []int)) {
	_, p := x.Dims()
	for f := range 3 {
		var in, out []float64
		var inRows, outRows []int
		for i, g := range fold {
			if g == f {
				out, outRows = append(out, x.RawRowView(i)...), append(outRows, i)
			} else {
				in, inRows = append(in, x.RawRowView(i)...), append(inRows, i)
			}
		}
		judge(mat.NewDense(len(inRows), p, in), mat.NewDense(len(outRows), p, out), inRows, outRows)
	}
}

func pick[T any](v []T, rows []int) []T {
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = v[i]
	}
	return out
}

func floats(class []int) []float64 {
	out := make([]float64, len(class))
	for i, c := range class {
		out[i] = float64(c)
	}
	return out
}

// detection returns 1 − mean over the folds of 2·max(½, area) − 1.
func detection(t *testing.T, x *mat.Dense, class, fold []int) float64 {
	score := 1.0
	folds(x, fold, func(in, out *mat.Dense, inRows, outRows []int) {
		m, err := Classify(in, pick(class, inRows), 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		var prob mat.Dense
		m.Probabilities(&prob, out)
		score -= (2*max(0.5, auc(pick(class, outRows), mat.Col(nil, 1, &prob))) - 1) / 3
	})
	return score
}

// logLoss returns the mean of −log p(class) over all rows when out.
func logLoss(t *testing.T, x *mat.Dense, class, fold []int) float64 {
	var loss float64
	folds(x, fold, func(in, out *mat.Dense, inRows, outRows []int) {
		m, err := Classify(in, pick(class, inRows), 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		var prob mat.Dense
		m.Probabilities(&prob, out)
		for k, i := range outRows {
			loss -= math.Log(prob.At(k, class[i])) / float64(len(class))
		}
	})
	return loss
}

// r2 returns 1 − Σ(y−ŷ)²/Σ(y−ȳ)² over all rows when out.
func r2(t *testing.T, x *mat.Dense, y []float64, fold []int) float64 {
	var mean, rest, whole float64
	for _, v := range y {
		mean += v / float64(len(y))
	}
	folds(x, fold, func(in, out *mat.Dense, inRows, outRows []int) {
		m, err := Regress(in, pick(y, inRows), nil)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]float64, len(outRows))
		m.Predict(dst, out)
		for k, i := range outRows {
			rest += (y[i] - dst[k]) * (y[i] - dst[k])
			whole += (y[i] - mean) * (y[i] - mean)
		}
	})
	return 1 - rest/whole
}

// houses is california's last column as a target of the others, or nothing.
func houses(t *testing.T) (x *mat.Dense, y []float64, fold []int) {
	rows, _, err := readTable("california")
	if err != nil {
		t.Log(err)
		return nil, nil, nil
	}
	p := len(rows[0]) - 1
	x = mat.NewDense(len(rows), p, nil)
	for i, k := range rand.New(rand.NewPCG(9, 9)).Perm(len(rows)) {
		x.SetRow(i, rows[k][:p])
		y, fold = append(y, rows[k][p]), append(fold, i%3)
	}
	return x, y, fold
}

// table stacks and shuffles the rows and deals those of each class to three
// folds.
func (c *peerCase) table() (x *mat.Dense, class, fold []int) {
	rng := rand.New(rand.NewPCG(3, 3))
	type row struct {
		x           []float64
		class, fold int
	}
	var rows []row
	for k, part := range [][][]float64{c.fake, c.real} {
		for at, i := range rng.Perm(len(part)) {
			rows = append(rows, row{part[i], k, at % 3})
		}
	}
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	x = mat.NewDense(len(rows), len(rows[0].x), nil)
	for i, r := range rows {
		x.SetRow(i, r.x)
		class, fold = append(class, r.class), append(fold, r.fold)
	}
	return x, class, fold
}

func writeCase(path string, x *mat.Dense, target []float64, fold []int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for i := range target {
		fmt.Fprintf(w, "%d,%v", fold[i], target[i])
		for _, v := range x.RawRowView(i) {
			fmt.Fprintf(w, ",%v", v)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

func peerCases(t *testing.T) []peerCase {
	rng := rand.New(rand.NewPCG(7, 7))
	rows := func(n int, row func() []float64) [][]float64 {
		out := make([][]float64, n)
		for i := range out {
			out[i] = row()
		}
		return out
	}
	var cases []peerCase
	for _, shift := range []float64{0, 0.25, 0.5, 1} {
		gauss := func(m float64) func() []float64 {
			return func() []float64 {
				v := make([]float64, 4)
				for j := range v {
					v[j] = m + rng.NormFloat64()
				}
				return v
			}
		}
		cases = append(cases, peerCase{fmt.Sprintf("gaussians-%g", shift), rows(3000, gauss(0)), rows(3000, gauss(shift))})
	}
	board := rows(3000, func() []float64 {
		a, b := rng.IntN(4), rng.IntN(2)
		return []float64{float64(a) + rng.Float64(), float64(2*b+a%2) + rng.Float64()}
	})
	square := rows(3000, func() []float64 { return []float64{4 * rng.Float64(), 4 * rng.Float64()} })
	cases = append(cases, peerCase{"checkerboard", board, square})

	onehot := rows(3000, func() []float64 {
		v := make([]float64, 24)
		a := rng.IntN(8)
		b, c := a, rng.IntN(8)
		if rng.IntN(2) == 0 {
			b = rng.IntN(8)
		}
		if rng.IntN(3) == 0 {
			c = (a + b) % 8
		}
		v[a], v[8+b], v[16+c] = 1, 1, 1
		return v
	})
	cases = append(cases, peerCase{"one-hot", onehot, shuffled(rng, onehot, []int{0, 8, 16, 24})})

	correlated := rows(4000, func() []float64 {
		v, common := make([]float64, 6), rng.NormFloat64()
		for j := range v {
			v[j] = 0.6*common + 0.8*rng.NormFloat64()
		}
		return v
	})
	cases = append(cases, peerCase{"correlated", correlated, shuffled(rng, correlated, nil)})

	// Zeros of great mass and missing values that hang on another column.
	gaps := rows(4000, func() []float64 {
		v := []float64{rng.NormFloat64(), 0, math.Exp(rng.NormFloat64()), float64(rng.IntN(50))}
		if v[0] > 1 {
			v[1] = math.Round(1000 * rng.ExpFloat64())
		}
		if rng.Float64() < 0.4/(1+math.Exp(-v[0])) {
			v[2] = math.NaN()
		}
		return v
	})
	cases = append(cases, peerCase{"missing", gaps, shuffled(rng, gaps, nil)})
	return append(cases, tableCases(t, rng)...)
}

// shuffled permutes each block of columns apart; starts are where the blocks
// begin and end, every column by itself if nil.
func shuffled(rng *rand.Rand, rows [][]float64, starts []int) [][]float64 {
	if starts == nil {
		for j := range len(rows[0]) + 1 {
			starts = append(starts, j)
		}
	}
	out := make([][]float64, len(rows))
	for i := range out {
		out[i] = make([]float64, len(rows[0]))
	}
	for b := range len(starts) - 1 {
		for i, from := range rng.Perm(len(rows)) {
			copy(out[i][starts[b]:starts[b+1]], rows[from][starts[b]:starts[b+1]])
		}
	}
	return out
}

// tableCases are the tables at hand against their shuffled columns, and
// california against itself with noise of a twentieth of each deviation.
func tableCases(t *testing.T, rng *rand.Rand) []peerCase {
	var cases []peerCase
	for _, name := range []string{"adult", "california"} {
		rows, starts, err := readTable(name)
		if os.IsNotExist(err) {
			t.Logf("%s is not there", name)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, peerCase{name, rows, shuffled(rng, rows, starts)})
		if name != "california" {
			continue
		}
		noisy := make([][]float64, len(rows))
		for i, r := range rows {
			noisy[i] = slices.Clone(r)
		}
		for j := range rows[0] {
			var m, s float64
			for _, r := range rows {
				m += r[j] / float64(len(rows))
				s += r[j] * r[j] / float64(len(rows))
			}
			for _, r := range noisy {
				r[j] += 0.05 * math.Sqrt(s-m*m) * rng.NormFloat64()
			}
		}
		cases = append(cases, peerCase{"california-noise", rows, noisy})
	}
	return cases
}

// readTable reads one of the tables at hand; a column with anything but numbers becomes
// one-hot. starts is where each column of the file begins.
func readTable(name string) (rows [][]float64, starts []int, err error) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "tabular", name+".csv"))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	cells, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	cells = cells[1:]
	rows = make([][]float64, len(cells))
	for j := range cells[0] {
		starts = append(starts, len(rows[0]))
		numbers, levels := true, map[string]int{}
		for _, c := range cells {
			if _, err := strconv.ParseFloat(c[j], 64); err != nil {
				numbers = false
			}
			if _, ok := levels[c[j]]; !ok {
				levels[c[j]] = len(levels)
			}
		}
		for i, c := range cells {
			if numbers {
				v, _ := strconv.ParseFloat(c[j], 64)
				rows[i] = append(rows[i], v)
				continue
			}
			hot := make([]float64, len(levels))
			hot[levels[c[j]]] = 1
			rows[i] = append(rows[i], hot...)
		}
	}
	return rows, append(starts, len(rows[0])), nil
}
