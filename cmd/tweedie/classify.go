package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

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
	table      *datasets.Metadata // of the model
	provenance checkpoints.Provenance
}

func (b *classifierBundle) file() (*checkpoints.File, error) {
	f := checkpoints.New(nn.ClassifierKind)
	if err := b.classifier.Encode(f); err != nil {
		return nil, err
	}
	return f, setAll(f, map[string]any{"table": b.table, "levels": b.levels, checkpoints.ProvenanceKey: b.provenance})
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
	b := &classifierBundle{table: new(datasets.Metadata)}
	if b.classifier, err = nn.DecodeClassifier(f); err != nil {
		return nil, err
	}
	for k, v := range map[string]any{"table": b.table, "levels": &b.levels, checkpoints.ProvenanceKey: &b.provenance} {
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
	if !sameEncoding(b.table, m.codec.Metadata()) {
		return fmt.Errorf("the classifier was trained like a model of other columns or of other scales: train it with --like that model")
	}
	return nil
}

// sameEncoding tells whether two tables have the same encoded rows.
func sameEncoding(a, b *datasets.Metadata) bool {
	encoded := func(m *datasets.Metadata) (fs []datasets.Field) {
		for _, f := range m.Columns {
			if !f.Condition && f.Type != datasets.TypeConstant && f.Type != datasets.TypeIdentifier {
				fs = append(fs, f)
			}
		}
		return fs
	}
	return reflect.DeepEqual(encoded(a), encoded(b))
}

// open reads the data of the run. That of a classifier is encoded as the model
// to guide encodes it.
func (s *session) open() (*source, error) {
	if s.like == nil {
		return s.app.openSource(s.o, s.o.conditions)
	}
	if s.o.table.said() {
		return nil, badUsage("--classifier reads its table as --like was read: leave --metadata, --type, --date-format and --missing away")
	}
	table := s.like.codec.Metadata()
	if f := table.Field(s.o.classifier); f != nil && !f.Condition {
		return nil, badUsage("--classifier %s: the model of --like generates this column itself: give it with sample --given, or train the model without it", s.o.classifier)
	}
	names := conditionNames(table)
	if table.Field(s.o.classifier) == nil {
		names = append(names, s.o.classifier)
	}
	src, err := s.labelled(names)
	if err != nil {
		return nil, err
	}
	m := *src.cells.Metadata()
	m.Columns = slices.Clone(m.Columns)
	for j := range m.Columns {
		if f := table.Field(m.Columns[j].Name); f != nil {
			m.Columns[j] = *f
		}
	}
	src.codec, err = datasets.NewCodec(&m, s.like.open)
	return src, err
}

// labelled reads the table of a classifier.
func (s *session) labelled(names []string) (*source, error) {
	if law, ok := strings.CutPrefix(s.o.data, toyPrefix); ok {
		return toySource(law, names, s.o.toyRows, s.app.seed)
	}
	src, err := datasets.OpenTable(s.o.data)
	if err != nil {
		return nil, err
	}
	opts := &datasets.InferOptions{Metadata: s.like.codec.Metadata()}
	if opts.Metadata.Field(s.o.classifier) == nil {
		opts.Types = map[string]datasets.Type{s.o.classifier: datasets.TypeCategorical}
	}
	m, err := datasets.Infer(src, opts)
	if err != nil {
		return nil, err
	}
	if err := m.SetConditions(names); err != nil {
		return nil, inFile(s.o.data, err)
	}
	t := &source{name: s.o.data}
	if t.cells, err = datasets.ReadCells(src, m); err != nil {
		return nil, err
	}
	t.digest, err = fileDigest(s.o.data)
	return t, err
}

// classRows are rows whose one condition is the label that a classifier tells.
type classRows struct {
	tableRows
	column int // of the label
}

// Read implements train.Rows.
func (r classRows) Read(x, c *mat.Dense, idx []int, pass uint64) {
	r.tableRows.Read(x, nil, idx, pass)
	for k, i := range idx {
		c.Set(k, 0, float64(r.cells.Level(i, r.column)))
	}
}

// label is the column that the classifier tells, and where it is.
func (s *session) label() (*datasets.Field, int) {
	m := s.src.codec.Metadata()
	for j := range m.Columns {
		if m.Columns[j].Name == s.o.classifier {
			return &m.Columns[j], j
		}
	}
	panic("tweedie: no label column") // open has found it
}

// newClassifier takes moments from the model to guide: the encoding is its own,
// and its inputs should look alike to both.
func (s *session) newClassifier() (*nn.Classifier, error) {
	mean, variance := s.like.model.Moments()
	f, _ := s.label()
	return nn.NewClassifier(nn.Config{
		Hidden: s.o.hidden, Layers: s.o.layers, FiLM: s.o.film, Schedule: s.sched,
		Mean: mean, Variance: variance, Categories: s.like.model.Cats, Waves: s.o.waves, Seed: s.app.seed,
	}, nn.Condition{Name: f.Name, Levels: len(f.Levels)})
}

// classifierFile is the checkpoint of the classifier, calibrated on the
// held-out rows.
func (s *session) classifierFile(t *train.Trainer) (*checkpoints.File, error) {
	c := t.Result().(*nn.Classifier)
	if held := t.HeldOut(); held != nil {
		var err error
		if c, err = c.Calibrate(held...); err != nil {
			return nil, err
		}
	}
	f, _ := s.label()
	var levels []string
	for _, l := range f.Levels {
		levels = append(levels, l.Name)
	}
	b := &classifierBundle{c, levels, s.like.codec.Metadata(), s.provenance(t)}
	return b.file()
}
