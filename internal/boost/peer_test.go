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
	fmt.Fprintln(ours, "name,detection,seconds")
	for _, c := range peerCases(t) {
		x, class, fold := c.table()
		if err := writeCase(filepath.Join(dir, c.name+".csv"), x, class, fold); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		score := detection(t, x, class, fold)
		fmt.Fprintf(ours, "%s,%.6f,%.3f\n", c.name, score, time.Since(start).Seconds())
	}
}

// detection returns 1 − mean over the folds of 2·max(½, area) − 1.
func detection(t *testing.T, x *mat.Dense, class, fold []int) float64 {
	var mean float64
	_, p := x.Dims()
	for f := range 3 {
		var in, out []float64
		var inClass, outClass []int
		for i, g := range fold {
			if g == f {
				out, outClass = append(out, x.RawRowView(i)...), append(outClass, class[i])
			} else {
				in, inClass = append(in, x.RawRowView(i)...), append(inClass, class[i])
			}
		}
		m, err := Classify(mat.NewDense(len(inClass), p, in), inClass, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		var prob mat.Dense
		m.Probabilities(&prob, mat.NewDense(len(outClass), p, out))
		mean += (2*max(0.5, auc(outClass, mat.Col(nil, 1, &prob))) - 1) / 3
	}
	return 1 - mean
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

func writeCase(path string, x *mat.Dense, class, fold []int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for i := range class {
		fmt.Fprintf(w, "%d,%d", fold[i], class[i])
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
		rows, starts, err := readTable(filepath.Join("..", "..", "..", "shared", "data", "tabular", name+".csv"))
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

// readTable reads a CSV file; a column with anything but numbers becomes
// one-hot. starts is where each column of the file begins.
func readTable(path string) (rows [][]float64, starts []int, err error) {
	f, err := os.Open(path)
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
