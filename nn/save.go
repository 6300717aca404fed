package nn

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/sde"
)

// The kinds of checkpoints of a score model, of a classifier and of a regressor.
const (
	ModelKind      = "model"
	ClassifierKind = "classifier"
	RegressorKind  = "regressor"
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
	RowMoments      bool        `json:"row_moments,omitempty"`
	Schedule        sde.Spec    `json:"schedule"`
	Network         string      `json:"network,omitempty"` // of one's own

	// Of classifiers only.
	Label       *Condition `json:"label,omitempty"`
	Temperature float64    `json:"temperature,omitempty"`

	// Of regressors only.
	Number     *Condition `json:"number,omitempty"`
	Calibrated float64    `json:"calibrated_variance,omitempty"`
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

// Store adds the regressor to a checkpoint, as Model.Store does.
func (g *Regressor) Store(f *checkpoints.File) error {
	return encode(f, &g.inputs, g.Params, description{Number: &g.Number, Calibrated: g.factor()})
}

func encode(f *checkpoints.File, in *inputs, p *Params, d description) error {
	var err error
	if d.Schedule, err = sde.SpecOf(in.Sched); err != nil {
		return err
	}
	if in.own != nil {
		d.Network = in.own.Name
	}
	d.Net, d.Mean, d.Variance, d.Conditions = in.Net, in.mean, in.variance, in.Conds
	d.Categories, d.Conditional, d.Posterior = in.Cats, in.Conditionable, len(in.Cats) > 0 && !in.Raw
	d.FourierFeatures, d.LabelsRequired, d.RowMoments = in.fourier, in.LabelsRequired, in.RowMoments
	if err := f.SetJSON("model", d); err != nil {
		return err
	}
	for _, a := range p.Arrays {
		f.Arrays = append(f.Arrays, checkpoints.Array{Name: a.Name, Shape: a.Shape, F32: a.Data})
	}
	return nil
}

// FromCheckpoint returns the model of a checkpoint. It errs where the file holds
// another kind, or an array is missing or of the wrong shape. A network of one's own
// is the one of networks that has the name in the file; it errs, and says which name, if
// none has.
func FromCheckpoint(f *checkpoints.File, networks ...*Architecture) (*Model, error) {
	in, p, _, err := decode(f, ModelKind, networks...)
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
	if d.Label == nil || d.Label.Levels != in.Net.Out || d.Label.Levels < 2 {
		return nil, fmt.Errorf("nn: the file does not say what the classifier tells")
	}
	if !(d.Temperature >= 0 && d.Temperature <= math.MaxFloat32) {
		return nil, fmt.Errorf("nn: the classifier has a temperature of %v: it must be positive", d.Temperature)
	}
	return newClassifier(in, p, *d.Label, d.Temperature), nil
}

// RegressorFromCheckpoint returns the regressor of a checkpoint.
func RegressorFromCheckpoint(f *checkpoints.File) (*Regressor, error) {
	in, p, d, err := decode(f, RegressorKind)
	if err != nil {
		return nil, err
	}
	if d.Number == nil || in.Net.Out != gaussianOut || d.Number.check() != nil || d.Number.Levels != 0 || d.Number.Std == 0 {
		return nil, fmt.Errorf("nn: the file does not say of which number the regressor is")
	}
	if !(d.Calibrated > 0 && d.Calibrated <= math.MaxFloat32) {
		return nil, fmt.Errorf("nn: the regressor multiplies its variances by %v: it must be positive", d.Calibrated)
	}
	return newRegressor(in, p, *d.Number, d.Calibrated), nil
}

func decode(f *checkpoints.File, kind string, networks ...*Architecture) (in inputs, p *Params, d description, err error) {
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
	own, err := d.network(networks)
	if err != nil {
		return
	}
	in, err = Config{
		Network: own,
		Hidden:  d.Net.Hidden, Layers: d.Net.Layers, FiLM: d.Net.FiLM,
		Schedule: s, Mean: d.Mean, Variance: d.Variance, Conditions: d.Conditions,
		Categories: d.Categories, Conditional: d.Conditional, FourierFeatures: d.FourierFeatures, Raw: !d.Posterior, RowMoments: d.RowMoments, Encoder: d.Net.encoder(),
	}.inputs(d.Net.Out)
	if err != nil {
		return
	}
	in.LabelsRequired = d.LabelsRequired
	if kind == ModelKind && d.Net.Out != 0 || kind != ModelKind && len(d.Conditions) > 0 {
		err = fmt.Errorf("nn: the file describes no %s: it has an output of %d and %d conditions", kind, d.Net.Out, len(d.Conditions))
		return
	}
	if in.Net != d.Net {
		err = fmt.Errorf("nn: the file describes a network that this version does not build: %+v, want %+v", d.Net, in.Net)
		return
	}
	p, err = stored(f, &in)
	return
}

// network finds the network of one's own that the file names, nil for the built-in one.
func (d *description) network(networks []*Architecture) (*Architecture, error) {
	if d.Network == "" {
		return nil, nil
	}
	var names []string
	for _, a := range networks {
		if a.Name == d.Network {
			return a, nil
		}
		names = append(names, strconv.Quote(a.Name))
	}
	given := "none was given"
	if len(names) > 0 {
		given = "given were " + strings.Join(names, ", ")
	}
	return nil, fmt.Errorf("nn: the file has a network that is not built in, called %q, and %s: load it in a Go program that gives the nn.Architecture of that name", d.Network, given)
}

// stored takes the parameters of a network out of a file. Nothing is allocated by a size
// that the file only claims: its arrays come first.
func stored(f *checkpoints.File, in *inputs) (*Params, error) {
	net := in.Net
	if n := net.Layers + net.Encoder.Layers + net.Encoder.PointLayers; n >= len(f.Arrays) {
		return nil, fmt.Errorf("nn: the file describes a network of %d layers, and has %d arrays: it is damaged", n, len(f.Arrays))
	}
	names, shapes := in.arrays()
	data := make([][]float32, len(names))
	for i, name := range names {
		var err error
		if data[i], err = f.Float32s(name, shapes[i]...); err != nil {
			return nil, err
		}
	}
	if len(f.Arrays) != len(names) {
		return nil, fmt.Errorf("nn: the file has %d arrays, and describes a network of %d: it is damaged", len(f.Arrays), len(names))
	}
	p := newParams(names, shapes)
	for i := range data {
		copy(p.Arrays[i].Data, data[i])
	}
	return p, nil
}

// arrays are the names and shapes of the parameters.
func (m *inputs) arrays() (names []string, shapes [][]int) {
	if m.own == nil {
		return m.Net.arrays()
	}
	for _, p := range m.own.params {
		names, shapes = append(names, p.name), append(shapes, p.shape)
	}
	return names, shapes
}

// Load reads a model from a checkpoint file. Networks are those of one's own that it may
// have: see FromCheckpoint.
func Load(path string, networks ...*Architecture) (*Model, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	return FromCheckpoint(f, networks...)
}
