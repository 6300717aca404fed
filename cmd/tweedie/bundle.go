package main

import (
	"fmt"
	"slices"

	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sde"
)

// bundle is a model file: the model, the schema of its table, the label
// combinations it was trained on, and where it came from.
type bundle struct {
	model      *nn.Model
	encoder    *datasets.Encoder
	labels     labelTable
	provenance checkpoints.Provenance
}

// file returns the checkpoint of the bundle.
func (b *bundle) file() (*checkpoints.File, error) {
	f := checkpoints.New(nn.Kind)
	if err := b.model.Encode(f); err != nil {
		return nil, err
	}
	return f, setAll(f, map[string]any{"schema": b.encoder.Schema(), "labels": b.labels, checkpoints.ProvenanceKey: b.provenance})
}

// loadBundle reads a model file and checks that its parts fit each other.
func loadBundle(path string) (*bundle, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	b := &bundle{}
	if b.model, err = nn.Decode(f); err != nil {
		return nil, err
	}
	var s datasets.Schema
	for _, kv := range []struct {
		key string
		v   any
	}{{"schema", &s}, {"labels", &b.labels}, {checkpoints.ProvenanceKey, &b.provenance}} {
		if err := f.JSON(kv.key, kv.v); err != nil {
			return nil, err
		}
	}
	b.encoder = datasets.NewEncoder(&s)
	if b.encoder.Dim() != b.model.Dim() {
		return nil, fmt.Errorf("%s: the schema has %d columns and the model %d: the file is damaged", path, b.encoder.Dim(), b.model.Dim())
	}
	if !slices.Equal(conditions(&s), b.model.Conds) {
		return nil, fmt.Errorf("%s: the schema and the model have different label columns: the file is damaged", path)
	}
	if err := b.labels.check(b.model.Conds); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// conditions are the model's conditions for the label columns of a schema.
func conditions(s *datasets.Schema) []nn.Condition {
	var cs []nn.Condition
	for _, name := range s.Labels() {
		cs = append(cs, nn.Condition{Name: name, Levels: len(s.Column(name).Levels)})
	}
	return cs
}

func scheduleName(s sde.Schedule) string {
	spec, err := sde.SpecOf(s)
	if err != nil {
		return fmt.Sprintf("%T", s)
	}
	return spec.String()
}
