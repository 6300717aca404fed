package datasets

import (
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// rowGroup is the number of rows that are held compressed before they are written.
const rowGroup = 1 << 16

type parquetCells struct {
	parquetRows
	meta    *Metadata
	columns []parquetColumn
	row     int
}

// NewParquetCells returns a writer of a Parquet file with the columns of m in
// their order. A column that was read from Parquet has the type that it had there.
// Others are optional: numbers are DOUBLE, whole numbers and counted
// identifiers INT64, dates DATE, times TIMESTAMP in microseconds, of UTC where their
// format has an offset, true and
// false, so spelled, BOOLEAN, other categories INT64 when all levels are whole numbers and
// text with a dictionary otherwise. Missing cells are null. firstRow is the
// index of the first row: where identifiers start to count. About 65,536 rows are
// held in memory, compressed. Close writes what is left, and the footer. It errs, as
// Write does, when a value does not fit the type of its column.
func NewParquetCells(w io.Writer, m *Metadata, firstRow int) CellWriter {
	p := &parquetCells{meta: m, row: firstRow}
	list := m.written()
	for _, j := range list {
		f := &m.Columns[j]
		p.columns = append(p.columns, newParquetColumn(f, j, f.parquetType()))
	}
	p.open(w, p.columns, partOfExtra(m.Parquet, len(m.Columns), list))
	return p
}

func (p *parquetCells) Write(c *Cells) error {
	if len(c.columns) != len(p.meta.Columns) {
		panic("datasets: cells of another table")
	}
	for i := range c.rows {
		row := p.next()
		for k := range p.columns {
			v, err := p.columns[k].value(c, i, p.row)
			if err != nil {
				return err
			}
			p.set(row, k, v)
		}
		p.row++
		if err := p.written(); err != nil {
			return err
		}
	}
	return p.flush()
}

// parquetRows writes rows of values.
type parquetRows struct {
	w        *parquet.GenericWriter[any]
	required []bool
	block    []parquet.Row
	memory   []parquet.Value
	closed   bool
}

func (p *parquetRows) open(w io.Writer, columns []parquetColumn, extra map[string]string) {
	options := []parquet.WriterOption{parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(rowGroup), parquet.CreatedBy("tweedie", "", "")}
	for key, value := range extra {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	var fields []parquet.Field
	for _, c := range columns {
		fields = append(fields, &orderedField{c.node(), c.name})
		p.required = append(p.required, c.Required)
		if c.Physical == "fixed" && c.Logical != "uuid" || c.Logical == "decimal" { // bounds would compare bytes
			options = append(options, parquet.SkipPageBounds(c.name), parquet.SkipPageStatistics(c.name))
		}
	}
	schema := parquet.NewSchema("table", orderedGroup{fields: fields})
	p.w = parquet.NewGenericWriter[any](w, append([]parquet.WriterOption{schema}, options...)...)
}

// next returns a row to be set.
func (p *parquetRows) next() parquet.Row {
	const block = 256
	n := len(p.required)
	if p.memory == nil {
		p.memory = make([]parquet.Value, block*n)
		p.block = make([]parquet.Row, 0, block)
	}
	at := len(p.block) * n
	p.block = append(p.block, p.memory[at:at+n])
	return p.block[len(p.block)-1]
}

func (p *parquetRows) set(row parquet.Row, k int, v parquet.Value) {
	level := 1
	if p.required[k] || v.IsNull() {
		level = 0
	}
	row[k] = v.Level(0, level, k)
}

// written is called when a row is set.
func (p *parquetRows) written() error {
	if len(p.block) == cap(p.block) {
		return p.flush()
	}
	return nil
}

func (p *parquetRows) flush() error {
	if _, err := p.w.WriteRows(p.block); err != nil {
		return fmt.Errorf("datasets: writing Parquet: %w", err)
	}
	p.block = p.block[:0]
	return nil
}

func (p *parquetRows) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	if err := p.w.Close(); err != nil {
		return fmt.Errorf("datasets: writing Parquet: %w", err)
	}
	return nil
}

// orderedGroup is a schema whose columns keep their order; parquet.Group sorts them.
type orderedGroup struct {
	parquet.Group // its other methods
	fields        []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }
func (g orderedGroup) GoType() reflect.Type    { return reflect.TypeFor[map[string]any]() }

type orderedField struct {
	parquet.Node
	name string
}

func (f *orderedField) Name() string { return f.name }

func (f *orderedField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}
