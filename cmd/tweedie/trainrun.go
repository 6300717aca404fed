package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tweedie/checkpoints"
	"tweedie/train"
)

// run trains, reports and saves.
func (t *training) run(ctx context.Context) error {
	a := t.app
	if err := t.OnSave(t.save); err != nil {
		return err
	}
	tr := t.Trainer()
	if t.o.force {
		if err := removeState(t.o.out); err != nil {
			return err
		}
	}
	metrics, err := train.OpenReports(t.o.metrics, tr.Step())
	if err != nil {
		return err
	}
	defer metrics.Close()
	p := a.progress("train", t.Steps())
	tr.Observe(func(e train.Report) error {
		at := fmt.Sprintf("loss %.4f", e.Loss)
		if t.Validates() {
			at += fmt.Sprintf("  held-out %.4f", e.Validation)
		}
		p.set(e.Step, at)
		t.reports = append(t.reports, e)
		return metrics.Write(e)
	})
	if err := tr.Run(ctx); err != nil {
		return t.stopped(err)
	}
	p.finish()
	if e := tr.Last(); e.ConditionGap > 0 && e.ConditionGap < 1e-3*e.Validation {
		a.log.Warn("the model hardly uses its labels: they say little about the other columns, or training was too short",
			"gap", e.ConditionGap, "loss", e.Validation)
	}
	if tr.Early() {
		a.log.Info("stopped early: the held-out loss no longer falls", "step", tr.Step(), "best", tr.Last().Best)
	}
	if err := removeState(t.o.out); err != nil {
		return err
	}
	if err := t.writeReport(); err != nil {
		return err
	}
	a.log.Info("model written", "file", t.o.out, "parameters", t.Parameters())
	return nil
}

// stopped says what is left of a run that did not come to its end: its state.
func (t *training) stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		if t.passing {
			return interrupted(fmt.Sprintf("interrupted at step %d of %d: nothing is kept, start again", t.Trainer().Step(), t.Steps()))
		}
		if e := t.saveState(); e != nil {
			return e
		}
		return interrupted(fmt.Sprintf("interrupted at step %d of %d: go on with --resume; %s has the model as it stands", t.Trainer().Step(), t.Steps(), stateFile(t.o.out)))
	}
	if t.saved == 0 {
		return fmt.Errorf("%w; no model was written", err)
	}
	return fmt.Errorf("%w; no model was written, and %s is as of step %d", err, stateFile(t.o.out), t.saved)
}

// save writes the state to go on from or, at the end, the model.
func (t *training) save() error {
	switch {
	case t.Trainer().Done():
	case t.passing:
		return nil
	default:
		return t.saveState()
	}
	f, err := t.File()
	if err != nil {
		return err
	}
	return checkpoints.Save(t.o.out, f)
}

func (t *training) saveState() error {
	f, err := t.State()
	if err != nil {
		return err
	}
	if err = checkpoints.Save(stateFile(t.o.out), f); err == nil {
		t.saved = t.Trainer().Step()
	}
	return err
}

func removeState(out string) error {
	if err := os.Remove(stateFile(out)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
