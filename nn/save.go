package nn

import (
	"fmt"

	"tweedie/checkpoints"
	"tweedie/sde"
)

// Kind is the checkpoint kind of a score model.
const Kind = "model"

// description is what a file says of a model beside its arrays.
type description struct {
	Net        MLP         `json:"net"`
	Mean       []float64   `json:"mean"`
	Variance   []float64   `json:"variance"`
	Conditions []Condition `json:"conditions,omitempty"`
	Schedule   sde.Spec    `json:"schedule"`
}

// Encode adds the model to a checkpoint: its description under "model" in the
// metadata, its parameters as arrays of their names.
func (m *Model) Encode(f *checkpoints.File) error {
	spec, err := sde.SpecOf(m.Sched)
	if err != nil {
		return err
	}
	if err := f.SetJSON("model", description{m.Net, m.mean, m.variance, m.Conds, spec}); err != nil {
		return err
	}
	for _, a := range m.Params.Arrays {
		f.Arrays = append(f.Arrays, checkpoints.Array{Name: a.Name, Shape: a.Shape, F32: a.Data})
	}
	return nil
}

// Decode returns the model of a checkpoint. It errs where the file holds
// another kind, or an array is missing or of the wrong shape.
func Decode(f *checkpoints.File) (*Model, error) {
	if err := f.CheckKind(Kind); err != nil {
		return nil, err
	}
	var d description
	if err := f.JSON("model", &d); err != nil {
		return nil, err
	}
	s, err := d.Schedule.Schedule()
	if err != nil {
		return nil, err
	}
	m, err := New(Config{
		Hidden: d.Net.Hidden, Layers: d.Net.Layers, FiLM: d.Net.FiLM,
		Schedule: s, Mean: d.Mean, Variance: d.Variance, Conditions: d.Conditions,
	})
	if err != nil {
		return nil, err
	}
	if m.Net != d.Net {
		return nil, fmt.Errorf("nn: the file describes a network that this version does not build: %+v, want %+v", d.Net, m.Net)
	}
	for _, a := range m.Params.Arrays {
		data, err := f.Float32s(a.Name, a.Shape...)
		if err != nil {
			return nil, err
		}
		copy(a.Data, data)
	}
	return m, nil
}

// Load reads a model from a checkpoint file.
func Load(path string) (*Model, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	return Decode(f)
}
