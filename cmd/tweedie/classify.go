package main

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// A classifier tells the labels of noised rows, for the guidance of a model. It
// is trained on the model's schedule and in the model's encoding, both of which
// its file repeats, so that a mismatch is found when they are used together.

// classifierBundle is a classifier file.
type classifierBundle struct {
	classifier *nn.Classifier
	levels     []string
	schema     *datasets.Schema // of the model's table
	provenance checkpoints.Provenance
}

func (b *classifierBundle) file() (*checkpoints.File, error) {
	f := checkpoints.New(nn.ClassifierKind)
	if err := b.classifier.Encode(f); err != nil {
		return nil, err
	}
	return f, setAll(f, map[string]any{"schema": b.schema, "levels": b.levels, checkpoints.ProvenanceKey: b.provenance})
}

func setAll(f *checkpoints.File, meta map[string]any) error {
	for k, v := range meta {
		if err := f.SetJSON(k, v); err != nil {
			return err
		}
	}
	return nil
}

func loadClassifier(path string) (*classifierBundle, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	b := &classifierBundle{schema: new(datasets.Schema)}
	if b.classifier, err = nn.DecodeClassifier(f); err != nil {
		return nil, err
	}
	for k, v := range map[string]any{"schema": b.schema, "levels": &b.levels, checkpoints.ProvenanceKey: &b.provenance} {
		if err := f.JSON(k, v); err != nil {
			return nil, err
		}
	}
	if len(b.levels) != b.classifier.Label.Levels {
		return nil, fmt.Errorf("%s: %d names for %d labels: the file is damaged", path, len(b.levels), b.classifier.Label.Levels)
	}
	return b, nil
}

// fits errs unless the classifier has the schedule and the encoding of a model.
func (b *classifierBundle) fits(m *bundle) error {
	have, err := sde.SpecOf(b.classifier.Sched)
	if err != nil {
		return err
	}
	want, err := sde.SpecOf(m.model.Sched)
	if err != nil {
		return err
	}
	if have.String() != want.String() {
		return fmt.Errorf("the classifier was trained under %s and the model under %s: train it with --like that model", have, want)
	}
	if !sameEncoding(b.schema, m.encoder.Schema()) {
		return fmt.Errorf("the classifier was trained like a model of other columns or of other scales: train it with --like that model")
	}
	return nil
}

func sameEncoding(a, b *datasets.Schema) bool {
	type column struct {
		name      string
		mean, std float64
	}
	encoded := func(s *datasets.Schema) (cs []column) {
		for _, c := range s.Columns {
			if c.Kind == datasets.Numeric && !c.Constant {
				cs = append(cs, column{c.Name, c.Mean, c.Std})
			}
		}
		return cs
	}
	return slices.Equal(encoded(a), encoded(b))
}

// classData encodes a table for the classifier: rows as the model sees them,
// and the label as condition.
func (s *session) classData(t *datasets.Table) (train.Data, error) {
	e := s.like.encoder
	d := train.Data{X: mat.NewDense(t.Rows(), e.Dim(), nil), Cond: mat.NewDense(t.Rows(), 1, nil)}
	d.Cond.SetCol(0, t.Column(s.o.classifier).Values)
	return d, e.Encode(d.X, t)
}

// newClassifier returns the untrained classifier of the session.
func (s *session) newClassifier() (*nn.Classifier, error) {
	mean, variance := s.like.model.Moments()
	c := s.src.table.Column(s.o.classifier)
	return nn.NewClassifier(nn.Config{
		Hidden: s.o.hidden, Layers: s.o.layers, FiLM: s.o.film, Schedule: s.sched,
		Mean: mean, Variance: variance, Seed: s.app.seed,
	}, nn.Condition{Name: c.Name, Levels: len(c.Levels)})
}

// classifierFile is the checkpoint of the classifier as it stands, calibrated
// on the held-out rows.
func (s *session) classifierFile(t *train.Trainer) (*checkpoints.File, error) {
	c := t.Result().(*nn.Classifier)
	if held := t.HeldOut(); held != nil {
		var err error
		if c, err = c.Calibrate(held...); err != nil {
			return nil, err
		}
	}
	b := &classifierBundle{c, s.src.table.Column(s.o.classifier).Levels, s.like.encoder.Schema(), s.provenance(t)}
	return b.file()
}

// labelColumns are the columns of the data that hold labels: those to condition
// on, or those of the model that the classifier is for, and the classifier's.
func (s *session) labelColumns() []string {
	if s.like == nil {
		return s.o.conditions
	}
	names := slices.Clone(s.like.encoder.Schema().Labels())
	if !slices.Contains(names, s.o.classifier) {
		names = append(names, s.o.classifier)
	}
	return names
}
