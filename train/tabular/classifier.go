package tabular

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// Classifier tells the labels of noised rows, or the law of a number given them, for
// the guidance of a model. It is trained on the model's schedule and in the model's
// encoding, both of which its file repeats, so that a mismatch is found when they are
// used together.
type Classifier struct {
	net        *nn.Classifier
	levels     []string
	number     *nn.Regressor      // instead of net and levels
	column     *datasets.Metadata // the one of the number
	table      *datasets.Metadata // of the model
	provenance checkpoints.Provenance
	path       string // that it was read from, which errors name; may be empty
}

// entries are what a classifier file holds beside the network.
func (c *Classifier) entries() []entry {
	if c.number != nil {
		return []entry{{"table", c.table}, {"column", c.column}, {checkpoints.ProvenanceKey, &c.provenance}}
	}
	return []entry{{"table", c.table}, {"levels", &c.levels}, {checkpoints.ProvenanceKey, &c.provenance}}
}

// LoadClassifier reads a classifier file, or the classifier as it stood in the state of a
// training run.
func LoadClassifier(path string) (*Classifier, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	if f, err = result(f); err != nil {
		return nil, err
	}
	c := &Classifier{table: new(datasets.Metadata), path: path}
	if f.Kind() == nn.RegressorKind {
		c.column = new(datasets.Metadata)
		c.number, err = nn.RegressorFromCheckpoint(f)
	} else {
		c.net, err = nn.ClassifierFromCheckpoint(f)
	}
	if err != nil {
		return nil, err
	}
	if err := read(f, c.entries()); err != nil {
		return nil, err
	}
	if err := c.checkTold(); err != nil {
		return nil, fmt.Errorf("%s: %w: the file is damaged", path, err)
	}
	codec, err := datasets.NewCodec(c.table, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: the file is damaged", path, err)
	}
	if dim := c.network().Dim(); codec.Dim() != dim {
		return nil, fmt.Errorf("%s: the table has %d positions and the classifier %d: the file is damaged", path, codec.Dim(), dim)
	}
	return c, nil
}

// File returns the checkpoint of the classifier.
func (c *Classifier) File() (*checkpoints.File, error) {
	kind := nn.ClassifierKind
	if c.number != nil {
		kind = nn.RegressorKind
	}
	f := checkpoints.New(kind)
	if err := c.network().Store(f); err != nil {
		return nil, err
	}
	return f, write(f, c.entries())
}

// Save writes the classifier to a file, which is replaced whole or not at all.
func (c *Classifier) Save(path string) error {
	f, err := c.File()
	if err != nil {
		return err
	}
	return checkpoints.Save(path, f)
}

// Provenance says how the classifier was trained.
func (c *Classifier) Provenance() checkpoints.Provenance { return c.provenance }

// Levels are the names of the labels, nil of a number.
func (c *Classifier) Levels() []string { return c.levels }

// fits errs unless the classifier has the schedule and the encoding of a model.
func (c *Classifier) fits(m *Model) error {
	who := strings.TrimSpace("the classifier " + c.path)
	if have, want := scheduleName(c.network().Schedule()), m.Schedule(); have != want {
		return fmt.Errorf("%s was trained under %s and the model under %s: train it like that model", who, have, want)
	}
	if !sameEncoding(c.table, m.codec.Metadata()) {
		return fmt.Errorf("%s was trained like a model of other columns or of other scales: train it like that model", who)
	}
	return nil
}

// of binds the classifier to a label, or a number.
func (c *Classifier) of(label string) (sde.ClassScore, error) {
	if c.number != nil {
		return c.ofNumber(label)
	}
	k := slices.Index(c.levels, label)
	if k < 0 {
		return nil, bad("class", "%q: the classifier knows %s", label, strings.Join(c.levels, ", "))
	}
	return c.net.Of(k)
}

// sameEncoding tells whether two tables have the same encoded rows.
func sameEncoding(a, b *datasets.Metadata) bool {
	encoded := func(m *datasets.Metadata) (fs []datasets.Field) {
		for _, f := range m.Columns {
			if !f.Condition && f.Modeled() {
				fs = append(fs, f)
			}
		}
		return fs
	}
	return reflect.DeepEqual(encoded(a), encoded(b))
}

// FitClassifier trains a classifier of a label column, on the schedule and in the
// encoding of the model to guide, which must not generate that column. Options may be nil.
func (m *Model) FitClassifier(ctx context.Context, table datasets.Source, label string, o *Options) (*Classifier, error) {
	data, err := m.ReadClassifierData(table, label)
	if err != nil {
		return nil, err
	}
	t, err := m.NewClassifierTraining(data, label, o)
	if err != nil {
		return nil, err
	}
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	return t.Classifier()
}

// ReadClassifierData reads a table as the model reads it, with one more column of
// labels if it has none of that name.
func (m *Model) ReadClassifierData(table datasets.Source, label string) (*TrainingData, error) {
	names, err := m.classifierLabels(label)
	if err != nil {
		return nil, err
	}
	infer := &datasets.InferOptions{Metadata: m.codec.Metadata()}
	var untold []string
	if infer.Metadata.Field(label) == nil {
		untold = []string{label}
	}
	d := &TrainingData{Name: table.Name()}
	if d.Cells, err = readTyped(table, infer, names, untold); err != nil {
		return nil, err
	}
	d.Digest, err = digest(table.Name())
	return d, err
}

// classifierLabels are the label columns of the model, and that of the classifier.
func (m *Model) classifierLabels(label string) ([]string, error) {
	f := m.codec.Metadata().Field(label)
	if f != nil && !f.Condition {
		return nil, bad("classifier", "%s: the model generates this column itself: condition on it instead, or train the model without it", label)
	}
	names := conditionNames(m.codec.Metadata())
	if f == nil {
		names = append(names, label)
	}
	return names, nil
}

// NewClassifierTraining prepares the training of a classifier of a label column of
// the data, whose cells it takes as NewTraining does, and which it encodes as the model
// does. Schedule and Conditions of the options, which may be nil, must be empty.
func (m *Model) NewClassifierTraining(data *TrainingData, label string, o *Options) (*Training, error) {
	if o == nil {
		o = &Options{}
	}
	if data.Cells == nil {
		return nil, errNoCells
	}
	if o.Schedule != "" || len(o.Conditions) > 0 {
		return nil, bad("classifier", "takes schedule and columns from the model: leave them away")
	}
	if o.Network != nil {
		return nil, bad("classifier", "has the built-in network: leave Network away")
	}
	if o.Conditional > 0 || o.NeighborMixup > 0 {
		return nil, bad("classifier", "is trained on whole rows: leave conditional-share and neighbor-mixup away")
	}
	if _, err := m.classifierLabels(label); err != nil {
		return nil, err
	}
	table := *data.Cells.Metadata()
	table.Columns = slices.Clone(table.Columns)
	for j := range table.Columns {
		if f := m.codec.Metadata().Field(table.Columns[j].Name); f != nil {
			table.Columns[j] = *f
		} else if c := &table.Columns[j]; c.Name != label && c.Modeled() {
			return nil, bad("classifier", "%s: the table has the column %s, which the model to guide was trained without: give the columns of the model and that of the classifier alone", label, c.Name)
		}
	}
	if err := scaleNumber(&table, data.Cells, label); err != nil {
		return nil, err
	}
	d := *data
	var err error
	if d.Codec, err = datasets.NewCodec(&table, m.open); err != nil {
		return nil, err
	}
	if err := m.noStudent("it cannot be guided"); err != nil {
		return nil, err
	}
	if err := m.noLatent("there is no classifier of those: train the model with the label as a condition"); err != nil {
		return nil, bad("classifier", "%w", err)
	}
	if o.Latent != "" {
		return nil, bad("latent", "is for models: a classifier sees encoded rows")
	}
	if o.Levels != nil {
		return nil, bad("levels", "are for models: a classifier is needed at every time")
	}
	t := &Training{data: &d, set: settings(*o), like: m, label: label, all: d.Cells.Rows()}
	t.set.Schedule = scheduleName(m.net.Sched)
	t.set.fill(classifierDefaults(), 0)
	t.set.fill(Options{}, lawSteps(t.all, t.set.Batch))
	if err := t.configure(); err != nil {
		return nil, err
	}
	_, column := t.labelField()
	t.split(func(r tableRows) train.Rows { return classRows{r, column} })
	data.Cells = nil
	t.data.Cells = nil // the run has its own
	return t, nil
}

// labelField is the column that the classifier tells, and where it is.
func (t *Training) labelField() (*datasets.Field, int) {
	m := t.data.Codec.Metadata()
	for j := range m.Columns {
		if m.Columns[j].Name == t.label {
			return &m.Columns[j], j
		}
	}
	panic("tabular: no label column") // reading has found it
}

// newClassifier takes moments from the model to guide: the encoding is its own,
// and its inputs should look alike to both.
func (t *Training) newClassifier() (nn.Trainable, error) {
	mean, variance := t.like.net.Moments()
	f, _ := t.labelField()
	c := nn.Config{
		Hidden: t.set.Hidden, Layers: t.set.Layers, FiLM: t.set.FiLM, Schedule: t.sched,
		Mean: mean, Variance: variance, Categories: t.like.net.Cats, FourierFeatures: t.set.FourierFeatures, Seed: t.set.Seed,
	}
	if f.IsNumber() {
		return nn.NewRegressor(c, nn.Condition{Name: f.Name, Mean: f.Map.Mean, Std: f.Map.Std})
	}
	return nn.NewClassifier(c, nn.Condition{Name: f.Name, Levels: len(f.Levels)})
}

// Classifier is the classifier as it stands, calibrated on the held-out rows.
func (t *Training) Classifier() (*Classifier, error) {
	if g, ok := t.trainer.Result().(*nn.Regressor); ok {
		return t.regressor(g)
	}
	c := t.trainer.Result().(*nn.Classifier)
	if held := t.trainer.HeldOut(); held != nil {
		var err error
		if c, err = c.Calibrate(held...); err != nil {
			return nil, err
		}
	}
	f, _ := t.labelField()
	var levels []string
	for _, l := range f.Levels {
		levels = append(levels, l.Name)
	}
	return &Classifier{net: c, levels: levels, table: t.like.codec.Metadata(), provenance: t.provenance()}, nil
}
