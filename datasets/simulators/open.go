package simulators

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"tweedie/datasets/prior"
)

// TaskPrefix stands before the name of a task where a file or a command may stand.
const TaskPrefix = "task:"

// Open returns the simulator that a text names: task:NAME, or the command of a program, see
// NewProgram. Its prior is p. A nil p stands for that of the task; a program needs one. It errs
// as Lookup, Matches and NewProgram do, and on options of a program for a task.
func Open(ctx context.Context, text string, p *prior.Prior, o ProgramOptions) (Task, error) {
	name, isTask := strings.CutPrefix(text, TaskPrefix)
	switch {
	case isTask && o != ProgramOptions{}:
		return nil, fmt.Errorf("simulators: options of a program are given, and %s is none: leave them away", text)
	case !isTask && p == nil:
		return nil, errors.New("simulators: a program has no prior of its own: give one")
	case !isTask:
		g, err := NewProgram(ctx, text, p, o)
		if err != nil {
			return nil, err
		}
		return g, nil
	}
	t, err := Lookup(name)
	if err != nil || p == nil {
		return t, err
	}
	if err := Matches(t, p); err != nil {
		return nil, err
	}
	return WithPrior(t, p), nil
}

// OpenPrior returns the prior that a text names: task:NAME, or a file of YAML as
// prior.Read has it.
func OpenPrior(text string) (*prior.Prior, error) {
	name, ok := strings.CutPrefix(text, TaskPrefix)
	if !ok {
		p, err := prior.Read(text)
		if _, known := Lookup(text); err != nil && known == nil {
			if _, there := os.Stat(text); there != nil {
				return nil, fmt.Errorf("%s: no such file: for the prior of the task write task:%s", text, text)
			}
		}
		return p, err
	}
	t, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	return t.Prior(), nil
}

// Matches errs unless the parameters of a prior are those of a task, in its order.
func Matches(t Task, p *prior.Prior) error {
	want, got := t.Prior().Names(), p.Names()
	if !slices.Equal(want, got) {
		return fmt.Errorf("the prior has the parameters %s; the task %s has %s, in this order", strings.Join(got, ", "), t.Name(), strings.Join(want, ", "))
	}
	return nil
}

// Fits errs unless a task has the parameters of the prior of a model, and the data that the
// model is of, in the same order: it can then simulate with draws of the model.
func Fits(t Task, p *prior.Prior, data []string) error {
	if err := Matches(t, p); err != nil {
		return err
	}
	if got := t.Columns(); !slices.Equal(got, data) {
		return fmt.Errorf("the simulator makes the data %s, and the model has %s: give the simulator of the model", strings.Join(got, ", "), strings.Join(data, ", "))
	}
	return nil
}
