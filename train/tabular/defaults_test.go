package tabular

import "testing"

func TestTableDefaults(t *testing.T) {
	for _, c := range []struct {
		rows, columns, hidden, batch, fourier int
		dropout, mixup, holdout, chosen       float64
	}{
		{142, 14, 256, 512, 0, 0.3, 0.49, 0, 0},
		{456, 31, 256, 512, 0, 0.3, 0.34, 0, 0},
		{824, 9, 256, 512, 6, 0.08, 0.05, 0, 0},
		{150, 300, 256, 512, 0, 0.3, 0.5, 0, 0},
		{3342, 9, 256, 512, 6, 0, 0, 0.1, 0},
		{32561, 15, 512, 1024, 6, 0, 0, 0.1, 0},
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
