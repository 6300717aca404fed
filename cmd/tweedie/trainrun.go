package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/internal/kernel"
	"tweedie/nn"
	"tweedie/train"
)

// trainer returns a trainer of a new model.
func (s *session) trainer() (*train.Trainer, error) {
	mean, variance := moments(s.data.X)
	m, err := nn.New(nn.Config{
		Hidden: s.o.hidden, Layers: s.o.layers, FiLM: s.o.film, Schedule: s.sched,
		Mean: mean, Variance: variance, Conditions: conditions(s.src.encoder.Schema()), Seed: s.app.seed,
	})
	if err != nil {
		return nil, usage{err}
	}
	t, err := train.New(m, s.data, s.held, s.cfg)
	if err != nil {
		return nil, usage{err}
	}
	return t, nil
}

// moments are the mean and the variance of each column.
func moments(x *mat.Dense) (mean, variance []float64) {
	n, d := x.Dims()
	mean, variance = make([]float64, d), make([]float64, d)
	for i := range n {
		for j, v := range x.RawRowView(i) {
			mean[j] += v / float64(n)
		}
	}
	for i := range n {
		for j, v := range x.RawRowView(i) {
			variance[j] += (v - mean[j]) * (v - mean[j]) / float64(n)
		}
	}
	return mean, variance
}

// run trains, reports and saves.
func (s *session) run(ctx context.Context, t *train.Trainer) error {
	a := s.app
	p := a.progress("train", s.cfg.Steps)
	metrics, err := openMetrics(s.o.metrics, t.Step() > 0)
	if err != nil {
		return err
	}
	defer metrics.close()
	t.Observe(func(e train.Event) error {
		p.set(e.Step, fmt.Sprintf("loss %.4f  held-out %.4f", e.Loss, e.Validation))
		if s.watch != nil {
			s.watch(e)
		}
		return metrics.write(e)
	})
	t.Save(s.save)
	err = t.Run(ctx)
	if errors.Is(err, context.Canceled) {
		if e := s.save(t); e != nil {
			return e
		}
		p.finish()
		return fmt.Errorf("interrupted at step %d of %d: the state is in %s, go on with --resume: %w", t.Step(), s.cfg.Steps, stateFile(s.o.out), err)
	}
	if err != nil {
		return err
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
	a.log.Info("model written", "file", s.o.out, "parameters", t.Model().Params.Count())
	return nil
}

// save writes the model as it stands, and the state to go on from.
func (s *session) save(t *train.Trainer) error {
	b := s.bundle(t)
	if err := b.save(s.o.out); err != nil {
		return err
	}
	if t.Done() {
		return nil
	}
	f, err := t.State()
	if err != nil {
		return err
	}
	if err := f.SetJSON("steps", s.cfg.Steps); err != nil {
		return err
	}
	return checkpoints.Save(stateFile(s.o.out), f)
}

func (s *session) bundle(t *train.Trainer) *bundle {
	return &bundle{
		model: t.Model(), encoder: s.src.encoder, labels: s.labels,
		provenance: checkpoints.Provenance{
			Version: version(), Seed: s.app.seed, Steps: t.Step(), KernelPath: kernel.Path(),
			Config: s.settings(), Data: s.src.name, DataSHA256: s.src.digest,
		},
	}
}

// settings are what repeats the run, by flag name.
func (s *session) settings() map[string]string {
	o := s.o
	m := map[string]string{
		"sde": o.sde, "times": o.times, "weighting": o.weighting, "decay": o.rate,
		"hidden": fmt.Sprint(o.hidden), "layers": fmt.Sprint(o.layers), "film": fmt.Sprint(o.film),
		"steps": fmt.Sprint(s.cfg.Steps), "batch": fmt.Sprint(o.batch), "lr": fmt.Sprint(o.lr),
		"weight-decay": fmt.Sprint(o.decay), "clip": fmt.Sprint(o.clip), "ema": fmt.Sprint(o.ema),
		"holdout": fmt.Sprint(o.holdout), "patience": fmt.Sprint(o.patience), "every": fmt.Sprint(o.every),
	}
	if s.src.law != nil {
		m["toy-rows"] = fmt.Sprint(o.toyRows)
	}
	if s.data.Cond != nil {
		m["condition"], m["condition-dropout"] = strings.Join(o.conditions, ","), fmt.Sprint(o.dropout)
	}
	return m
}

// metricsFile receives reports as JSON lines; nil writes nothing.
type metricsFile struct{ f *os.File }

// openMetrics starts the file anew, or continues it for a resumed run.
func openMetrics(path string, resumed bool) (metricsFile, error) {
	if path == "" {
		return metricsFile{}, nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if resumed {
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(path, mode, 0o666)
	return metricsFile{f}, err
}

func (m metricsFile) write(e train.Event) error {
	if m.f == nil {
		return nil
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = m.f.Write(append(b, '\n'))
	return err
}

func (m metricsFile) close() {
	if m.f != nil {
		m.f.Close()
	}
}

// writable finds out before hours of training whether a file can be written.
func writable(path string) error {
	if s, err := os.Stat(path); err == nil && s.IsDir() {
		return badUsage("--out %s is a folder: give the name of a file in it", path)
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".tweedie-*")
	if err != nil {
		return fmt.Errorf("cannot write in %s: %w", dir, errors.Unwrap(err))
	}
	f.Close()
	return os.Remove(f.Name())
}
