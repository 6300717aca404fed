package tabular

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/train"
)

// resultName is where a state holds the model, or classifier, as it stands.
const resultName = "result"

// result is f itself or, of the state of a run, the model or classifier as it stood.
func result(f *checkpoints.File) (*checkpoints.File, error) {
	if f.Kind() != train.StateKind {
		return f, nil
	}
	return f.Nested(resultName)
}

// ProvenanceOf says how the model or classifier of a file came to be, which may be the
// state of a run.
func ProvenanceOf(f *checkpoints.File) (p checkpoints.Provenance, err error) {
	if f, err = result(f); err == nil {
		err = f.JSON(checkpoints.ProvenanceKey, &p)
	}
	return p, err
}

// State is what Restore continues from. Load, or LoadClassifier, takes the model as it
// stands out of it.
func (t *Training) State() (*checkpoints.File, error) {
	r, err := t.File()
	if err != nil {
		return nil, err
	}
	f, err := t.trainer.State()
	if err != nil {
		return nil, err
	}
	f.Nest(resultName, r)
	return f, f.SetJSON("steps", t.cfg.Steps)
}

// Restore continues a run of the same data and options from the state that State
// returned, to the same bits. It errs for that of another run or version, and says what
// differs. The number of steps is that of the state.
func (t *Training) Restore(state *checkpoints.File) error {
	if err := state.CheckKind(train.StateKind); err != nil {
		return err
	}
	then, err := ProvenanceOf(state)
	if err != nil {
		return errors.New("it was written by an earlier version: resume with that one, or start anew")
	}
	steps := 0
	if err := state.JSON("steps", &steps); err != nil {
		return err
	}
	if now := t.set.Version; then.Version != now {
		return fmt.Errorf("it was written by version %s, and this is %s: resume with that one, or start anew", cmp.Or(then.Version, "unknown"), cmp.Or(now, "unknown"))
	}
	if t.cfg.Steps != steps {
		t.set.Steps, t.cfg.Steps, t.trainer = steps, steps, nil
	}
	if err := t.Prepare(); err != nil {
		return err
	}
	if then.Config["levels"] != t.set.levelsText() { // their number alone is in the state
		return t.otherRun(then, nil)
	}
	err = t.trainer.Restore(state)
	if other := new(train.OtherRunError); errors.As(err, &other) {
		return t.otherRun(then, other)
	}
	return err
}

// otherRun says in which options, or data, a run differs from this one.
func (t *Training) otherRun(then checkpoints.Provenance, other *train.OtherRunError) error {
	now := t.provenance()
	was, is := maps.Clone(then.Config), maps.Clone(now.Config)
	if was == nil {
		was = map[string]string{}
	}
	was["seed"], is["seed"] = fmt.Sprint(then.Seed), fmt.Sprint(now.Seed)
	all := maps.Clone(was)
	maps.Copy(all, is)
	var differ []string
	for _, option := range slices.Sorted(maps.Keys(all)) {
		if was[option] != is[option] {
			differ = append(differ, fmt.Sprintf("%s was %s and is now %s", option, cmp.Or(was[option], "not set"), cmp.Or(is[option], "not set")))
		}
	}
	switch {
	case len(differ) > 0:
		return fmt.Errorf("it is of a run with other options: %s: give the same, or start anew", strings.Join(differ, ", "))
	case then.DataSHA256 != now.DataSHA256:
		return fmt.Errorf("it is of a run on other data: %s had the SHA-256 digest %.12s…, and %s has %.12s…: give the same, or start anew", then.Data, then.DataSHA256, now.Data, now.DataSHA256)
	}
	return fmt.Errorf("its %s is another, though options and data are the same: the program has changed since, or a file that the options name, as metadata and like: take back the change, or start anew", other.Setting)
}
