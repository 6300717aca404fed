package train

import (
	"context"
	"fmt"
	"math"

	"tweedie/internal/kernel"
)

// Run trains to the last step, to an early stop, or until ctx is done (then it
// returns ctx.Err(), and the state can be saved and resumed). It may be called
// on a restored Trainer, and does nothing on a finished one.
func (t *Trainer) Run(ctx context.Context) error {
	if err := kernel.PathError(); err != nil {
		return err
	}
	t.pool = newWorkerPool(t.members())
	defer func() { t.pool.close(); t.pool = nil }()
	for !t.Done() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.advance(); err != nil {
			return err
		}
		if t.step%t.cfg.Every == 0 || t.step == t.cfg.Steps {
			if err := t.report(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Done reports whether the run has come to its end.
func (t *Trainer) Done() bool {
	return t.step >= t.cfg.Steps || t.Early()
}

// Early reports whether validation has ended the run.
func (t *Trainer) Early() bool {
	return t.cfg.Patience > 0 && t.since >= t.cfg.Patience
}

func (t *Trainer) report() error {
	e := Report{
		Step: t.step, Steps: t.cfg.Steps, Loss: t.window / float64(t.inWindow),
		Rate: t.cfg.Rate.at(t.step-1, t.cfg.Steps), GradNorm: t.norm,
	}
	t.window, t.inWindow = 0, 0
	if err := t.sound(); err != nil {
		return err
	}
	if err := t.validate(&e); err != nil {
		return err
	}
	e.Final = t.Done()
	t.last = e
	if t.cfg.Observe != nil {
		if err := t.cfg.Observe(e); err != nil {
			return err
		}
	}
	if t.cfg.Save != nil {
		return t.cfg.Save(t)
	}
	return nil
}

// sound errs when the loss of the averaged parameters is not finite: on the held-out
// rows or, if there are none, on one block of the batch.
func (t *Trainer) sound() error {
	const remedy = "lower the learning rate"
	rate := t.cfg.Rate.at(t.step-1, t.cfg.Steps)
	if !finite(t.model.Parameters().Flat) || !finite(t.ema.Flat) {
		return fmt.Errorf("train: step %d: the parameters are no longer finite: %s, %.3g in this step", t.step, remedy, rate)
	}
	if t.held != nil {
		return nil
	}
	p := t.draw(t.workers[0], 0)
	rows := make([]float64, len(p.T))
	if err := t.model.Over(t.ema).RowLosses(rows, p); err != nil {
		return err
	}
	for i, l := range rows {
		if math.IsNaN(l) || math.IsInf(l, 0) {
			return fmt.Errorf("train: step %d: the loss of the averaged parameters is %v at t = %.4g: %s, %.3g in this step", t.step, l, p.T[i], remedy, rate)
		}
	}
	return nil
}

func finite(p []float32) bool {
	var s float32
	for _, v := range p {
		s += v * 0 // 0 for every finite v, NaN otherwise
	}
	return s == 0
}

// Last is the last report.
func (t *Trainer) Last() Report { return t.last }

// Observe sets Config.Observe.
func (t *Trainer) Observe(fn func(Report) error) { t.cfg.Observe = fn }

// Save sets Config.Save.
func (t *Trainer) Save(fn func(*Trainer) error) { t.cfg.Save = fn }
