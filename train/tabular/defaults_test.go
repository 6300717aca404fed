package tabular

import (
	"reflect"
	"testing"
)

func TestTableDefaults(t *testing.T) {
	for _, c := range []struct {
		rows, columns, hidden, batch, fourier int
		dropout, mixup, holdout, chosen       float64
	}{
		{142, 14, 256, 512, 0, 0.3, 0.49, 0, 0},
		{456, 31, 256, 512, 0, 0.3, 0.34, 0, 0},
		{824, 9, 192, 256, 6, 0.08, 0.05, 0, 0},
		{824, 120, 512, 512, 0, 0.3, 0.5, 0, 0},
		{150, 300, 512, 512, 0, 0.3, 0.5, 0, 0},
		{3342, 9, 256, 256, 6, 0, 0, 0.1, 0},
		{32561, 15, 256, 256, 6, 0, 0, 0.1, 0},
		{50000, 100, 512, 512, 6, 0, 0, 0.1, 0},
		{142, 14, 256, 512, 0, 0.11, 0.49, 0, 0.11}, // what is chosen stays
	} {
		s := settings{Dropout: c.chosen}
		s.fill(Defaults(c.rows, c.columns), 0)
		if s.Hidden != c.hidden || s.Batch != c.batch || s.Dropout != c.dropout || s.NeighborMixup != c.mixup || s.FourierFeatures != c.fourier || s.Holdout != c.holdout {
			t.Errorf("%d rows, %d columns: hidden %d, batch %d, Fourier features %d, dropout %g, mixup %g, holdout %g; want %+v",
				c.rows, c.columns, s.Hidden, s.Batch, s.FourierFeatures, s.Dropout, s.NeighborMixup, s.Holdout, c)
		}
	}
}

// The other defaults of tables, and those of laws and classifiers.
func TestDefaults(t *testing.T) {
	d := Defaults(2000, 9)
	want := base
	want.Times, want.Layers, want.Hidden, want.Batch, want.Rate, want.Patience = TableTimes, 4, 256, 256, 2e-3, 0
	want.Conditional, want.FourierFeatures, want.Dropout, want.Steps = 0.5, 6, 0.03, 4000+400*2000/256
	if !reflect.DeepEqual(d, want) {
		t.Errorf("%+v, want %+v", d, want)
	}
	for _, c := range []struct{ rows, batch, table, law int }{
		{50, 512, 1000, 3000}, {300, 512, 2400, 3000}, {2000, 512, 5562, 3000}, {10000, 512, 11812, 3000},
		{32561, 256, 40000, 12719}, {50000, 1024, 23531, 4882}, {300000, 512, 40000, 20000}, {300, 0, 2400, 20000},
	} {
		if n := tableSteps(c.rows, c.batch); n != c.table {
			t.Errorf("%d rows of a table: %d steps, want %d", c.rows, n, c.table)
		}
		if n := lawSteps(c.rows, c.batch); n != c.law {
			t.Errorf("%d rows of a law: %d steps, want %d", c.rows, n, c.law)
		}
	}
	c := classifierDefaults()
	if c.Times != ClassifierTimes || c.Holdout != 0.1 || c.Hidden != 128 || c.Layers != 5 || c.Conditional != 0 || c.Patience != 10 {
		t.Errorf("%+v", c)
	}
	for rows, want := range map[int]struct {
		mixup, holdout float64
		batch          int
	}{499: {0.1, 0, 512}, 500: {0.1, 0, 256}, 999: {0.05, 0, 256}, 1000: {0.05, 0.1, 256}, 2500: {0, 0.1, 256}, 49999: {0, 0.1, 256}, 50000: {0, 0.1, 512}} {
		if d := Defaults(rows, 10); d.NeighborMixup != want.mixup || d.Holdout != want.holdout || d.Batch != want.batch {
			t.Errorf("%d rows: %+v", rows, d)
		}
	}
}

// Tables of some hundred rows are learnt by cheap steps at a higher rate, in 4,000 steps or more.
func TestQuickTables(t *testing.T) {
	for _, c := range []struct {
		rows, columns, hidden, batch, steps int
		rate                                float64
	}{
		{499, 10, 256, 512, 3992, 2e-3},
		{500, 10, 192, 256, 4000, 5e-3},
		{824, 99, 192, 256, 5287, 5e-3},
		{824, 100, 512, 512, 4643, 2e-3},
		{1499, 10, 192, 256, 6342, 5e-3},
		{1500, 10, 256, 256, 6343, 2e-3},
	} {
		d := Defaults(c.rows, c.columns)
		if d.Hidden != c.hidden || d.Batch != c.batch || d.Steps != c.steps || d.Rate != c.rate {
			t.Errorf("%d rows, %d columns: hidden %d, batch %d, %d steps, rate %g; want %+v", c.rows, c.columns, d.Hidden, d.Batch, d.Steps, d.Rate, c)
		}
	}
}
