package tabular

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/datasets"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
)

// long skips tests that train for minutes. They run with TWEEDIE_LONG=1, as
//
//	TWEEDIE_LONG=1 go test ./train/tabular -run Long -v -timeout 1h
//
// and print the numbers of docs/measurements/README.md.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("set TWEEDIE_LONG=1 to train for minutes")
	}
}

// meanSE is a mean and its standard error.
func meanSE(v []float64) (mean, se float64) {
	mean, sd := stat.MeanStdDev(v, nil)
	return mean, sd / math.Sqrt(float64(len(v)))
}

// Held-out negative log likelihood of the toy laws, by the defaults: within 0.05 nats of the entropy, and not below it by more than
// chance.
func TestLongToyLikelihood(t *testing.T) {
	long(t)
	const rows = 10000
	for _, name := range []string{"8gaussians", "checkerboard", "moons", "2spirals"} {
		law := must(toy.Lookup(name))
		run := must(NewTraining(must(LawData(name, must(law.Table(200_000, nil, 3)))), &Options{Seed: 3}))
		if err := run.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		m := run.Model()
		lp := must(m.Densities(t.Context(), must(law.Cells(m.Metadata(), rows, 99)), nil)).LogProb
		x, gap := mat.NewDense(rows, 2, nil), make([]float64, rows)
		law.Sample(x, 99, 0)
		law.LogProb(gap, x)
		for i := range gap {
			gap[i] -= lp[i]
		}
		h, _ := law.Entropy()
		nll, se := meanSE(lp)
		g, gse := meanSE(gap)
		t.Logf("| %s | %.4f | %.4f ± %.4f | %+.4f ± %.4f | %d |", name, h, -nll, se, g, gse, m.provenance.Steps)
		if -nll-h > 0.05 || -nll-h < -3*se {
			t.Errorf("%s: %.4f ± %.4f nats, entropy %.4f", name, -nll, se, h)
		}
	}
}

// Tables with a label column: marginals and correlations against held-out rows.
func TestLongTables(t *testing.T) {
	long(t)
	for _, c := range []struct{ file, label string }{{"wine", "class"}, {"abalone", "sex"}} {
		path := filepath.Join("..", "..", "..", "shared", "data", "tabular", c.file+".csv")
		if _, err := os.Stat(path); err != nil {
			t.Skipf("no %s: the tables for checking are not part of the repository", path)
		}
		var corr float64
		for seed := range uint64(3) {
			corr += tableCase(t, path, c.label, seed) / 3
		}
		if corr > 0.05 {
			t.Errorf("%s: correlations are off by %.4f on average", c.file, corr)
		}
	}
}

// tableCase trains on a part of the table and compares with the rest. It returns
// the mean error of the correlations.
func tableCase(t *testing.T, path, label string, seed uint64) float64 {
	conditions := []string{label}
	all := must(ReadData(must(datasets.OpenTable(path)), &Options{Conditions: conditions})).Cells
	tr, te := datasets.Split(all.Rows(), 0.3, seed)
	train, test := all.Subset(tr), all.Subset(te)
	m := fit(text(t, train), Options{Conditions: conditions, Seed: seed})
	rows := text(t, draw(m, 5000, &Query{Seed: seed}).Cells)
	drawn := must(datasets.ReadCells(source("s.csv", rows), all.Metadata()))
	x, y, z := numbers(train), numbers(test), numbers(drawn)
	own, got := meanKS(x, y), meanKS(z, y)
	corr := metrics.CorrelationDifference(x, z)
	worstShare := 0.0
	for k := range all.Metadata().Field(label).Levels {
		worstShare = max(worstShare, math.Abs(share(train, label, k)-share(drawn, label, k)))
	}
	t.Logf("| %s, seed %d | %.4f | %.4f | %+.4f | %.4f | %.4f |", filepath.Base(path), seed, own, got, got-own, corr, worstShare)
	if got-own > 0.03 || worstShare > 0.03 {
		t.Errorf("%s, seed %d: KS %.4f above the training rows' own, label shares off by %.4f", path, seed, got-own, worstShare)
	}
	return corr
}

// numbers are the columns of numbers.
func numbers(c *datasets.Cells) *mat.Dense {
	var columns []int
	for j, f := range c.Metadata().Columns {
		if f.Type == datasets.TypeNumeric || f.Type == datasets.TypeInteger {
			columns = append(columns, j)
		}
	}
	x := mat.NewDense(c.Rows(), len(columns), nil)
	for i := range c.Rows() {
		for k, j := range columns {
			x.Set(i, k, c.Number(i, j))
		}
	}
	return x
}

func share(c *datasets.Cells, column string, level int) float64 {
	n := 0.0
	for j, f := range c.Metadata().Columns {
		for i := 0; f.Name == column && i < c.Rows(); i++ {
			if c.Level(i, j) == level {
				n++
			}
		}
	}
	return n / float64(c.Rows())
}

func meanKS(x, y *mat.Dense) float64 {
	ks := make([]float64, x.RawMatrix().Cols)
	metrics.KolmogorovSmirnovColumns(ks, x, y)
	return stat.Mean(ks, nil)
}
