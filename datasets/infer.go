package datasets

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"tweedie/internal/suggest"
)

// InferOptions overrides what Infer would find by itself. The zero value, or
// nil, leaves everything to it.
type InferOptions struct {
	// Types sets the types of columns by name.
	Types map[string]Type
	// Formats sets the formats of date columns, as layouts of package time.
	Formats map[string]string
	// Missing replaces DefaultMissing.
	Missing []string
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
	if p.Missing == nil {
		p.Missing = DefaultMissing()
		if p.Metadata != nil && p.Metadata.Missing != nil {
			p.Missing = p.Metadata.Missing
		}
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
	names, statistics, err := count(src, p.Missing, nil)
	if err != nil {
		return nil, err
	}
	if err := p.check(src.Name(), names); err != nil {
		return nil, err
	}
	m, late, err := p.describeColumns(src.Name(), names, statistics)
	if err != nil {
		return nil, err
	}
	if len(late) > 0 {
		if _, statistics, err = count(src, p.Missing, late); err != nil {
			return nil, err
		}
		if m, _, err = p.describeColumns(src.Name(), names, statistics); err != nil {
			return nil, err
		}
	}
	return m, nil
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

// count reads src once. Columns in keep count all their levels.
func count(src Source, missing []string, keep map[string]bool) ([]string, []columnStatistics, error) {
	r, err := src.Open()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	names := r.Header()
	statistics := make([]columnStatistics, len(names))
	for j, name := range names {
		statistics[j].keep = keep[name]
	}
	set := missingSet(missing)
	for {
		record, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		for j, cell := range record {
			statistics[j].add(cell, r.Line(), set)
		}
	}
	switch n := statistics[0].rows; n {
	case 0:
		return nil, nil, &Error{File: src.Name(), Found: "a header without rows", Remedy: "add at least two rows of data"}
	case 1:
		return nil, nil, &Error{File: src.Name(), Found: "one row of data", Remedy: "add rows: nothing can be estimated from one"}
	}
	return names, statistics, nil
}

// describeColumns makes the metadata. The levels of late columns need another pass.
func (o *InferOptions) describeColumns(file string, names []string, statistics []columnStatistics) (m *Metadata, late map[string]bool, err error) {
	m = &Metadata{Version: MetadataVersion, Rows: statistics[0].rows, Missing: o.Missing, Columns: make([]Field, len(names))}
	late = map[string]bool{}
	modeled := false
	for j, name := range names {
		d := inference{o: o, t: &statistics[j], f: &m.Columns[j], file: file}
		d.f.Name, d.f.Missing = name, statistics[j].missing
		if err := d.run(); err != nil {
			return nil, nil, err
		}
		if d.late {
			late[name] = true
		}
		modeled = modeled || d.f.Modeled()
	}
	if a, b := m.headerOfData(); a != "" && len(late) == 0 {
		return nil, nil, &Error{File: file, Row: 1, Found: fmt.Sprintf("the header has %s and %s, which are values of their columns", suggest.Quote(a), suggest.Quote(b)),
			Remedy: "add a header line with the names of the columns"}
	}
	if !modeled {
		return nil, nil, &Error{File: file, Found: "no column to model: " + suggest.Join(m.described(), 4), Remedy: "give a table whose rows differ, or set the types of columns"}
	}
	return m, late, nil
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
