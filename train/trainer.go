package train

import (
	"fmt"
	"math"

	"tweedie/internal/kernel"
	"tweedie/nn"
)

// Trainer is the state of a run: a model being trained, its averages and
// moments, and the position in the data. It is not safe for concurrent use.
type Trainer struct {
	cfg   Config
	model nn.Trainable
	data  Rows
	held  *validation
	pool  *workerPool

	workers      []*worker
	ahead        *ahead      // nil unless a worker would be idle
	accumulators [][]float32 // gradients
	order        *shuffle
	rowsDigest   string    // see digest
	idx          []int     // rows of the current batch
	loss         []float64 // of its blocks

	ema      *nn.Params
	m, v     []float32 // Adam's moments
	squares  []float64
	adamStep kernel.AdamStep
	norm     float64

	step                 int // steps done
	window               float64
	inWindow             int
	best                 float64
	bestParams           *nn.Params
	since                int // validations since the best
	last                 Report
	accumulateFn, adamFn func(member, i int)
	reduceFn, aheadFn    func(member, i int)
	items                int
	itemFn               func(member, i int)
	shareFn              func(member int)
}

// New prepares a run of model on data, with held-out rows for validation (none
// if held is nil or has no rows). The model's parameters are where training starts, and
// are trained in place. A model whose conditions Config.Dropout never drops is marked as
// one that needs them: see nn.Model.Err.
func New(model nn.Trainable, data, held Rows, cfg Config) (*Trainer, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if count(data) == 0 {
		return nil, fmt.Errorf("train: no rows")
	}
	if err := cfg.Dropout.Validate(model.Labels()); err != nil {
		return nil, err
	}
	if err := cfg.Masking.Validate(model.Dim()); err != nil {
		return nil, err
	}
	m, scores := model.(*nn.Model)
	if cfg.Masking.Share > 0 && !(scores && m.Conditionable) {
		return nil, fmt.Errorf("train: masking needs a model that can be given parts of its rows")
	}
	if scores && m.Network() != nil && cfg.UnitDropout > 0 {
		return nil, fmt.Errorf("train: dropout of hidden units is for the built-in network, and %q is one of your own: leave it away", m.Network().Name)
	}
	if scores {
		m.LabelsRequired = model.Labels() > 0 && cfg.Dropout.Never()
	}
	n := len(model.Parameters().Flat)
	t := &Trainer{
		cfg: cfg, model: model, data: data,
		order: newShuffle(cfg.Seed, count(data)),
		idx:   make([]int, cfg.Batch), loss: make([]float64, blocks(cfg.Batch)),
		ema: model.Parameters().Clone(), m: make([]float32, n), v: make([]float32, n),
		squares: make([]float64, chunks(n)), best: math.Inf(1),
	}
	for range min(Accumulators, blocks(cfg.Batch)) {
		t.accumulators = append(t.accumulators, make([]float32, n))
	}
	for range min(cfg.Workers, len(t.accumulators)) {
		w := newWorker(model, &t.cfg, cfg.Batch)
		if w.machine, err = model.Compile(); err != nil {
			return nil, err
		}
		t.workers = append(t.workers, &w)
	}
	if len(t.accumulators) == 1 && cfg.Workers > 1 {
		t.ahead = newAhead(model, &t.cfg)
	}
	t.held = newValidation(model.Over(t.ema), held, &t.cfg, t.members())
	t.accumulateFn, t.reduceFn, t.adamFn, t.aheadFn = t.accumulate, t.reduce, t.adam, t.eitherAhead
	t.shareFn = func(member int) {
		for i := member; i < t.items; i += t.pool.n {
			t.itemFn(member, i)
		}
	}
	return t, nil
}

// each calls fn for 0 … n−1, shared out over the workers of the pool.
func (t *Trainer) each(n int, fn func(member, i int)) {
	if n == 1 || t.pool == nil || t.pool.n == 1 {
		for i := range n {
			fn(0, i)
		}
		return
	}
	t.items, t.itemFn = n, fn
	t.pool.run(t.shareFn)
}

func (t *Trainer) rate() float64 { return t.cfg.Rate.at(t.step, t.cfg.Steps) }

func (t *Trainer) advance() error {
	if t.ahead != nil {
		t.accumulateAhead()
	} else {
		t.order.rows(t.idx, t.step*t.cfg.Batch)
		t.each(len(t.accumulators), t.accumulateFn)
	}
	sum := 0.0
	for _, l := range t.loss {
		sum += l
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) || !t.update() {
		return t.blame()
	}
	t.window += sum
	t.inWindow++
	t.step++
	return nil
}

// Step is the number of steps done.
func (t *Trainer) Step() int { return t.step }

// Result returns what has been trained so far: the network over the averaged
// parameters, or over those of the best validation if the run stops by one. It
// has the type of the network given to New.
func (t *Trainer) Result() nn.Trainable {
	if t.cfg.Patience > 0 && t.bestParams != nil {
		return t.model.Over(t.bestParams)
	}
	return t.model.Over(t.ema)
}

// Model returns the Result of training an nn.Model.
func (t *Trainer) Model() *nn.Model { return t.Result().(*nn.Model) }
