package tabular

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide/spec"
)

// options refuses numbers that are out of range.
func (c *calibrator) options() error {
	for _, p := range []struct {
		name          string
		to            *int
		normal, least int
	}{{"replicas", &c.o.Replicas, 200, 20}, {"draws", &c.o.Draws, 63, 9}, {"rows", &c.o.Rows, 2000, 100}, {"tries", &c.o.Tries, 20000, 100}} {
		if *p.to != 0 && *p.to < p.least {
			return bad(p.name, "is %d: give at least %d", *p.to, p.least)
		}
	}
	return nil
}

// fitting refuses the options of the other kind of calibration, and fills in defaults.
func (c *calibrator) fitting() error {
	drawn := c.draws && !c.cfg()
	switch {
	case drawn && c.o.Rows != 0:
		return bad("rows", "is for what holds for all rows alike, and here values are drawn: give replicas and draws")
	case !drawn && (c.o.Replicas != 0 || c.o.Draws != 0):
		return bad("replicas", "and draws are for values that can be drawn, and here one law is compared with: give rows")
	case !drawn && !c.o.Part.Whole():
		return bad("shard", "is for values that can be drawn, and here one law is compared with, by all rows together: leave it away")
	case c.cfg() && c.o.Tries != 0:
		return bad("tries", "is for a law that the model has rows of, and a cfg of %g has none", c.q.CFG)
	}
	set(&c.o.Replicas, 200)
	set(&c.o.Draws, 63)
	set(&c.o.Rows, 2000)
	set(&c.o.Tries, 20000)
	return nil
}

// lawful refuses queries without a law to compare with.
func (c *calibrator) lawful() error {
	q := &c.q
	switch t := q.Sampler.Temperature; {
	case q.First != 0 || q.Encoded != nil || q.Sink != nil || q.Progress != nil:
		return errors.New("tabular: first, progress, sink and encoded are of one drawing, and must not be set to calibrate")
	case q.Balance != "":
		return bad("balance", "gives levels equal shares, which are not the model's: leave it away")
	case t != 0 && t != 1:
		return bad("temperature", "other than 1 samples a law that nobody knows: leave it away")
	case q.Conditioning.Anneal != 0 && q.Conditioning.Anneal != 1:
		return bad("anneal", "other than 1 is a law that the model has no draws of: leave it away")
	case c.affine() >= 0:
		return bad("guide", "%d is affine: the law that it means has no draws to compare with. Compare with rows by method fkc, which reaches it", c.affine()+1)
	case c.cfg() && c.how.Method == "cfgpp":
		return bad("cfg", "of cfgpp is a way between two laws, and no law: give 1, or check guided")
	case c.cfg() && c.how.Method == "fkc":
		return bad("method", "fkc is what a cfg is compared with: check guided")
	}
	return nil
}

// affine is the index of the affine guide of the file, or -1.
func (c *calibrator) affine() int {
	if c.q.Guide == nil {
		return -1
	}
	return slices.IndexFunc(c.q.Guide.Terms, func(t spec.Entry) bool { return t.Affine != nil })
}

// check errs for what Sample would refuse.
func (c *calibrator) check() error { return c.checkQuery(c.q) }

// checkQuery errs for a query that Sample would refuse. Values that are drawn are stood for
// by those of a row in the middle, unless these may not agree with conditions.
func (c *calibrator) checkQuery(q Query) error {
	if c.draws {
		if c.where != nil {
			return nil
		}
		row, err := c.model.middle()
		if err != nil {
			return err
		}
		q.Given = c.values(row, 0)
	}
	return c.model.Check(c.o.Draws, &q)
}

// middle is a row of the cells of the mean, with the first combination of labels.
func (m *Model) middle() (*datasets.Cells, error) {
	mean, _ := m.net.Moments()
	var labels *mat.Dense
	if len(m.labels.Rows) > 0 {
		labels = mat.NewDense(1, len(m.labels.Rows[0]), nil)
		for j, v := range m.labels.Rows[0] {
			if labels.Set(0, j, float64(v)); m.labels.isNumber(j) {
				labels.Set(0, j, m.labels.Values[j][v])
			}
		}
	}
	return m.decode(nil, mat.NewDense(1, len(mean), slices.Clone(mean)), labels, 0, 0, nil)
}

// errNothingFree says that no column is left to compare.
func (c *calibrator) errNothingFree() error {
	return bad("given", "holds every column, and nothing is left to compare: leave one free")
}

// few says that the truth is too rare.
func few(tried, kept int) error {
	return fmt.Errorf("of %d rows of the model %d are draws of what is asked for, and fewer than 20 tell nothing: try more rows, or ask for wider conditions or a weaker reward", tried, kept)
}
