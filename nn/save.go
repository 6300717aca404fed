package nn

import (
	"fmt"

	"tweedie/checkpoints"
	"tweedie/sde"
)

// The kinds of checkpoints of a score model and of a classifier.
const (
	ModelKind      = "model"
	ClassifierKind = "classifier"
)

// description is what a file says of a model beside its arrays.
type description struct {
	Net             MLP         `json:"net"`
	Mean            []float64   `json:"mean"`
	Variance        []float64   `json:"variance"`
	Conditions      []Condition `json:"conditions,omitempty"`
	Categories      []Category  `json:"categories,omitempty"`
	Posterior       bool        `json:"posterior,omitempty"` // not Config.Raw, which older models are
	FourierFeatures int         `json:"waves,omitempty"`
	Conditional     bool        `json:"parts,omitempty"`
	LabelsRequired  bool        `json:"labels_required,omitempty"`
	Schedule        sde.Spec    `json:"schedule"`

	// Of classifiers only.
	Label       *Condition `json:"label,omitempty"`
	Temperature float64    `json:"temperature,omitempty"`
}

// Store adds the model to a checkpoint: its description under "model" in the
// metadata, its parameters as arrays of their names.
func (m *Model) Store(f *checkpoints.File) error {
	return encode(f, &m.inputs, m.Params, description{})
}

// Store adds the classifier to a checkpoint, as Model.Store does.
func (c *Classifier) Store(f *checkpoints.File) error {
	return encode(f, &c.inputs, c.Params, description{Label: &c.Label, Temperature: c.temperature()})
}

func encode(f *checkpoints.File, in *inputs, p *Params, d description) error {
	var err error
	if d.Schedule, err = sde.SpecOf(in.Sched); err != nil {
		return err
	}
	d.Net, d.Mean, d.Variance, d.Conditions = in.Net, in.mean, in.variance, in.Conds
	d.Categories, d.Conditional, d.Posterior = in.Cats, in.Conditionable, len(in.Cats) > 0 && !in.Raw
	d.FourierFeatures, d.LabelsRequired = in.fourier, in.LabelsRequired
	if err := f.SetJSON("model", d); err != nil {
		return err
	}
	for _, a := range p.Arrays {
		f.Arrays = append(f.Arrays, checkpoints.Array{Name: a.Name, Shape: a.Shape, F32: a.Data})
	}
	return nil
}

// FromCheckpoint returns the model of a checkpoint. It errs where the file holds
// another kind, or an array is missing or of the wrong shape.
func FromCheckpoint(f *checkpoints.File) (*Model, error) {
	in, p, _, err := decode(f, ModelKind)
	if err != nil {
		return nil, err
	}
	return newModel(in, p), nil
}

// ClassifierFromCheckpoint returns the classifier of a checkpoint.
func ClassifierFromCheckpoint(f *checkpoints.File) (*Classifier, error) {
	in, p, d, err := decode(f, ClassifierKind)
	if err != nil {
		return nil, err
	}
	if d.Label == nil || d.Label.Levels != in.Net.Out {
		return nil, fmt.Errorf("nn: the file does not say what the classifier tells")
	}
	return newClassifier(in, p, *d.Label, d.Temperature), nil
}

func decode(f *checkpoints.File, kind string) (in inputs, p *Params, d description, err error) {
	if err = f.CheckKind(kind); err != nil {
		return
	}
	if err = f.JSON("model", &d); err != nil {
		return
	}
	s, err := d.Schedule.Schedule()
	if err != nil {
		return
	}
	in, err = Config{
		Hidden: d.Net.Hidden, Layers: d.Net.Layers, FiLM: d.Net.FiLM,
		Schedule: s, Mean: d.Mean, Variance: d.Variance, Conditions: d.Conditions,
		Categories: d.Categories, Conditional: d.Conditional, FourierFeatures: d.FourierFeatures, Raw: !d.Posterior,
	}.inputs(d.Net.Out)
	if err != nil {
		return
	}
	in.LabelsRequired = d.LabelsRequired
	if in.Net != d.Net {
		err = fmt.Errorf("nn: the file describes a network that this version does not build: %+v, want %+v", d.Net, in.Net)
		return
	}
	p = in.Net.alloc()
	for _, a := range p.Arrays {
		data, err := f.Float32s(a.Name, a.Shape...)
		if err != nil {
			return in, nil, d, err
		}
		copy(a.Data, data)
	}
	return in, p, d, nil
}

// Load reads a model from a checkpoint file.
func Load(path string) (*Model, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	return FromCheckpoint(f)
}
