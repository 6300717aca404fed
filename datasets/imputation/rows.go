package imputation

import (
	"math"
	"slices"

	"tweedie/datasets"
)

// Rows reads a table twice over at once: the cells as the model sees
// them, and what is to be written of those that are known.
type Rows struct {
	Cells *datasets.Cells // of the block at hand
	text  [][]string      // of the same rows; nil for Parquet
	exact *datasets.Cells // of the same rows, for Parquet; nil for CSV

	meta        *datasets.Metadata
	header      []string
	at          []int // column of meta of each column of the file
	stream      *datasets.CellStream
	records     datasets.Records
	exactStream *datasets.CellStream
}

func OpenRows(src datasets.Source, m *datasets.Metadata, typed bool) (r *Rows, err error) {
	r = &Rows{meta: m, Cells: datasets.NewCells(m, 0)}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if r.records, err = src.Open(); err != nil {
		return nil, err
	}
	r.header = slices.Clone(r.records.Header())
	for _, name := range r.header {
		r.at = append(r.at, slices.IndexFunc(m.Columns, func(f datasets.Field) bool { return f.Name == name }))
	}
	if r.stream, err = datasets.StreamCells(src, m); err != nil {
		return nil, err
	}
	if !typed {
		return r, nil
	}
	exact, err := r.exactMetadata(src)
	if err != nil {
		return nil, err
	}
	r.exact = datasets.NewCells(exact, 0)
	r.exactStream, err = datasets.StreamCells(src, exact)
	return r, err
}

// exactMetadata describes the columns of the file in their order such that no
// known cell is rounded, and identifiers are kept as levels.
func (r *Rows) exactMetadata(src datasets.Source) (*datasets.Metadata, error) {
	m := *r.meta
	m.Columns = nil
	var identifiers []int
	for k, j := range r.at {
		f := r.meta.Columns[j]
		f.Condition = false
		switch f.Type {
		case datasets.TypeNumeric, datasets.TypeInteger:
			f.Wide, f.Digits = true, &datasets.Digits{Max: datasets.Shortest}
		case datasets.TypeDateTime:
			f.Wide = true
		case datasets.TypeIdentifier:
			f = datasets.Field{Name: f.Name, Type: datasets.TypeCategorical}
			identifiers = append(identifiers, k)
		}
		m.Columns = append(m.Columns, f)
	}
	if len(identifiers) == 0 {
		return &m, nil
	}
	records, err := src.Open()
	if err != nil {
		return nil, err
	}
	defer records.Close()
	seen := make([]map[string]bool, len(identifiers))
	for i := range seen {
		seen[i] = map[string]bool{"": true}
	}
	for {
		row, err := records.Next()
		if row == nil || err != nil {
			break // an error shows when the rows are read
		}
		for i, k := range identifiers {
			if !seen[i][row[k]] {
				seen[i][row[k]] = true
				m.Columns[k].Levels = append(m.Columns[k].Levels, datasets.Level{Name: row[k]})
			}
		}
	}
	return &m, nil
}

// next reads a block of up to limit rows, and reports whether there may be more.
func (r *Rows) Next(limit int) (more bool, err error) {
	r.Cells.Resize(0)
	if more, err = r.stream.Append(r.Cells, limit); err != nil {
		return false, err
	}
	if r.exact != nil {
		r.exact.Resize(0)
		_, err = r.exactStream.Append(r.exact, limit)
		return more, err
	}
	r.text = r.text[:0]
	for range r.Cells.Rows() {
		row, err := r.records.Next()
		if err != nil {
			return false, err
		}
		r.text = append(r.text, slices.Clone(row))
	}
	return more, nil
}

func (r *Rows) Close() {
	if r.records != nil {
		r.records.Close()
	}
	if r.stream != nil {
		r.stream.Close()
	}
	if r.exactStream != nil {
		r.exactStream.Close()
	}
}

// fillExact stores what was drawn in the missing cells of the exact ones.
func (r *Rows) fillExact(drawn *datasets.Cells) {
	for k, j := range r.at {
		switch f := &r.meta.Columns[j]; f.Type {
		case datasets.TypeConstant, datasets.TypeIdentifier:
			continue
		case datasets.TypeCategorical, datasets.TypeBoolean:
			for i := range r.Cells.Rows() {
				if r.Cells.Missing(i, j) {
					r.exact.SetLevel(i, k, drawn.Level(i, j))
				}
			}
		default:
			for i := range r.Cells.Rows() {
				if v := drawn.Number(i, j); math.IsNaN(r.Cells.Number(i, j)) {
					r.exact.SetNumber(i, k, v)
				}
			}
		}
	}
}
