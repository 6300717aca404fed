package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"tweedie/checkpoints"
	"tweedie/internal/atomicfile"
	"tweedie/train"
	"tweedie/train/tabular"
)

// stateFile is where the state of a run is kept.
func stateFile(out string) string { return out + ".state" }

// A killed process holds its lock until it is gone, which takes a moment.
const lockTries, lockPause = 20, 50 * time.Millisecond

// lockRun finds out before hours of training whether the files can be written, and
// keeps other runs from writing them. It leaves no other trace than the lock.
func (a *app) lockRun(o *trainFlags) (*atomicfile.Lock, error) {
	if info, err := os.Stat(o.out); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil, badUsage("--out %s is not a regular file: a model and its state are written beside each other", o.out)
	}
	if err := a.apart([]string{o.out, stateFile(o.out), o.metrics, o.report}, o.data, o.like, o.distill, o.table.metadata, o.theta, o.x, o.prior); err != nil {
		return nil, err
	}
	for _, path := range []string{o.out, o.metrics, o.report} {
		if path == "" {
			continue
		}
		f, err := atomicfile.Create(path)
		if err != nil {
			return nil, err
		}
		f.Abort()
	}
	lock, err := atomicfile.Acquire(o.out)
	for try := 0; try < lockTries && errors.Is(err, atomicfile.ErrLocked); try++ {
		time.Sleep(lockPause)
		lock, err = atomicfile.Acquire(o.out)
	}
	if errors.Is(err, atomicfile.ErrLocked) {
		return nil, fmt.Errorf("%s: another run is training it: wait for its end, or give --out another name: %w", o.out, err)
	}
	return lock, err
}

// loadState returns the state to go on from, nil for a new run, which a state in its
// place must not be lost to unasked.
func (o *trainFlags) loadState() (*checkpoints.File, error) {
	path := stateFile(o.out)
	if o.force {
		return nil, nil
	}
	if !o.resume {
		if _, err := os.Lstat(path); err == nil {
			run, _ := runOf(path)
			return nil, badUsage("%s is the state of %s: go on with --resume, or start anew with --force", path, run)
		}
		return nil, nil
	}
	f, err := checkpoints.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no state to resume: the run has ended, or stopped before its first save; leave --resume away to start anew", path)
	}
	if err != nil {
		return nil, err
	}
	if err := f.CheckKind(train.StateKind); err != nil {
		return nil, err
	}
	steps := 0
	if err := f.JSON("steps", &steps); err != nil {
		return nil, err
	}
	if o.steps > 0 && o.steps != steps {
		return nil, badUsage("--steps is %d, and the run to resume has %d: give the same, or start anew with --force", o.steps, steps)
	}
	return f, nil
}

// runOf says what run a state is of, and whether the model as it stands is in it.
func runOf(path string) (run string, model bool) {
	if f, err := checkpoints.Load(path); err == nil {
		if p, err := tabular.ProvenanceOf(f); err == nil {
			return fmt.Sprintf("an unfinished run, at step %d of %s", p.Steps, p.Config["steps"]), true
		}
	}
	return "an unfinished run", false
}

// loadModel reads a model, and says so where it is not that of a finished run.
func (a *app) loadModel(path string) (*tabular.Model, error) {
	m, err := tabular.Load(path)
	if err != nil {
		return nil, notFinished(path, err)
	}
	a.warnUnfinished(path, m.Provenance())
	return m, nil
}

// loadModels is loadModel for several, whose mean it returns.
func (a *app) loadModels(paths []string) (*tabular.Model, error) {
	var list []*tabular.Model
	for _, p := range paths {
		m, err := a.loadModel(p)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	m, err := tabular.Average(list...)
	if err != nil {
		return nil, badUsage("--model: %w", err)
	}
	return m, nil
}

// loadClassifier is loadModel for a classifier.
func (a *app) loadClassifier(path string) (*tabular.Classifier, error) {
	c, err := tabular.LoadClassifier(path)
	if err != nil {
		return nil, notFinished(path, err)
	}
	a.warnUnfinished(path, c.Provenance())
	return c, nil
}

// notFinished is err, which says that there is no file, where there is the state of a
// run that would have written it.
func notFinished(path string, err error) error {
	state := stateFile(path)
	if _, e := os.Stat(state); e != nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	run, model := runOf(state)
	remedy := "go on with train --resume"
	if model {
		remedy += fmt.Sprintf(", or give %s for the model as it stands", state)
	}
	return fmt.Errorf("%s is not there yet: %s is the state of %s: %s", path, state, run, remedy)
}

// warnUnfinished warns of a model whose training was left before its end.
func (a *app) warnUnfinished(path string, p checkpoints.Provenance) {
	step, of := p.Unfinished()
	if of == 0 {
		return
	}
	why := "its training is not finished"
	if n := p.Config["patience"]; n != "" && n != "0" && !strings.HasSuffix(path, stateFile("")) {
		why += ", or stopped early"
	}
	a.log.Warn(fmt.Sprintf("%s is as of step %d of %d: %s", path, step, of, why))
}
