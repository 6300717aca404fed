package tabular

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/sample"
)

// WhereMethods are the ways to honor conditions, by name: reject draws rows until
// enough satisfy them, guide draws towards them and checks, auto rejects, and where few
// rows satisfy them weights particles, if these agree with the rows that rejection found.
func WhereMethods() []string { return []string{"auto", "reject", "guide"} }

// So many unguided rows tell whether few satisfy the conditions. After so many rows it
// is hopeless when too few do.
const (
	pilotRows   = 1000
	pilotShare  = 0.02
	hopelessRun = 20000
	hopeless    = 1000 // rows tried for each that is kept
)

// rejection keeps the rows that satisfy the conditions, in order, until there are
// enough: with a balance, of each kind of rows that come in turn.
type rejection struct {
	where               *where.Conditions
	rows                int
	quota               []int // of each kind, still to come
	tried, passed, kept int
	idx                 []int

	until int               // rows that are enough for now; 0 for all
	found []*datasets.Cells // those rows
}

func newRejection(w *where.Conditions, rows, kinds int) *rejection {
	s := &rejection{where: w, rows: rows, quota: make([]int, kinds), idx: []int{}}
	for i := range s.quota {
		s.quota[i] = (rows - i + kinds - 1) / kinds
	}
	return s
}

// keep returns which of the next rows to write.
func (s *rejection) keep(c *datasets.Cells) []int {
	s.idx = s.idx[:0]
	for i := range c.Rows() {
		if s.done() || s.hopeless() {
			break
		}
		kind := s.tried % len(s.quota)
		s.tried++
		if !s.where.Holds(c, i) {
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

func (s *rejection) done() bool { return s.kept == s.rows }

// paused reports whether there are enough rows for now.
func (s *rejection) paused() bool { return s.done() || s.until > 0 && s.kept >= s.until }

// hopeless reports whether too few of many rows are any use.
func (s *rejection) hopeless() bool { return s.tried >= hopelessRun && s.kept < s.tried/hopeless }
func (s *rejection) share() float64 { return float64(s.passed) / float64(max(s.tried, 1)) }

// err says why the rows could not be had.
func (s *rejection) err(by string) error {
	what := fmt.Sprintf("%d of %d rows satisfied the conditions", s.passed, s.tried)
	switch {
	case len(s.quota) > 1 && s.passed >= s.tried/hopeless:
		return fmt.Errorf("%s, but too few of some levels to balance: choose other conditions, or levels", what)
	case by == "reject":
		return fmt.Errorf("%s, which are too few to wait for: weight particles, guide rows towards them, or give wider conditions", what)
	}
	return fmt.Errorf("%s, which are too few to wait for: the model hardly has such rows; give wider conditions, or more values of the rows", what)
}

// checkGuided refuses conditions that rows cannot be guided towards, if they are to be.
func (r *query) checkGuided() error {
	switch {
	case r.where == nil || r.WhereBy != "guide" || r.how.kind == byParticles:
	case len(r.whereTerms()) == 0:
		return bad("where-by", "guide: there is nothing to guide by in these conditions; use reject")
	case r.freeLabels():
		return bad("where-by", "guide: how often each label goes with the conditions is known only by trying; use reject, or give the labels")
	}
	return nil
}

// sampleWhere draws rows that satisfy conditions.
func (r *query) sampleWhere(ctx context.Context) error {
	s := newRejection(r.where, r.rows, r.kinds())
	limit := hopelessRun + hopeless*r.rows
	by := r.WhereBy
	if by == "auto" {
		by = "reject"
		if err := r.try(ctx, s, min(pilotRows, limit), false); err != nil {
			return err
		}
		if !s.done() && s.share() < pilotShare && r.weighable() {
			if weighted, err := r.sampleRare(ctx, s); weighted || err != nil {
				return err
			}
		}
	}
	for !s.done() && !s.hopeless() {
		if err := r.try(ctx, s, limit, by == "guide"); err != nil {
			return err
		}
	}
	if !s.done() {
		return s.err(by)
	}
	r.report.WhereBy, r.report.Tried, r.report.Satisfied = by, s.tried, s.share()
	return nil
}

// try draws up to n more rows.
func (r *query) try(ctx context.Context, s *rejection, n int, towards bool) error {
	sampler := r.Sampler
	if towards {
		sampler = r.guidingSampler()
	}
	m, err := r.methodOf(sampler)
	if err != nil {
		return err
	}
	if !towards && !r.guides() {
		m = r.model.withLevels(m, sampler)
	}
	d, err := r.denoiser(s.tried, towards)
	if err != nil {
		return err
	}
	r.note(d.Denoiser, m)
	o := r.options(sampler)
	o.First = s.tried
	var labels *mat.Dense
	o.Sink = func(first int, x *mat.Dense) error {
		rows, _ := x.Dims()
		labels = d.labels(labels, first, rows)
		c, err := r.out.decode(x, labels, r.said())
		if err != nil {
			return err
		}
		idx := s.keep(c)
		if s.until > 0 || r.WhereBy == "auto" && s.kept <= references {
			s.found = append(s.found, c.Subset(idx))
		}
		if err := r.out.emit(c, idx); err != nil {
			return err
		}
		if err := r.progress(s.kept); err != nil {
			return err
		}
		if s.paused() || s.hopeless() {
			return sample.Stop
		}
		return nil
	}
	res, err := sample.Run(ctx, d.Denoiser, m, n, o)
	if res != nil {
		r.report.NFE = res.NFE
	}
	r.note(d)
	return err
}
