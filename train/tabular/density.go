package tabular

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
)

// DensityOptions say how log densities are found. The zero value is the exact trace.
// Models with categories (HasCategories) have the lower bound alone, whatever Trace.
type DensityOptions struct {
	Trace     sample.Probe // of the divergence of the flow: exact, or estimated by random probes
	Probes    int          // random draws per row; default 8, of the bound 128
	Bound     bool         // the lower bound of the reverse SDE, which needs no derivatives
	Encoded   bool         // densities of the encoded rows, not of those of the table
	Tolerance float64      // local error of the solver, relative and absolute; default 1e-5
	// First and Rows say which rows there are densities of: Rows from First on, or all from
	// there on if it is 0. What they are depends on their index in the table, and not on
	// other rows.
	First, Rows int
	Seed        uint64
	Workers     int
	Progress    func(rows int) error
}

// Densities are log densities of rows in nats, and their standard errors: all 0 if
// they are exact.
//
// A row with a level that training had not has -Inf: the model gives it probability 0. One
// with a missing cell where training had none, whose density would be an integral, and one
// without a label that the model knows have NaN. NotFinite says so of each, and of rows so
// far away that the flow leaves the range of a float64.
type Densities struct {
	LogProb, StdErr []float64
	NotFinite       []NotFinite // in order of rows
	Bound           bool        // they are lower bounds
	Caveats         []string
}

// NotFinite is a row whose log density is infinite or NaN.
type NotFinite struct {
	Row    int // of the table, from 0
	Reason string
}

// LogProb returns the log density of each row of a table in nats, per unit of each
// column, by the exact trace of the probability flow. Rows of a model with
// categories get a lower bound: the log density of the numbers and the log
// probability of the levels together. Labels are conditioned on. For rows without a finite
// one see Densities.
func (m *Model) LogProb(ctx context.Context, table datasets.Source) ([]float64, error) {
	c, err := m.ReadAnyRows(table)
	if err != nil {
		return nil, err
	}
	d, err := m.Densities(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	return d.LogProb, nil
}

// densityRows is the number of rows that are encoded at a time.
const densityRows = 1 << 12

// Densities returns the log densities of rows that ReadAnyRows has read.
func (m *Model) Densities(ctx context.Context, c *datasets.Cells, opts *DensityOptions) (*Densities, error) {
	var o DensityOptions
	if opts != nil {
		o = *opts
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-5
	}
	o.Bound = o.Bound || m.HasCategories()
	end := c.Rows()
	if o.First < 0 || o.Rows < 0 || o.First > end || o.Rows > end-o.First {
		return nil, bad("first", "and rows are %d and %d, of a table of %d rows", o.First, o.Rows, end)
	}
	if o.Rows > 0 {
		end = o.First + o.Rows
	}
	d, odd := &Densities{Bound: o.Bound}, m.unseen(c)
	for first := o.First; first < end; first += densityRows {
		idx := indices(first, min(densityRows, end-first))
		bad, good := m.withoutDensity(d, c, odd, idx)
		if good {
			if err := m.someDensities(ctx, d, c, idx, first, &o); err != nil {
				return nil, err
			}
		}
		d.explain(bad, first, o.First)
		if o.Progress != nil {
			if err := o.Progress(first - o.First + len(idx)); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// withoutDensity notes which of the rows idx have no finite log density, -Inf or NaN for each,
// and puts another row in their place in idx. good says that there is one.
func (m *Model) withoutDensity(d *Densities, c *datasets.Cells, odd unseen, idx []int) (bad map[int]float64, good bool) {
	instead := -1
	for _, i := range idx {
		why, v := m.densityless(c, odd, i)
		if why == "" {
			instead = i
			continue
		}
		if bad == nil {
			bad = map[int]float64{}
		}
		bad[i] = v
		d.NotFinite = append(d.NotFinite, NotFinite{i, why})
	}
	if instead < 0 {
		d.LogProb, d.StdErr = append(d.LogProb, make([]float64, len(idx))...), append(d.StdErr, make([]float64, len(idx))...)
		return bad, false
	}
	for k, i := range idx {
		if _, is := bad[i]; is {
			idx[k] = instead
		}
	}
	return bad, true
}

// explain puts in the results of bad rows, and notes other ones from row first on that are
// not finite. The first result is that of row start.
func (d *Densities) explain(bad map[int]float64, first, start int) {
	for k := first - start; k < len(d.LogProb); k++ {
		i := start + k
		v, is := bad[i]
		if is {
			d.LogProb[k], d.StdErr[k] = v, 0
			continue
		}
		switch v = d.LogProb[k]; {
		case math.IsInf(v, 1):
			d.NotFinite = append(d.NotFinite, NotFinite{i, "a value that repeats among numbers that are not rounded: its density is unbounded"})
		case math.IsInf(v, -1) || math.IsNaN(v):
			d.NotFinite = append(d.NotFinite, NotFinite{i, farReason})
		}
	}
	slices.SortStableFunc(d.NotFinite, func(a, b NotFinite) int { return a.Row - b.Row })
}

// someDensities appends those of rows idx, the results for rows from first on.
func (m *Model) someDensities(ctx context.Context, d *Densities, c *datasets.Cells, idx []int, first int, o *DensityOptions) error {
	r, err := m.condition(c, idx)
	if err != nil {
		return err
	}
	z := mat.NewDense(len(idx), m.codec.Dim(), nil) // NaN where a number has no value
	m.wide.Encode(z, c, idx, latentSeed)
	var logProb, stdErr []float64
	if o.Bound {
		bo := &sample.LowerBoundOptions{Samples: o.Probes, Seed: o.Seed, Workers: o.Workers, First: first}
		bo.Omit = m.unused()
		absent := drawAbsent(r.x, z, bo.Omit, o.Seed, first)
		if m.HasCategories() {
			bo.Decode = m.decodeLogProb(bo.Omit)
		}
		lb, err := sample.LowerBound(ctx, r.d, r.x, bo)
		if err != nil {
			return err
		}
		logProb, stdErr = lb.LogProb, lb.StdErr
		for i, v := range absent {
			logProb[i] -= v
		}
	} else {
		l := &sample.LogProbOptions{
			RTol: o.Tolerance, ATol: o.Tolerance, Seed: o.Seed, Workers: o.Workers, First: first, Probe: o.Trace, Probes: o.Probes,
		}
		if o.Progress != nil {
			l.Observe = func(rows int) error { return o.Progress(first - o.First + rows) }
		}
		lp, err := sample.LogProb(ctx, r.d, r.x, l)
		if err != nil {
			return err
		}
		logProb, stdErr, d.Caveats = lp.LogProb, lp.StdErr, lp.Caveats
	}
	if !o.Encoded {
		det := make([]float64, len(idx))
		m.wide.LogDet(det, z)
		for i := range logProb {
			logProb[i] -= det[i]
		}
	}
	d.LogProb, d.StdErr = append(d.LogProb, logProb...), append(d.StdErr, stdErr...)
	return nil
}
