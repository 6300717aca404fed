package train

import (
	"context"
	"time"
)

// StepsWithin measures for a moment how fast the run is on this machine and
// returns the number of steps, at least 1, that fit into the budget with the
// validations that they entail. The Trainer is left as it was only if it is
// discarded: make a new one with the number of steps, which is then part of
// the result like any other setting. The clock is the caller's (nowhere else
// does a library read one).
func (t *Trainer) StepsWithin(ctx context.Context, budget time.Duration, now func() time.Time) (int, error) {
	t.team = newTeam(len(t.workers))
	defer func() { t.team.close(); t.team = nil }()
	measure := min(budget/20, 2*time.Second)
	for range 3 { // first touches of memory
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
		if err := t.validate(&Event{}); err != nil {
			return 0, err
		}
		check = now().Sub(start)
	}
	const reports = 50 // the default number of validations of a run
	left := budget - now().Sub(start) - reports*check - measure
	return max(1, int(left/max(perStep, 1))), nil
}
