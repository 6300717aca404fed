package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
)

// Of rows that are tried, so many, unguided, tell whether guidance is needed, and
// after so many it is hopeless when too few satisfy the conditions.
const (
	pilotRows   = 1000
	pilotShare  = 0.02
	hopelessRun = 20000
	hopeless    = 1000 // rows tried for each that is kept
)

var whereMethods = []string{"auto", "reject", "guide"}

// sieve keeps the rows that satisfy the conditions, in order, until there are
// enough: with --balance, of each kind of rows that come in turn.
type sieve struct {
	where *where
	rows  int
	quota []int // of each kind, still to come

	tried, passed, kept int
	idx                 []int
}

func newSieve(w *where, rows, kinds int) *sieve {
	s := &sieve{where: w, rows: rows, quota: make([]int, kinds)}
	for i := range s.quota {
		s.quota[i] = (rows - i + kinds - 1) / kinds
	}
	return s
}

// keep returns which of the next rows to write.
func (s *sieve) keep(c *datasets.Cells) []int {
	s.idx = s.idx[:0]
	for i := range c.Rows() {
		if s.done() || s.hopeless() {
			break
		}
		kind := s.tried % len(s.quota)
		s.tried++
		if !s.where.holds(c, i) {
			continue
		}
		s.passed++
		if s.quota[kind] > 0 {
			s.quota[kind]--
			s.kept++
			s.idx = append(s.idx, i)
		}
	}
	return s.idx
}

func (s *sieve) done() bool { return s.kept == s.rows }

// hopeless reports whether too few of many rows are any use.
func (s *sieve) hopeless() bool { return s.tried >= hopelessRun && s.kept < s.tried/hopeless }

func (s *sieve) share() float64 { return float64(s.passed) / float64(max(s.tried, 1)) }

// err says why the rows could not be had.
func (s *sieve) err(by string) error {
	what := fmt.Sprintf("%d of %d rows satisfied the conditions", s.passed, s.tried)
	switch {
	case len(s.quota) > 1 && s.passed >= s.tried/hopeless:
		return fmt.Errorf("%s, but too few of some levels of --balance: choose other conditions, or levels", what)
	case by == "reject":
		return fmt.Errorf("%s, which are too few to wait for: try --where-by guide, or wider conditions", what)
	}
	return fmt.Errorf("%s, which are too few to wait for: the model hardly has such rows; give wider conditions, or more of them by --given", what)
}

// whereChecks refuses what --where cannot honour.
func (o *sampleFlags) whereChecks() error {
	ok := false
	for _, m := range whereMethods {
		ok = ok || o.whereBy == m
	}
	switch {
	case !ok:
		return badUsage("--where-by %q: use auto, reject or guide", o.whereBy)
	case len(o.guide.where) == 0 && o.changed("where-by"):
		return badUsage("--where-by says how --where is honoured: give one")
	case len(o.guide.where) > 0 && o.shard != "":
		return badUsage("--shard does not go with --where: which rows satisfy it is known only when they are drawn; give each part a --seed of its own instead")
	}
	return nil
}

// sampleWhere writes rows that satisfy conditions.
func (a *app) sampleWhere(ctx context.Context, o *sampleFlags, b *bundle, m sample.Method, r *request) error {
	by, err := o.whereMethod(r)
	if err != nil {
		return err
	}
	out, err := a.heldOutput(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	w := &whereRun{app: a, o: o, b: b, m: m, out: out, sieve: newSieve(r.where, o.rows, r.kinds()), p: a.progress("sample", o.rows)}
	w.table = newTableWriter(out, o.out, b.codec, 0, a.seed)
	limit := hopelessRun + hopeless*o.rows
	if by == "auto" {
		if err := w.run(ctx, min(pilotRows, limit), false); err != nil {
			return err
		}
		if by = "guide"; w.sieve.done() || w.sieve.share() >= pilotShare || !r.guidable() {
			by = "reject"
		}
	}
	for !w.sieve.done() && !w.sieve.hopeless() {
		if err := w.run(ctx, limit, by == "guide"); err != nil {
			return err
		}
	}
	if !w.sieve.done() {
		return w.sieve.err(by)
	}
	if err := w.table.w.Close(); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	w.p.finish()
	a.log.Info("rows that satisfy the conditions", "by", by, "share", fmt.Sprintf("%.4g", w.sieve.share()), "of", w.sieve.tried)
	return nil
}

// guidable reports whether there is something to guide, and labels need not be
// drawn by how well they go with it.
func (r *request) guidable() bool { return len(r.terms()) > 0 && !r.freeLabels() }

// whereMethod is --where-by, if it can be honoured.
func (o *sampleFlags) whereMethod(r *request) (string, error) {
	if o.whereBy == "guide" {
		switch {
		case len(r.terms()) == 0:
			return "", badUsage("--where-by guide: there is nothing to guide by in these conditions; use reject")
		case r.freeLabels():
			return "", badUsage("--where-by guide: how often each label goes with the conditions is known only by trying; use reject, or fix the labels by --given")
		}
	}
	return o.whereBy, nil
}

// whereRun is the sampling of one command, in runs of consecutive rows.
type whereRun struct {
	app    *app
	o      *sampleFlags
	b      *bundle
	m      sample.Method
	out    sink
	table  *tableWriter
	sieve  *sieve
	p      *progress
	labels *mat.Dense
	said   bool
}

// guiding are the settings of rows that are guided: unless the sampler is chosen it is
// one with noise, which forgets what a guide gets wrong early.
func (w *whereRun) guiding() (*sampleFlags, sample.Method, error) {
	o := *w.o
	if o.changed("sampler") {
		return &o, w.m, nil
	}
	o.sampler = guidedSampler
	if err := o.methodFlags.check(); err != nil {
		return nil, nil, err
	}
	m, err := o.on(w.b.model.Schedule())
	return &o, m, err
}

const guidedSampler = "dpmpp2m-sde"

// run tries up to n more rows.
func (w *whereRun) run(ctx context.Context, n int, towards bool) (err error) {
	o, m := w.o, w.m
	if towards {
		if o, m, err = w.guiding(); err != nil {
			return err
		}
	}
	d, err := o.guide.guided(w.b, w.app.seed, w.sieve.tried, towards)
	if err != nil {
		return err
	}
	if !w.said || towards {
		w.said = true
		w.app.caveat(d.Denoiser)
	}
	opts := o.options()
	opts.Seed, opts.First, opts.Workers = w.app.seed, w.sieve.tried, w.app.workers
	opts.Sink = func(first int, x *mat.Dense) error {
		rows, _ := x.Dims()
		w.labels = d.labels(w.labels, first, rows, len(w.b.model.Conds))
		d.settle(x, first)
		if err := w.table.write(x, w.labels, w.sieve.keep); err != nil {
			return err
		}
		w.p.set(w.sieve.kept, "")
		if w.sieve.done() || w.sieve.hopeless() {
			return sample.Stop
		}
		return nil
	}
	if _, err := sample.Run(ctx, d.Denoiser, m, n, opts); err != nil {
		return err
	}
	for _, s := range d.warnings() {
		w.app.log.Warn(s)
	}
	return nil
}

// heldOutput is output, but stdout gets nothing before it is sure that all rows
// can be had.
func (a *app) heldOutput(path string) (sink, error) {
	if path != "" && path != "-" {
		return a.output(path)
	}
	f, err := os.CreateTemp("", "tweedie-*")
	if err != nil {
		return nil, err
	}
	return &heldSink{f, a.stdout}, nil
}

// heldSink is a file that is copied to w in the end.
type heldSink struct {
	*os.File
	w io.Writer
}

// Commit implements sink.
func (s *heldSink) Commit() error {
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(s.w, s.File)
	return err
}

// Abort implements sink.
func (s *heldSink) Abort() { _ = errors.Join(s.Close(), os.Remove(s.Name())) }
