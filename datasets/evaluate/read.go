package evaluate

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// Tables are what an evaluation compares. All have the same metadata. Holdout,
// real rows that no model has seen, may be nil.
type Tables struct {
	Real      *datasets.Cells // what the model was trained on
	Synthetic *datasets.Cells
	Holdout   *datasets.Cells
	Notes     []string // what reading them found, one line each
	Verbatim  []Verbatim
}

// Read reads the tables; holdout may be nil. The types of columns are those of
// the real rows, or of m when that is not nil. What only another table has does
// not stop it, and counts as what it is: categories that the real rows do not
// have become levels, other values of a constant make it categorical, decimals
// are kept in columns of whole numbers, and Notes says so. Text in a column of
// numbers, and missing columns, are errors.
func Read(real, synthetic, holdout datasets.Source, m *datasets.Metadata) (*Tables, error) {
	meta, err := datasets.Infer(real, &datasets.InferOptions{Metadata: m})
	if err != nil {
		return nil, err
	}
	for j := range meta.Columns {
		meta.Columns[j].Unround()
	}
	t := &Tables{}
	if t.Verbatim, err = verbatim(real, synthetic, meta); err != nil {
		return nil, err
	}
	sources := []datasets.Source{real, synthetic, holdout}
	for k, src := range sources[1:] {
		if src == nil {
			continue
		}
		if sources[k+1], err = t.widen(meta, src); err != nil {
			return nil, err
		}
	}
	for k, dst := range []**datasets.Cells{&t.Real, &t.Synthetic, &t.Holdout} {
		if sources[k] == nil {
			continue
		}
		if *dst, err = datasets.ReadCells(sources[k], meta); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// widen adds to m what only src has, and returns src with known levels as m spells them.
func (t *Tables) widen(m *datasets.Metadata, src datasets.Source) (datasets.Source, error) {
	r, err := src.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	header := append([]string(nil), r.Header()...)
	w := &widener{fields: make([]*datasets.Field, len(header)), known: make([]map[string]string, len(header)), added: make([][]string, len(header)), missing: m.MissingIn(src)}
	for k, name := range header {
		if w.fields[k] = m.Field(name); w.fields[k] != nil {
			w.known[k] = spellings(w.fields[k])
		}
	}
	for {
		record, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for k, cell := range record {
			w.add(k, trimmed(w.known[k], cell))
		}
	}
	for k, list := range w.added {
		if len(list) > 0 {
			t.Notes = append(t.Notes, fmt.Sprintf("%s: column %q has %s that the real rows have not: %s", src.Name(), header[k], count(len(list), "value"), suggest.Join(list, 5)))
		}
	}
	return &respelled{src, w.known}, nil
}

type widener struct {
	fields  []*datasets.Field
	known   []map[string]string // by column: the level that a text stands for
	added   [][]string
	missing func(cell string) bool
}

// spellings maps levels, and their numbers, to themselves: 1.0 is the level 1.
func spellings(f *datasets.Field) map[string]string {
	if !f.HasLevels() && f.Type != datasets.TypeConstant {
		return nil
	}
	known := map[string]string{}
	add := func(name string) {
		known[name] = name
		if v, err := strconv.ParseFloat(name, 64); err == nil {
			known[numberKey(v)] = name
		}
		if f.Type == datasets.TypeBoolean {
			known[foldKey(name)] = name
		}
	}
	for _, l := range f.Levels {
		add(l.Name)
	}
	if f.Type == datasets.TypeConstant && f.Value != "" {
		add(f.Value)
	}
	return known
}

// Keys that no trimmed cell can be.
func numberKey(v float64) string { return " number " + strconv.FormatFloat(v, 'g', -1, 64) }
func foldKey(cell string) string { return " fold " + strings.ToLower(cell) }

// respell returns the level that a cell stands for.
func respell(known map[string]string, cell string) (string, bool) {
	if name, ok := known[cell]; ok {
		return name, true
	}
	if v, err := strconv.ParseFloat(cell, 64); err == nil {
		if name, ok := known[numberKey(v)]; ok {
			return name, true
		}
	}
	name, ok := known[foldKey(cell)]
	return name, ok
}

// trimmed is a cell without spaces around it, unless it is a level with them.
func trimmed(known map[string]string, cell string) string {
	if _, level := known[cell]; level {
		return cell
	}
	return strings.TrimSpace(cell)
}

func (w *widener) add(k int, cell string) {
	f, known := w.fields[k], w.known[k]
	if f == nil || known == nil {
		return
	}
	gap := w.missing(cell)
	if f.Type == datasets.TypeConstant {
		if _, same := respell(known, cell); same || gap && f.Value == "" {
			return
		}
		f.Type = datasets.TypeCategorical
		if f.Value != "" {
			f.Levels = []datasets.Level{{Name: f.Value}}
		}
		f.Value = ""
		if gap {
			w.added[k] = append(w.added[k], "a missing cell")
		}
	}
	if gap {
		return
	}
	if _, ok := respell(known, cell); ok || f.Rest != "" {
		return
	}
	f.Levels = append(f.Levels, datasets.Level{Name: cell})
	known[cell] = cell
	w.added[k] = append(w.added[k], strconv.Quote(cell))
}

type respelled struct {
	datasets.Source
	known []map[string]string
}

// Unwrap returns the source as it is.
func (s *respelled) Unwrap() datasets.Source { return s.Source }

func (s *respelled) Open() (datasets.Records, error) {
	r, err := s.Source.Open()
	if err != nil {
		return nil, err
	}
	return &respelledRecords{r, s.known}, nil
}

type respelledRecords struct {
	datasets.Records
	known []map[string]string
}

// Unwrap returns the records as they are.
func (r *respelledRecords) Unwrap() datasets.Records { return r.Records }

func (r *respelledRecords) Next() ([]string, error) {
	record, err := r.Records.Next()
	if err != nil {
		return nil, err
	}
	for k, cell := range record {
		if name, ok := respell(r.known[k], trimmed(r.known[k], cell)); ok {
			record[k] = name
		}
	}
	return record, nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
