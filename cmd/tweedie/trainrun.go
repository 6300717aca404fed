package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"tweedie/checkpoints"
	"tweedie/internal/kernel"
	"tweedie/train"
)

// run trains, reports and saves.
func (s *session) run(ctx context.Context, t *train.Trainer) error {
	a := s.app
	metrics, err := openMetrics(s.o.metrics, t.Step())
	if err != nil {
		return err
	}
	defer metrics.close()
	p := a.progress("train", s.cfg.Steps)
	t.Observe(func(e train.Event) error {
		at := fmt.Sprintf("loss %.4f", e.Loss)
		if s.held != nil {
			at += fmt.Sprintf("  held-out %.4f", e.Validation)
		}
		p.set(e.Step, at)
		if s.watch != nil {
			s.watch(e)
		}
		return metrics.write(e)
	})
	t.Save(s.save)
	if err := t.Run(ctx); err != nil {
		return s.stopped(t, err)
	}
	p.finish()
	if e := t.Last(); e.ConditionGap > 0 && e.ConditionGap < 1e-3*e.Validation {
		a.log.Warn("the model hardly uses its labels: they say little about the other columns, or training was too short",
			"gap", e.ConditionGap, "loss", e.Validation)
	}
	if t.Early() {
		a.log.Info("stopped early: the held-out loss no longer falls", "step", t.Step(), "best", t.Last().Best)
	}
	if err := os.Remove(stateFile(s.o.out)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	a.log.Info("model written", "file", s.o.out, "parameters", t.Result().Parameters().Count())
	return nil
}

// stopped says what is left of a run that did not come to its end. An
// interrupted one leaves its state, and the model of its last report.
func (s *session) stopped(t *train.Trainer, err error) error {
	if errors.Is(err, context.Canceled) {
		if e := s.saveState(t); e != nil {
			return e
		}
		return fmt.Errorf("interrupted at step %d of %d: go on with --resume", t.Step(), s.cfg.Steps)
	}
	if s.saved == 0 {
		return fmt.Errorf("%w; no model was written", err)
	}
	return fmt.Errorf("%w; %s is as of step %d", err, s.o.out, s.saved)
}

// save writes the model as it stands, and the state to go on from.
func (s *session) save(t *train.Trainer) error {
	f, err := s.file(t)
	if err != nil {
		return err
	}
	if err := checkpoints.Save(s.o.out, f); err != nil {
		return err
	}
	s.saved = t.Step()
	if t.Done() {
		return nil
	}
	return s.saveState(t)
}

// storable finds out before hours of training whether what the file says of the
// table is too long for it.
func (s *session) storable(t *train.Trainer) error {
	if s.like != nil {
		return nil
	}
	f, err := s.file(t)
	if err != nil {
		return err
	}
	if err := checkpoints.Encode(io.Discard, f); err != nil {
		return fmt.Errorf("%s: %w: shorten names and texts of the columns, or declare columns of many long texts identifiers", s.src.name, err)
	}
	return nil
}

func (s *session) saveState(t *train.Trainer) error {
	f, err := t.State()
	if err != nil {
		return err
	}
	if err := f.SetJSON("steps", s.cfg.Steps); err != nil {
		return err
	}
	return checkpoints.Save(stateFile(s.o.out), f)
}

// file is the checkpoint of what has been trained so far.
func (s *session) file(t *train.Trainer) (*checkpoints.File, error) {
	if s.like != nil {
		return s.classifierFile(t)
	}
	return s.bundle(t).file()
}

func (s *session) bundle(t *train.Trainer) *bundle {
	b := &bundle{model: t.Model(), codec: s.src.codec, open: s.src.law != nil, labels: s.labels, provenance: s.provenance(t)}
	if err := b.prepare(); err != nil {
		panic("tweedie: " + err.Error()) // the codec was fitted
	}
	return b
}

// settings are what repeats the run, by flag name.
func (s *session) settings() map[string]string {
	m := s.o.settings(s.cfg.Steps, s.src.law != nil, len(s.labels.Rows) > 0)
	for flag, values := range map[string][]string{"date-format": s.o.table.formats, "missing": s.o.table.missing} {
		if len(values) > 0 {
			m[flag] = strings.Join(values, " ")
		}
	}
	return m
}

func (s *session) provenance(t *train.Trainer) checkpoints.Provenance {
	return checkpoints.Provenance{
		Version: version(), Seed: s.app.seed, Steps: t.Step(), KernelPath: kernel.Path(),
		Config: s.settings(),
		Data:   s.src.name, DataSHA256: s.src.digest,
	}
}
