package tabular

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/guide/calibration"
	"tweedie/internal/stream"
)

// pool are rows of the model, as the network has them and as they are written, and the
// logarithms of their weights: -Inf for rows that do not satisfy what is asked for.
type pool struct {
	x     *mat.Dense
	cells *datasets.Cells
	log   []float64
}

func (p *pool) rows() int { return p.cells.Rows() }

// subset are the rows idx.
func (p *pool) subset(idx []int) *pool {
	_, d := p.x.Dims()
	s := &pool{x: mat.NewDense(len(idx), d, nil), cells: p.cells.Subset(idx)}
	for k, i := range idx {
		s.x.SetRow(k, p.x.RawRowView(i))
		s.log = append(s.log, p.log[i])
	}
	return s
}

// more draws further rows of the model, by the sampler of the query.
func (c *calibrator) more(ctx context.Context, p *pool, n int) error {
	d, first := c.model.codec.Dim(), 0
	x := mat.NewDense(n, d, nil)
	if p.cells != nil {
		first = p.rows()
	}
	r, err := c.model.Sample(ctx, n, &Query{
		Sampler: c.q.Sampler, First: first, Seed: stream.Seed(c.q.Seed, "calibrate/truth"), Workers: c.q.Workers,
		Encoded: func(at int, block *mat.Dense) error {
			rows, _ := block.Dims()
			x.Slice(at-first, at-first+rows, 0, d).(*mat.Dense).Copy(block)
			return nil
		},
	})
	if err != nil {
		return err
	}
	log, err := c.weigh(r.Cells, 0)
	if err != nil {
		return err
	}
	if p.cells == nil {
		*p = pool{x, r.Cells, log}
		return nil
	}
	all := mat.NewDense(first+n, d, nil)
	all.Stack(p.x, x)
	*p = pool{all, joined(c.model.codec.Metadata(), []*datasets.Cells{p.cells, r.Cells}), append(p.log, log...)}
	return nil
}

// weigh returns the logarithms of the weights of rows, of which the first has that index.
func (c *calibrator) weigh(cells *datasets.Cells, first int) ([]float64, error) {
	log := make([]float64, cells.Rows())
	if len(c.terms) > 0 {
		r, err := c.model.conditionPart(cells, nil, first)
		if err != nil {
			return nil, err
		}
		if err := guide.New(r.d, c.terms...).LogLikelihood(log, r.x); err != nil {
			return nil, err
		}
	}
	for i := range log {
		ok := c.where == nil || c.where.Holds(cells, i)
		for _, b := range c.bounds {
			ok = ok && b.Holds(cells, i)
		}
		if !ok {
			log[i] = math.Inf(-1)
		}
	}
	return log, nil
}

// chunk is the number of rows of the model that are drawn at a time.
const chunkRows = 1000

// pooled draws rows of the model until they tell as much of the law as so many draws of
// it, or Tries are drawn.
func (c *calibrator) pooled(ctx context.Context, want float64) (*pool, error) {
	p := &pool{}
	for n := 0; n < c.o.Tries; n = p.rows() {
		if err := c.more(ctx, p, min(max(chunkRows, int(want)), c.o.Tries-n)); err != nil {
			return nil, err
		}
		if calibration.EffectiveRows(calibration.Weights(p.log)) >= want {
			break
		}
	}
	return p, nil
}

// truths are Replicas draws of the law, or as many as there are, and all rows of the model
// that were drawn for them. A row is accepted with a probability in proportion to its
// weight: exact for conditions, and for a weight whose bound is about that of the rows.
func (c *calibrator) truths(ctx context.Context) (truth, all *pool, err error) {
	want := c.o.Replicas
	if c.where == nil && len(c.bounds)+len(c.terms) == 0 {
		all = &pool{}
		if err := c.more(ctx, all, want); err != nil {
			return nil, nil, err
		}
		return all.subset(indices(0, want)), all, nil
	}
	all = &pool{}
	var idx []int
	for n := 0; n < c.o.Tries && len(idx) < want; n = all.rows() {
		if err := c.more(ctx, all, min(chunkRows, c.o.Tries-n)); err != nil {
			return nil, nil, err
		}
		idx = c.accepted(all)
	}
	if len(idx) < 20 {
		return nil, nil, few(all.rows(), len(idx))
	}
	return all.subset(idx[:min(want, len(idx))]), all, nil
}

// accepted are the rows that are draws of the law.
func (c *calibrator) accepted(p *pool) (idx []int) {
	key := stream.NewKey(c.q.Seed, "calibrate/accept")
	src := stream.NewSource(key)
	for i, w := range calibration.Weights(p.log) {
		src.Seek(key.At(uint64(i)))
		if src.Float64() < w {
			idx = append(idx, i)
		}
	}
	return idx
}

// satisfied compares guided rows with those of the model, by conditions; nil without any.
func (c *calibrator) satisfied(guided []float64, all *pool) *calibration.Satisfied {
	if c.where == nil && len(c.bounds) == 0 {
		return nil
	}
	share := func(log []float64) float64 {
		n := 0
		for _, l := range log {
			if !math.IsInf(l, -1) {
				n++
			}
		}
		return float64(n) / float64(max(1, len(log)))
	}
	return &calibration.Satisfied{Guided: share(guided), Model: share(all.log)}
}
