package main

import "testing"

func TestTableDefaults(t *testing.T) {
	for _, c := range []struct {
		rows, columns, hidden, batch, waves int
		dropout, blend, holdout, chosen     float64
	}{
		{142, 14, 256, 512, 0, 0.3, 0.49, 0, 0},
		{456, 31, 256, 512, 0, 0.3, 0.34, 0, 0},
		{824, 9, 256, 512, 6, 0.08, 0.05, 0, 0},
		{150, 300, 256, 512, 0, 0.3, 0.5, 0, 0},
		{3342, 9, 256, 512, 6, 0, 0, 0.1, 0},
		{32561, 15, 512, 1024, 6, 0, 0, 0.1, 0},
		{142, 14, 256, 512, 0, 0.11, 0.49, 0, 0.11}, // what is chosen stays
	} {
		o := trainFlags{holdout: 0.1, batch: 512, units: c.chosen, given: func(flag string) bool { return flag == "dropout" && c.chosen > 0 }}
		o.forTable(c.rows, c.columns)
		if o.hidden != c.hidden || o.batch != c.batch || o.units != c.dropout || o.blend != c.blend || o.waves != c.waves || o.holdout != c.holdout {
			t.Errorf("%d rows, %d columns: hidden %d, batch %d, waves %d, dropout %g, blend %g, holdout %g; want %+v",
				c.rows, c.columns, o.hidden, o.batch, o.waves, o.units, o.blend, o.holdout, c)
		}
	}
}
