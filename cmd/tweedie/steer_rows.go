package main

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// steerRows draws rows by a method that changes the trajectory, one by one.
func (a *app) steerRows(ctx context.Context, o *sampleFlags, b *bundle) error {
	first, n, err := part(o.shard, o.rows)
	if err != nil {
		return err
	}
	m, err := o.steerMethod(b)
	if err != nil {
		return err
	}
	d, err := o.steerDenoiser(b, a.seed, first)
	if err != nil {
		return err
	}
	out, err := a.output(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	w := newTableWriter(out, o.out, b.codec, first, a.seed)
	p := a.progress("sample", n)
	sink := func(at int, x *mat.Dense) error {
		rows, _ := x.Dims()
		labels := d.labels(nil, at, rows, len(b.model.Conds))
		d.settle(x, at)
		p.set(at-first+rows, "")
		return w.write(x, labels, nil)
	}
	opts := o.options()
	opts.Seed, opts.First, opts.Workers = a.seed, first, a.workers
	var res *sample.Result
	if o.steer.method == "gibbs" {
		only := &sample.Options{Seed: a.seed, First: first, Workers: a.workers}
		res, err = o.steer.gibbs(m).Run(ctx, d.Denoiser, n, only)
		if err == nil {
			err = sink(first, res.X)
		}
	} else {
		opts.Sink = sink
		res, err = sample.Run(ctx, d.Denoiser, m, n, opts)
	}
	if err != nil {
		return err
	}
	if err := w.w.Close(); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	for _, c := range res.Caveats {
		a.log.Warn("approximate", "why", c)
	}
	s := steerSummary{Method: o.steer.method, Rows: n, NFE: res.NFE, Caveats: res.Caveats, Warnings: d.warnings()}
	for _, w := range s.Warnings {
		a.log.Warn(w)
	}
	return a.writeSummary(o.steer.json, s)
}

// gibbs is split Gibbs whose ρ comes to its end after three fifths of the iterations,
// however many these are.
func (o *steerFlags) gibbs(m sample.Method) sample.SplitGibbs {
	first := math.Max(10, o.rho)
	return sample.SplitGibbs{
		Method: m, Rho: o.rho, Iterations: o.iterations,
		First: first, Decay: math.Pow(o.rho/first, 1/(0.6*float64(o.iterations))),
	}
}

// steerDenoiser is the model with what the method is given.
func (o *sampleFlags) steerDenoiser(b *bundle, seed uint64, first int) (*guided, error) {
	flags := o.guide
	switch kind := steerings()[o.steer.method].kind; kind {
	case byKnown:
		labels, known, err := b.splitGiven(o)
		if err != nil {
			return nil, err
		}
		flags.given = labels
		d, err := flags.guided(b, seed, first, false)
		if err != nil {
			return nil, err
		}
		if d.Denoiser, err = sample.WithKnown(d.Denoiser, sample.Known{Index: known.index, Values: mat.NewDense(1, len(known.index), known.values)}); err != nil {
			return nil, err
		}
		d.known = append(d.known, known.row)
		return d, nil
	case byMeasured, byChain:
		m, err := o.measurement(b)
		if err != nil {
			return nil, err
		}
		flags.file = ""
		d, err := flags.guided(b, seed, first, false)
		if err != nil {
			return nil, err
		}
		if m.general != nil {
			d.Denoiser, err = sample.WithObserved(d.Denoiser, *m.general)
		} else {
			d.Denoiser, err = sample.WithMeasured(d.Denoiser, m.linear)
		}
		return d, err
	case byStrength:
		if len(b.model.Conds) == 0 && len(o.guide.given) == 0 {
			return nil, badUsage("--method cfgpp strengthens what is given, and nothing is: give columns with --given, or train with --condition")
		}
		if o.guide.file != "" || o.guide.classifier != "" {
			return nil, badUsage("--method cfgpp takes --given alone: leave --guide and --classifier away")
		}
	}
	return flags.guided(b, seed, first, false)
}

// knownValues are the positions of encoded rows that are known.
type knownValues struct {
	index  []int
	values []float64
	row    []float64 // the same, NaN elsewhere
}

// splitGiven tells labels from the columns that are put into trajectories, which any
// model has.
func (b *bundle) splitGiven(o *sampleFlags) (labels []string, k knownValues, err error) {
	if o.guide.balance != "" {
		return nil, k, badUsage("--method %s does not go with --balance", o.steer.method)
	}
	any := *b
	any.imputes = true
	all, err := any.parseGiven(o.guide.given)
	if err != nil {
		return nil, k, err
	}
	for _, s := range o.guide.given {
		if g, err := any.parseGiven([]string{s}); err == nil && g.known == nil {
			labels = append(labels, s)
		}
	}
	if all.known == nil {
		return nil, k, badUsage("--method %s puts known columns into the rows: give some with --given COLUMN=VALUE", o.steer.method)
	}
	m := b.codec.Metadata()
	for _, j := range all.columns {
		if f := &m.Columns[j]; !f.Condition && f.Levels != nil && !all.cells.Missing(0, j) && f.Levels[all.cells.Level(0, j)].Grouped {
			return nil, k, badUsage("--method %s cannot tell the rare levels of %s apart: use --method guided with --given or --where", o.steer.method, f.Name)
		}
	}
	for j, v := range all.known {
		if !math.IsNaN(v) {
			k.index, k.values = append(k.index, j), append(k.values, v)
		}
	}
	if len(k.index) == len(all.known) {
		return nil, k, badUsage("--method %s: every column is given, and nothing is left to draw", o.steer.method)
	}
	k.row = all.known
	return labels, k, nil
}
