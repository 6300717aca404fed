package tabular

import (
	"context"
	"errors"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/sample"
)

// Rows that conditions choose, and those of particles, depend on others that are drawn with
// them. They are drawn in batches of a fixed size, each of which is a function of the model,
// the query, the seed and the batch's index: what the batches before it gave is not needed,
// so that a table can be drawn in parts, and any number of rows takes no more memory.
const (
	whereBatch  = 1024 // rows that are rejected and kept together
	batchGroups = 32   // of particles, or ensembles
)

// Batch is the number of rows that are drawn together, 1 where rows are independent: parts
// of a table that begin at its multiples draw nothing twice. It errs as Sample does.
func (m *Model) Batch(n int, q *Query) (int, error) {
	r, err := m.resolve(n, q)
	if err != nil {
		return 0, err
	}
	return max(1, r.batch()), nil
}

// batch is the number of rows of a batch, a multiple of the kinds that come in turn; 0
// where rows are independent.
func (r *query) batch() int {
	size := 0
	switch {
	case r.how.kind == byParticles || r.how.kind == byEnsemble:
		size = batchGroups * r.Conditioning.Particles
	case r.where != nil:
		size = whereBatch
	default:
		return 0
	}
	k := r.kinds()
	return (size + k - 1) / k * k
}

// total is the number of rows of the whole table.
func (r *query) total() int { return max(r.Total, r.First+r.rows) }

// Drawn is what one batch shows beside its rows.
type Drawn struct {
	Batch     int       `json:"batch"`
	Rows      int       `json:"rows"`
	NFE       float64   `json:"nfe"`
	Tried     int       `json:"tried,omitempty"`
	Satisfied float64   `json:"satisfied,omitempty"`
	WhereBy   string    `json:"where_by,omitempty"`
	Evidence  *Evidence `json:"evidence,omitempty"`
	Logs      []float64 `json:"logs,omitempty"`      // evidence of the groups that have one
	Variances []float64 `json:"variances,omitempty"` // of these
	Without   int       `json:"without,omitempty"`   // groups whose evidence is 0
	Caveats   []string  `json:"caveats,omitempty"`
	Warnings  []string  `json:"warnings,omitempty"`
}

// sampleBatches draws the rows of a query whose batches have so many.
func (r *query) sampleBatches(ctx context.Context, size int) error {
	end := r.First + r.rows
	var failed error
	for b := r.First / size; b*size < end && failed == nil; b++ {
		lo, hi := b*size, min((b+1)*size, r.total())
		sub, err := r.batchQuery(b, hi-lo)
		if err != nil {
			return err
		}
		at := lo
		sub.out.sink = func(c *datasets.Cells) error {
			first := at
			at += c.Rows()
			return r.take(c, max(0, r.First-first), min(c.Rows(), end-first))
		}
		before := max(lo, r.First) - r.First
		sub.Progress = func(done int) error {
			return r.progress(min(r.rows, before+max(0, done-max(0, r.First-lo))))
		}
		failed = sub.draw(ctx)
		r.report.Batches = append(r.report.Batches, sub.drawn(b))
	}
	r.report.summarize()
	return failed
}

// batchQuery is the query of n rows of batch b. The first batch has the seed of the query.
func (r *query) batchQuery(b, n int) (*query, error) {
	q := r.asked
	q.First, q.Total, q.Guide = 0, 0, r.Guide
	q.Sink, q.Progress = nil, nil
	if b > 0 {
		q.Seed = stream.Seed(r.Seed, "tabular/batch", uint64(b))
	}
	sub, err := r.model.resolve(n, &q)
	if err != nil {
		return nil, err
	}
	sub.out = &emitter{model: r.model, seed: sub.Seed}
	return sub, nil
}

// take hands rows from … to-1 of c on.
func (r *query) take(c *datasets.Cells, from, to int) error {
	if from >= to {
		return nil
	}
	if r.Sink == nil || to-from < c.Rows() {
		c = c.Subset(indices(from, to-from)) // cells are the batch's own
	}
	return r.out.emit(c, nil)
}

// drawn is what batch b shows.
func (r *query) drawn(b int) Drawn {
	p := &r.report
	d := Drawn{b, r.rows, p.NFE, p.Tried, p.Satisfied, p.WhereBy, p.Evidence, nil, nil, 0, p.Caveats, p.Warnings}
	if p.Evidence != nil {
		for g, l := range p.Evidence.logs {
			if math.IsInf(l, -1) {
				d.Without++
				continue
			}
			d.Logs, d.Variances = append(d.Logs, l), append(d.Variances, p.Evidence.variances[g])
		}
	}
	return d
}

// Summarize is what batches, in their order, show together: all but the rows. A batch that
// two parts of a table have drawn is in both, and counts once.
func Summarize(batches []Drawn) (*DrawnRows, error) {
	if len(batches) == 0 {
		return nil, errors.New("tabular: no batches to summarize")
	}
	var r DrawnRows
	for _, d := range batches {
		if !slices.ContainsFunc(r.Batches, func(o Drawn) bool { return o.Batch == d.Batch }) {
			r.Batches = append(r.Batches, d)
		}
	}
	slices.SortFunc(r.Batches, func(a, b Drawn) int { return a.Batch - b.Batch })
	r.summarize()
	return &r, nil
}

// summarize fills in what follows from the batches.
func (r *DrawnRows) summarize() {
	rows, satisfied := 0, 0.0
	var ways []string
	for _, d := range r.Batches {
		rows += d.Rows
		r.NFE += d.NFE * float64(d.Rows)
		r.Tried += d.Tried
		satisfied += d.Satisfied * float64(d.Tried)
		r.Caveats, r.Warnings = appendNew(r.Caveats, d.Caveats...), appendNew(r.Warnings, d.Warnings...)
		if d.WhereBy != "" {
			ways = appendNew(ways, d.WhereBy)
		}
	}
	r.NFE /= float64(max(rows, 1))
	r.Satisfied = satisfied / float64(max(r.Tried, 1))
	for k, w := range ways {
		if k > 0 {
			r.WhereBy += " and "
		}
		r.WhereBy += w
	}
	r.Evidence = joinEvidence(r.Batches)
}

// joinEvidence is what the particles of all batches show; nil without any.
func joinEvidence(batches []Drawn) *Evidence {
	var all *Evidence
	var logs, variances []float64
	satisfied, particles := 0.0, 0
	for _, d := range batches {
		e := d.Evidence
		if e == nil {
			continue
		}
		if all == nil {
			all = &Evidence{Particles: e.Particles, Times: e.Times, ESS: make([]float64, len(e.ESS))}
		}
		n := float64(e.Groups)
		all.Groups, all.Collapsed, all.Distinct = all.Groups+e.Groups, all.Collapsed+e.Collapsed, all.Distinct+e.Distinct
		all.Resampled += n * e.Resampled
		for k := range min(len(all.ESS), len(e.ESS)) {
			all.ESS[k] += n * e.ESS[k]
		}
		if e.Satisfied != nil {
			satisfied, particles = satisfied+*e.Satisfied*n, particles+e.Groups
		}
		logs, variances = append(logs, d.Logs...), append(variances, d.Variances...)
		for range d.Without {
			logs, variances = append(logs, math.Inf(-1)), append(variances, 0)
		}
	}
	if all == nil {
		return nil
	}
	all.Resampled /= float64(all.Groups)
	for k := range all.ESS {
		all.ESS[k] /= float64(all.Groups)
	}
	if particles > 0 {
		satisfied /= float64(particles)
		all.Satisfied = &satisfied
	}
	if log, se := sample.MeanEvidence(logs, variances); !math.IsInf(log, 0) && !math.IsNaN(log) {
		all.LogEvidence, all.SE = &log, &se
	}
	all.logs, all.variances = logs, variances
	return all
}
