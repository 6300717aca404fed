package train

import "tweedie/nn"

// ahead draws the batch of the next step on one worker while another computes the
// gradient of this one. It is for batches of one block, which occupy one worker: there
// drawing is a third of a step. What is drawn is a function of the step, so that no
// result depends on when.
type ahead struct {
	memory [2]worker // of the batches of even and of odd steps
	idx    []int     // rows of the next batch
	step   int       // that it is of; −1 before the first

	current, next nn.Regression
}

func newAhead(m nn.Trainable, cfg *Config) *ahead {
	return &ahead{memory: [2]worker{newWorker(m, cfg, cfg.Batch), newWorker(m, cfg, cfg.Batch)}, idx: make([]int, cfg.Batch), step: -1}
}

func (a *ahead) draw(t *Trainer, step int) {
	t.order.rows(a.idx, step*t.cfg.Batch)
	a.next, a.step = t.drawStep(&a.memory[step%2], a.idx, step, 0), step
}

// accumulateAhead computes the gradient of a batch of one block, and draws the next.
func (t *Trainer) accumulateAhead() {
	a := t.ahead
	if a.step != t.step { // the first step of a run, or of one that was resumed
		a.draw(t, t.step)
	}
	t.idx, a.idx = a.idx, t.idx
	a.current = a.next
	t.each(2, t.aheadFn)
}

func (t *Trainer) eitherAhead(_, i int) {
	switch a := t.ahead; {
	case i == 0:
		t.loss[0] = t.workers[0].machine.Block(a.current, 1/float64(t.cfg.Batch), t.accumulators[0], false)
	case t.step+1 < t.cfg.Steps:
		a.draw(t, t.step+1)
	}
}

// members is the number of goroutines that a step can use.
func (t *Trainer) members() int {
	if t.ahead != nil {
		return 2
	}
	return len(t.workers)
}
