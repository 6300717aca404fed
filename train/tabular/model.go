package tabular

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Model is a trained model of a table: a network, the encoding of the table's
// rows, the joint law of the label columns, and where all of it came from. Its
// methods may be called concurrently.
type Model struct {
	net        *network
	codec      *datasets.Codec
	wide       *datasets.Codec // codec, with numbers beyond the seen range kept apart
	blocks     []datasets.Block
	open       bool // numbers may leave the range that was seen
	labels     labelTable
	provenance checkpoints.Provenance
	levels     *sde.Levels // of discrete training; nil for continuous time
	pca        *sample.PCA // that the network lives on; nil for encoded rows
	student    *student    // of a distilled model; nil for others
}

// entries are what a model file holds beside the network; checkpoints/doc.go lists all
// keys.
func (m *Model) entries(table *datasets.Metadata) []entry {
	return []entry{{"table", table}, {"open", &m.open}, {"labels", &m.labels}, {checkpoints.ProvenanceKey, &m.provenance}}
}

// Load reads a model file, or the model as it stood in the state of a training run, and
// checks that its parts fit each other. Networks are those of one's own that it may have
// (Options.Network): see nn.FromCheckpoint.
func Load(path string, networks ...*nn.Architecture) (*Model, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	m, err := FromCheckpoint(f, networks...)
	if err != nil && !strings.HasPrefix(err.Error(), path+": ") {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return m, err
}

// FromCheckpoint takes a model out of a checkpoint. Networks are those of Load.
func FromCheckpoint(f *checkpoints.File, networks ...*nn.Architecture) (*Model, error) {
	f, err := result(f)
	if err != nil {
		return nil, err
	}
	net, err := nn.FromCheckpoint(f, networks...)
	if err != nil {
		return nil, err
	}
	m := &Model{net: &network{Model: net}}
	var table datasets.Metadata
	if err := read(f, m.entries(&table)); err != nil {
		return nil, err
	}
	if m.levels, err = readLevels(f, net.Sched); err != nil {
		return nil, err
	}
	if m.student, err = readStudent(f); err != nil {
		return nil, err
	}
	if m.provenance.Config["condition-dropout"] == "0" { // files of before say it here alone
		net.LabelsRequired = true
	}
	if m.codec, err = datasets.NewCodec(&table, m.open); err != nil {
		return nil, fmt.Errorf("%w: the file is damaged", err)
	}
	if err := m.prepare(); err != nil {
		return nil, err
	}
	if m.pca, err = readLatent(f, m.codec.Dim(), net.Dim()); err != nil {
		return nil, err
	}
	if m.pca == nil && m.codec.Dim() != net.Dim() {
		return nil, fmt.Errorf("the table has %d positions and the model %d: the file is damaged", m.codec.Dim(), net.Dim())
	}
	if !slices.EqualFunc(conditions(&table), net.Conds, sameCondition) {
		return nil, fmt.Errorf("the table and the model have different conditions: the file is damaged")
	}
	if text, ok := m.provenance.Config["dropout"]; ok {
		if v, err := strconv.ParseFloat(text, 64); err != nil || !(v >= 0 && v < 1) {
			return nil, fmt.Errorf("the provenance has a dropout of %.20q, which is no share from 0 to below 1: the file is damaged", text)
		}
	}
	return m, m.labels.check(net.Conds)
}

// File returns the checkpoint of the model.
func (m *Model) File() (*checkpoints.File, error) {
	if m.net.mean != nil {
		return nil, errEnsemble
	}
	f := checkpoints.New(nn.ModelKind)
	if err := m.net.Store(f); err != nil {
		return nil, err
	}
	if m.levels != nil {
		if err := f.SetJSON(levelsKey, m.levels); err != nil {
			return nil, err
		}
	}
	if m.student != nil {
		if err := f.SetJSON(studentKey, m.student); err != nil {
			return nil, err
		}
	}
	if err := writeLatent(f, m.pca); err != nil {
		return nil, err
	}
	return f, write(f, m.entries(m.codec.Metadata()))
}

// Save writes the model to a file, which is replaced whole or not at all.
func (m *Model) Save(path string) error {
	f, err := m.File()
	if err != nil {
		return err
	}
	return checkpoints.Save(path, f)
}

// entry is a value of a checkpoint that is stored as JSON.
type entry struct {
	key   string
	value any
}

func read(f *checkpoints.File, entries []entry) error {
	for _, e := range entries {
		if err := f.JSON(e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

func write(f *checkpoints.File, entries []entry) error {
	for _, e := range entries {
		if err := f.SetJSON(e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

// prepare fills in what follows from the codec.
func (m *Model) prepare() (err error) {
	m.blocks = m.codec.Blocks()
	m.wide, err = datasets.NewCodec(m.codec.Metadata(), true)
	return err
}

// Network is the denoiser of encoded rows; of an ensemble that of its first member.
func (m *Model) Network() *nn.Model { return m.net.Model }

// Codec encodes rows of the table.
func (m *Model) Codec() *datasets.Codec { return m.codec }

// Metadata says what the columns of the table are.
func (m *Model) Metadata() *datasets.Metadata { return m.codec.Metadata() }

// Provenance says how the model was trained.
func (m *Model) Provenance() checkpoints.Provenance { return m.provenance }

// Extrapolates reports whether numbers may leave the range that was seen in
// training, as those of a law with known support do.
func (m *Model) Extrapolates() bool { return m.open }

// Imputes reports whether the model was trained with parts of its rows given, so
// that any columns can be given, and missing cells filled.
func (m *Model) Imputes() bool { return m.net.Conditionable }

// Schedule is the specification of the model's noise schedule, as
// "vp:beta_min=0.1,beta_max=20".
func (m *Model) Schedule() string { return scheduleName(m.net.Sched) }

func scheduleName(s sde.Schedule) string {
	spec, err := sde.SpecOf(s)
	if err != nil {
		return fmt.Sprintf("%T", s)
	}
	return spec.String()
}

// HasCategories reports whether the model generates categories, missing cells or
// frequent single values, beside numbers.
func (m *Model) HasCategories() bool {
	return slices.ContainsFunc(m.blocks, func(k datasets.Block) bool { return k.Kind == datasets.Category })
}

// Columns are the names of the columns that can be given: label columns first.
func (m *Model) Columns() []string {
	names := conditionNames(m.codec.Metadata())
	for _, k := range m.blocks {
		if len(names) == 0 || names[len(names)-1] != k.Column {
			names = append(names, k.Column)
		}
	}
	return names
}

// Units stores encoded rows, all of whose positions are numbers, in units of the
// table: n×d each.
func (m *Model) Units(dst, x *mat.Dense) {
	n, d := x.Dims()
	for i := range n {
		for j := range d {
			v, _ := m.codec.ToValue(j, x.At(i, j))
			dst.Set(i, j, v)
		}
	}
}

// dropout is the share of the hidden units that training left out, 0 for none.
func (m *Model) dropout() float64 {
	share, _ := strconv.ParseFloat(m.provenance.Config["dropout"], 64) // loading checks it
	return share
}

// conditions are the model's conditions for those of a table.
func conditions(m *datasets.Metadata) []nn.Condition {
	var cs []nn.Condition
	for _, f := range m.Conditions() {
		cs = append(cs, nn.Condition{Name: f.Name, Levels: len(f.Levels)})
	}
	return cs
}

// conditionNames are the names of the label columns.
func conditionNames(m *datasets.Metadata) []string {
	var names []string
	for _, f := range m.Conditions() {
		names = append(names, f.Name)
	}
	return names
}

// unknown is an encoded row of which nothing is known.
func unknown(dim int) []float64 {
	row := make([]float64, dim)
	for j := range row {
		row[j] = math.NaN()
	}
	return row
}
