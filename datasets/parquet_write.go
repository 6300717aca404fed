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
	w      *parquet.GenericWriter[any]
	meta   *Metadata
	values []func(c *Cells, i, row int) parquet.Value // of each column that is written
	row    int
	block  []parquet.Row
	memory []parquet.Value
	closed bool
}

// NewParquetCells returns a writer of a Parquet file with the columns of m in
// their order, all optional: numbers are DOUBLE, whole numbers and counted
// identifiers INT64, dates DATE, times TIMESTAMP in microseconds, true and
// false, so spelled, BOOLEAN, other categories INT64 when all levels are whole numbers and
// text with a dictionary otherwise. Missing cells are null. firstRow is the
// index of the first row: where identifiers start to count. About 65,536 rows are
// held in memory, compressed. Close writes what is left, and the footer.
func NewParquetCells(w io.Writer, m *Metadata, firstRow int) CellWriter {
	p := &parquetCells{meta: m, row: firstRow}
	var fields []parquet.Field
	for _, j := range m.written() {
		f := &m.Columns[j]
		node, value := f.Type.column().parquet(f, j)
		fields = append(fields, &orderedField{parquet.Optional(node), f.Name})
		p.values = append(p.values, value)
	}
	schema := parquet.NewSchema("table", orderedGroup{fields: fields})
	p.w = parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Snappy),
		parquet.MaxRowsPerRowGroup(rowGroup), parquet.CreatedBy("tweedie", "", ""))
	return p
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

// parquetString is the type of texts that repeat: they are held in a dictionary.
func parquetString() parquet.Node { return parquet.Encoded(parquet.String(), &parquet.RLEDictionary) }

func (p *parquetCells) Write(c *Cells) (err error) {
	if len(c.columns) != len(p.meta.Columns) {
		panic("datasets: cells of another table")
	}
	const block = 256
	if p.memory == nil {
		p.memory = make([]parquet.Value, block*len(p.values))
	}
	for i := 0; i < c.rows; {
		p.block = p.block[:0]
		for ; i < c.rows && len(p.block) < block; i++ {
			at := len(p.block) * len(p.values)
			row := p.memory[at : at+len(p.values)]
			for k, value := range p.values {
				v, level := value(c, i, p.row), 1
				if v.IsNull() {
					level = 0
				}
				row[k] = v.Level(0, level, k)
			}
			p.block = append(p.block, row)
			p.row++
		}
		if _, err := p.w.WriteRows(p.block); err != nil {
			return fmt.Errorf("datasets: writing Parquet: %w", err)
		}
	}
	return nil
}

func (p *parquetCells) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	if err := p.w.Close(); err != nil {
		return fmt.Errorf("datasets: writing Parquet: %w", err)
	}
	return nil
}
