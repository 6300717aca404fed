package train

import (
	"context"
	"time"
)

// StepsWithin measures the speed of the run on this machine and returns the number of
// steps, at least 1, that fit into the budget together with 50 validations. It
// measures for a twentieth of the budget, at most 2 s, by taking steps: so it changes
// the model and the state of t, which must be discarded. Make a new Trainer with that
// number of steps. now is the clock, for the libraries read none.
func (t *Trainer) StepsWithin(ctx context.Context, budget time.Duration, now func() time.Time) (int, error) {
	t.pool = newWorkerPool(t.members())
	defer func() { t.pool.close(); t.pool = nil }()
	measure := min(budget/20, 2*time.Second)
	for range 3 { // warm up: the first steps allocate
		if err := t.advance(); err != nil {
			return 0, err
		}
	}
	start, n := now(), 0
	for now().Sub(start) < measure || n == 0 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := t.advance(); err != nil {
			return 0, err
		}
		n++
	}
	perStep := now().Sub(start) / time.Duration(n)
	var check time.Duration
	if t.held != nil {
		start = now()
		if err := t.validate(&Report{}); err != nil {
			return 0, err
		}
		check = now().Sub(start)
	}
	const reports = 50 // the default number of validations of a run
	left := budget - now().Sub(start) - reports*check - measure
	return max(1, int(left/max(perStep, 1))), nil
}
