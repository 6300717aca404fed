package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/toy"
)

// source is the data of a training run.
type source struct {
	name   string
	digest string          // SHA-256 of the file
	cells  *datasets.Cells // nil once they have been split
	rows   int             // what is known of them then
	notes  []string
	codec  *datasets.Codec
	law    *toy.Law // nil for a file
}

// release lets go of the cells, of which training has its own.
func (s *source) release() {
	s.rows, s.notes, s.cells = s.cells.Rows(), s.cells.Notes(), nil
}

const toyPrefix = "toy:"

// tableFlags say how a table is read.
type tableFlags struct {
	metadata string
	types    []string
	formats  []string
	missing  []string
	encoding string
}

// said tells whether anything is said of the columns.
func (o *tableFlags) said() bool {
	return o.metadata != "" || len(o.types)+len(o.formats)+len(o.missing) > 0
}

// encodings are the maps of numbers, by name.
var encodings = []string{"auto", "quantile", "standard"}

func (o *tableFlags) fit() *datasets.FitOptions {
	switch o.encoding {
	case "quantile":
		return &datasets.FitOptions{SmallTable: -1}
	case "standard":
		return &datasets.FitOptions{Knots: -1, KeepAtoms: true}
	default:
		return &datasets.FitOptions{}
	}
}

// infer returns the options of the flags, with the columns called categorical
// being so.
func (o *tableFlags) infer(categorical []string) (*datasets.InferOptions, error) {
	opts := &datasets.InferOptions{Types: map[string]datasets.Type{}, Formats: map[string]string{}}
	for _, c := range categorical {
		opts.Types[c] = datasets.TypeCategorical
	}
	for _, s := range o.types {
		i := strings.LastIndexByte(s, '=')
		if i < 0 {
			return nil, badUsage("--type %q: give COLUMN=TYPE", s)
		}
		t, err := datasets.ParseType(s[i+1:])
		if err != nil {
			return nil, badUsage("--type %q: %w", s, err)
		}
		opts.Types[s[:i]] = t
	}
	for _, s := range o.formats {
		i := strings.LastIndexByte(s, '=')
		if i < 0 || !showsTime(s[i+1:]) {
			return nil, badUsage("--date-format %q: give COLUMN=FORMAT, the format as 15:04:05 on 2 January 2006 would be written, as in born=02.01.2006", s)
		}
		opts.Formats[s[:i]] = s[i+1:]
	}
	if o.metadata != "" {
		m, err := readMetadata(o.metadata)
		if err != nil {
			return nil, err
		}
		opts.Metadata = m
	}
	if len(o.missing) > 0 {
		known := datasets.DefaultMissing()
		if m := opts.Metadata; m != nil && m.Missing != nil {
			known = m.Missing
		}
		opts.Missing = append(slices.Clone(known), o.missing...)
	}
	return opts, nil
}

// showsTime tells whether two times differ in a format.
func showsTime(layout string) bool {
	a, b := time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC), time.Date(1987, 12, 31, 23, 59, 58, 0, time.UTC)
	return a.Format(layout) != b.Format(layout)
}

// readTable reads a file: what its columns are, and its cells.
func (o *tableFlags) readTable(path string, conditions []string) (*datasets.Cells, error) {
	src, err := datasets.OpenTable(path)
	if err != nil {
		return nil, err
	}
	opts, err := o.infer(conditions)
	if err != nil {
		return nil, err
	}
	m, err := datasets.Infer(src, opts)
	if err != nil {
		return nil, inFile(path, err)
	}
	if err := m.SetConditions(conditions); err != nil {
		return nil, inFile(path, err)
	}
	return datasets.ReadCells(src, m)
}

// inFile names the file in an error about a table.
func inFile(path string, err error) error {
	if e, ok := err.(*datasets.Error); ok && e.File == "" {
		e.File = path
	}
	return err
}

// openSource reads the data that --data names. A toy law becomes a table of
// rows drawn from it.
func (a *app) openSource(o *trainFlags, conditions []string) (*source, error) {
	if law, ok := strings.CutPrefix(o.data, toyPrefix); ok {
		if o.table.said() {
			return nil, badUsage("--metadata, --type, --date-format and --missing are for tables: a toy law has two columns of numbers")
		}
		return toySource(law, conditions, o.toyRows, a.seed)
	}
	cells, err := o.table.readTable(o.data, conditions)
	if err != nil {
		return nil, err
	}
	s := &source{name: o.data, cells: cells}
	if s.codec, err = datasets.Fit(cells, o.table.fit()); err != nil {
		return nil, inFile(o.data, err)
	}
	if s.codec.Dim() == 0 {
		return nil, fmt.Errorf("%s: no column to learn: all are constant, identifiers or conditions", o.data)
	}
	s.digest, err = fileDigest(o.data)
	return s, err
}

// toyLabel is the label column of a toy law: the class of a row, as which of
// the eight Gaussians it is from.
const toyLabel = "class"

// toySource returns rows of a law in the plane, of which nothing is rounded or
// clipped.
func toySource(name string, conditions []string, rows int, seed uint64) (*source, error) {
	law, err := toy.Lookup(name)
	if err != nil {
		return nil, usage{err}
	}
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: rows, Missing: datasets.DefaultMissing()}
	for _, c := range law.Columns() {
		m.Columns = append(m.Columns, datasets.Field{Name: c, Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: datasets.Shortest}})
	}
	for _, c := range conditions {
		if c != toyLabel || len(conditions) > 1 {
			return nil, badUsage("--condition %s: a toy law has one label column, %s", strings.Join(conditions, ","), toyLabel)
		}
		f := datasets.Field{Name: c, Type: datasets.TypeCategorical, Condition: true}
		for k := range law.Classes() {
			f.Levels = append(f.Levels, datasets.Level{Name: strconv.Itoa(k)})
		}
		m.Columns = append(m.Columns, f)
	}
	s := &source{name: toyPrefix + name, law: &law, cells: toyCells(&law, m, rows, seed)}
	s.codec, err = datasets.Fit(s.cells, &datasets.FitOptions{Knots: -1, KeepAtoms: true, Extrapolate: true})
	return s, err
}

// toyCells draws rows of a law as a table of metadata m.
func toyCells(law *toy.Law, m *datasets.Metadata, rows int, seed uint64) *datasets.Cells {
	c := datasets.NewCells(m, rows)
	x, class := mat.NewDense(rows, 2, nil), make([]float64, rows)
	law.Sample(x, seed, 0)
	names := law.Columns()
	for j := range m.Columns {
		at := slices.Index(names, m.Columns[j].Name)
		if at < 0 {
			law.Labels(class, seed, 0)
		}
		for i := range rows {
			if at >= 0 {
				c.SetNumber(i, j, x.At(i, at))
			} else {
				c.SetLevel(i, j, int(class[i]))
			}
		}
	}
	return c
}

// cellsToScore reads rows for a model, or draws them from a toy law with
// another seed than training's.
func (a *app) cellsToScore(b *bundle, in string) (*datasets.Cells, error) {
	m := b.codec.Metadata()
	if !strings.HasPrefix(in, toyPrefix) {
		src, err := datasets.OpenTable(in)
		if err != nil {
			return nil, err
		}
		c, err := datasets.ReadCells(src, m)
		if err != nil {
			return nil, err
		}
		if err := whole(b, c, in); err != nil {
			return nil, err
		}
		for _, n := range c.Notes() {
			a.log.Warn(n)
		}
		return c, nil
	}
	name, rows, err := splitToy(in)
	if err != nil {
		return nil, err
	}
	law, err := toy.Lookup(name)
	if err != nil {
		return nil, usage{err}
	}
	for j := range m.Columns {
		if n := m.Columns[j].Name; !slices.Contains(law.Columns(), n) && !(m.Columns[j].Condition && n == toyLabel && len(m.Columns[j].Levels) == law.Classes()) {
			return nil, badUsage("%s has no column %s: give a model of that law, or a file", in, n)
		}
	}
	return toyCells(&law, m, rows, ^a.seed), nil
}

// whole errs unless every cell of the rows has a value: a row
// without has no density, and no latent.
func whole(b *bundle, c *datasets.Cells, in string) error {
	m := b.codec.Metadata()
	for j := range m.Columns {
		if f := &m.Columns[j]; f.Missing > 0 {
			continue // the model knows missing cells of this column
		}
		for i := range c.Rows() {
			if c.Missing(i, j) {
				return &datasets.Error{File: in, Column: m.Columns[j].Name, Found: fmt.Sprintf("a missing cell in data row %d, of which the model knows none", i+1), Remedy: "fill it, or impute it"}
			}
		}
	}
	return nil
}

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// splitToy takes toy:NAME:ROWS apart; ROWS defaults to 10000.
func splitToy(s string) (name string, rows int, err error) {
	name, count, given := strings.Cut(strings.TrimPrefix(s, toyPrefix), ":")
	if !given {
		return name, 10000, nil
	}
	if rows, err = strconv.Atoi(count); err != nil || rows < 2 || rows > maxToyRows {
		return "", 0, badUsage("%s: %q is no number of rows: give one from 2 to %d", s, count, maxToyRows)
	}
	return name, rows, nil
}

// zeroAbsent replaces positions without a value by 0.
func zeroAbsent(x *mat.Dense) {
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		for j, v := range row {
			if math.IsNaN(v) {
				row[j] = 0
			}
		}
	}
}
