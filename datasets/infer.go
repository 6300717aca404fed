package datasets

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tweedie/internal/suggest"
)

// InferOptions overrides what Infer would find by itself. The zero value, or
// nil, leaves everything to it.
type InferOptions struct {
	// Types sets the types of columns by name.
	Types map[string]Type
	// Formats sets the formats of date columns, as layouts of package time.
	Formats map[string]string
	// Missing are spellings of a missing cell, beside DefaultMissing in files of text,
	// and beside null and NaN in Parquet.
	Missing []string
	// NoDefaultMissing takes cells of text that DefaultMissing lists for what they are.
	// Empty cells are missing still.
	NoDefaultMissing bool
	// Metadata, from an earlier Infer and perhaps edited, sets missing
	// spellings, types, formats, sequences, digits, allowed ranges, and levels
	// with their grouping. Columns that it does not have are inferred; one of
	// its columns that the table does not have is an error. Counts, atoms and
	// maps are estimated anew. Types and Formats take precedence.
	Metadata *Metadata
	// MaxLevels is the number of levels of a categorical column that are told
	// apart, at least 2; rarer ones share the last. 0 means 65,536.
	MaxLevels int
	// OneHot is the number of levels, the most frequent ones, that have a position
	// of their own in the encoding, at least 3; the others are modeled by clusters:
	// see Clustering. 0 means 256; -1 all.
	OneHot int
	// FewValues is the number of values up to which a column of whole numbers
	// is categorical. 0 means 2; -1 none.
	FewValues int
}

func (o *InferOptions) defaults() InferOptions {
	var p InferOptions
	if o != nil {
		p = *o
	}
	if p.MaxLevels == 0 {
		p.MaxLevels = 1 << 16
	}
	if p.OneHot == 0 {
		p.OneHot = 256
	}
	if p.FewValues == 0 {
		p.FewValues = 2
	}
	return p
}

// Infer reads src once and says what its columns are: see Type. A column that
// is all numbers is numeric, integer, boolean (0 and 1), or an identifier
// (counting from 0 or 1, or growing under a name such as id); numbers with
// zeros in front are categories. A column that is all dates in one format is
// datetime, one of whole numbers that all are dates too: see DateFormats. Numbers may
// have a Style. Text is categorical, or an identifier when nearly all cells differ.
//
// It errs, naming row and value, when at least 95 % of a column's cells are
// numbers (or dates in one format) and others are not: whether those are
// errors, missing values or categories is for the user to say. Below that the
// column is categorical, with a note.
//
// Memory is bounded by the different texts, at most 100,000 in a column, and
// one record. src is read a second time when a column turns out to be
// categorical late.
func Infer(src Source, o *InferOptions) (*Metadata, error) {
	p := o.defaults()
	if p.MaxLevels < 2 {
		panic("datasets: MaxLevels must be at least 2")
	}
	if p.OneHot < -1 || p.OneHot >= 0 && p.OneHot < 3 {
		panic("datasets: OneHot must be at least 3, or -1")
	}
	if p.Metadata != nil {
		if err := p.Metadata.ValidateGiven(); err != nil {
			return nil, err
		}
	}
	m := p.spellings()
	t, err := count(src, m, p.Missing, nil)
	if err != nil {
		return nil, err
	}
	if err := p.check(src.Name(), t.names); err != nil {
		return nil, err
	}
	late, err := p.describeColumns(src.Name(), m, t)
	if err != nil {
		return nil, err
	}
	if len(late) > 0 {
		if t, err = count(src, m, p.Missing, late); err != nil {
			return nil, err
		}
		if _, err = p.describeColumns(src.Name(), m, t); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// spellings returns metadata that say what means a missing cell.
func (o *InferOptions) spellings() *Metadata {
	m := &Metadata{Version: MetadataVersion}
	if !o.NoDefaultMissing {
		m.Missing = DefaultMissing()
		if o.Metadata != nil && o.Metadata.Missing != nil {
			m.Missing = slices.Clone(o.Metadata.Missing)
		}
	}
	if o.Metadata != nil {
		m.MissingParquet = slices.Clone(o.Metadata.MissingParquet)
	}
	m.Missing = append(append(make([]string, 0), m.Missing...), o.Missing...)
	m.MissingParquet = append(m.MissingParquet, o.Missing...)
	return m
}

func (o *InferOptions) check(file string, names []string) error {
	check := func(name string, t Type, where string) error {
		if !slices.Contains(names, name) {
			return &Error{File: file, Column: name, Found: "no such column, named " + where, Remedy: suggest.Hint(name, names)}
		}
		if _, err := ParseType(string(t)); err != nil {
			err.(*Error).Column = name
			return err
		}
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(o.Types)) {
		if err := check(name, o.Types[name], "among the types"); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Formats)) {
		if err := check(name, TypeDateTime, "among the formats"); err != nil {
			return err
		}
	}
	if o.Metadata == nil {
		return nil
	}
	for _, f := range o.Metadata.Columns {
		if err := check(f.Name, f.Type, "in the metadata"); err != nil {
			return err
		}
	}
	return nil
}

// counted is a table that was read once.
type counted struct {
	names      []string
	header     []string // as it is in the file
	statistics []columnStatistics
	types      []ParquetType // none of a file of text
	extra      map[string]string
}

// count reads src once. Columns in keep count all their levels; said are the missing
// spellings that the user has named.
func count(src Source, m *Metadata, said []string, keep map[string]bool) (*counted, error) {
	r, err := src.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t := &counted{names: r.Header(), header: rawHeader(r)}
	if p, is := innermost(r).(*parquetRecords); is {
		t.types, t.extra = p.types, keptExtra(p.extra)
	}
	t.statistics = make([]columnStatistics, len(t.names))
	known := missingSet(said)
	for j, name := range t.names {
		t.statistics[j].keep, t.statistics[j].said = keep[name], known
	}
	set, trim := m.missingIn(src), t.types == nil
	for {
		record, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for j, cell := range record {
			if trim {
				cell = strings.TrimSpace(cell)
			}
			t.statistics[j].add(cell, r.Line(), set)
		}
	}
	switch n := t.statistics[0].rows; n {
	case 0:
		return nil, &Error{File: src.Name(), Found: "a header without rows", Remedy: "add at least two rows of data"}
	case 1:
		return nil, &Error{File: src.Name(), Found: "one row of data", Remedy: "add rows: nothing can be estimated from one"}
	}
	return t, nil
}

// describeColumns completes the metadata. The levels of late columns need another pass.
// The error tells of all columns that have one.
func (o *InferOptions) describeColumns(file string, m *Metadata, t *counted) (late map[string]bool, err error) {
	m.Rows, m.Columns, m.Parquet = t.statistics[0].rows, make([]Field, len(t.names)), t.extra
	late = map[string]bool{}
	modeled := false
	var bad problems
	for j, name := range t.names {
		d := inference{o: o, t: &t.statistics[j], f: &m.Columns[j], file: file}
		d.f.Name, d.f.Missing = name, t.statistics[j].missing
		d.f.Unnamed = strings.TrimSpace(t.header[j]) == ""
		if t.types != nil {
			d.f.Parquet = &t.types[j]
		}
		if err := d.run(); err != nil {
			if err := bad.add(err); err != nil {
				return nil, err
			}
			continue
		}
		if d.late {
			late[name] = true
		}
		modeled = modeled || d.f.Modeled()
	}
	if err := bad.error(); err != nil {
		return nil, err
	}
	if a, b := m.headerOfData(); a != "" && len(late) == 0 {
		return nil, &Error{File: file, Row: 1, Found: fmt.Sprintf("the header has %s and %s, which are values of their columns", suggest.Quote(a), suggest.Quote(b)),
			Remedy: "add a header line with the names of the columns"}
	}
	if !modeled {
		return nil, &Error{File: file, Found: "no column to model: " + suggest.Join(m.described(), 4), Remedy: "give a table whose rows differ, or set the types of columns"}
	}
	return late, nil
}

// headerOfData returns the names of a column of numbers and of a categorical one that are
// values of their columns: together they show that the file has no header.
func (m *Metadata) headerOfData() (number, level string) {
	for j := range m.Columns {
		f := &m.Columns[j]
		if v, _, is := parseNumber(f.Name); is == isNumber && f.Format == "" && f.Range != nil && v >= f.Range.Min && v <= f.Range.Max {
			number = f.Name
		}
		if slices.ContainsFunc(f.Levels, func(l Level) bool { return l.Name == f.Name }) {
			level = f.Name
		}
	}
	if number == "" || level == "" {
		return "", ""
	}
	return number, level
}

func (m *Metadata) described() []string {
	list := make([]string, len(m.Columns))
	for j := range m.Columns {
		list[j] = suggest.Quote(m.Columns[j].Name) + " is " + string(m.Columns[j].Type)
	}
	return list
}
