package datasets

import (
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// rowGroup is the number of rows that are compressed and held before they are
// written.
const rowGroup = 1 << 16

// parquetCells writes Parquet.
type parquetCells struct {
	w      *parquet.GenericWriter[any]
	meta   *Metadata
	values []func(c *Cells, i int) parquet.Value // of each column that is written
	row    int
	block  []parquet.Row
	memory []parquet.Value
	closed bool
}

// NewParquetCells returns a writer of a Parquet file with the columns of m in
// their order, all optional: numbers are DOUBLE, whole numbers and counted
// identifiers INT64, dates DATE, times TIMESTAMP in microseconds, true and
// false, so spelt, BOOLEAN, other categories INT64 when all levels are whole numbers and
// text with a dictionary otherwise. Missing cells are null. firstRow is the
// index of the first row: where identifiers start to count. About 65,536 rows are
// held in memory, compressed. Close writes what is left, and the footer.
func NewParquetCells(w io.Writer, m *Metadata, firstRow int) CellWriter {
	p := &parquetCells{meta: m, row: firstRow}
	var fields []parquet.Field
	for _, j := range m.written() {
		node, value := p.column(j)
		if node.Type().Kind() == parquet.ByteArray && m.Columns[j].Type != TypeIdentifier {
			node = parquet.Encoded(node, &parquet.RLEDictionary)
		}
		fields = append(fields, &orderedField{parquet.Optional(node), m.Columns[j].Name})
		p.values = append(p.values, value)
	}
	schema := parquet.NewSchema("table", orderedGroup{fields: fields})
	p.w = parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Snappy),
		parquet.MaxRowsPerRowGroup(rowGroup), parquet.CreatedBy("tweedie", "", ""))
	return p
}

// orderedGroup is the root of a schema whose columns keep their order, where
// parquet.Group sorts them by name.
type orderedGroup struct {
	parquet.Group // its other methods
	fields        []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }
func (g orderedGroup) GoType() reflect.Type    { return reflect.TypeFor[map[string]any]() }

// orderedField is a column of an orderedGroup.
type orderedField struct {
	parquet.Node
	name string
}

func (f *orderedField) Name() string { return f.name }

func (f *orderedField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}

// column returns the type of column j and what makes its values.
func (p *parquetCells) column(j int) (parquet.Node, func(*Cells, int) parquet.Value) {
	f := &p.meta.Columns[j]
	switch f.Type {
	case TypeNumeric, TypeInteger:
		return numberColumn(f, j)
	case TypeDateTime:
		return dateColumn(f, j)
	case TypeCategorical, TypeBoolean:
		return levelColumn(f, j)
	case TypeIdentifier:
		s := f.Sequence
		if s.Prefix == "" && s.Width <= 1 {
			return parquet.Int(64), func(*Cells, int) parquet.Value { return parquet.Int64Value(int64(s.First + p.row)) }
		}
		return parquet.String(), func(*Cells, int) parquet.Value { return parquet.ByteArrayValue(s.append(nil, p.row)) }
	}
	if f.Value == "" {
		return parquet.String(), func(*Cells, int) parquet.Value { return parquet.NullValue() }
	}
	node, values := levelValues([]string{f.Value})
	if v, _, is := parseNumber(f.Value); is == isNumber && !isCoded(f.Value) && values[0].Kind() == parquet.ByteArray {
		node, values[0] = parquet.Leaf(parquet.DoubleType), parquet.DoubleValue(v)
	}
	return node, func(*Cells, int) parquet.Value { return values[0] }
}

func numberColumn(f *Field, j int) (parquet.Node, func(*Cells, int) parquet.Value) {
	if r := f.Range; f.Type == TypeInteger && r != nil && r.Min > -exact && r.Max < exact {
		return parquet.Int(64), func(c *Cells, i int) parquet.Value {
			if v := c.Number(i, j); v == v {
				return parquet.Int64Value(int64(v))
			}
			return parquet.NullValue()
		}
	}
	return parquet.Leaf(parquet.DoubleType), func(c *Cells, i int) parquet.Value {
		if v := c.Number(i, j); v == v {
			return parquet.DoubleValue(v)
		}
		return parquet.NullValue()
	}
}

func dateColumn(f *Field, j int) (parquet.Node, func(*Cells, int) parquet.Value) {
	unit := dateUnit(f.Format)
	node := parquet.Timestamp(parquet.Microsecond)
	value := func(v float64) parquet.Value { return parquet.Int64Value(int64(math.Round(v * unit * 1e6))) }
	switch {
	case !strings.Contains(f.Format, "06"): // a time of day
		node = parquet.String()
		value = func(v float64) parquet.Value { return parquet.ByteArrayValue(f.appendNumber(nil, f.number(), v)) }
	case unit == 24*60*60:
		node = parquet.Date()
		value = func(v float64) parquet.Value { return parquet.Int32Value(int32(math.Round(v))) }
	}
	return node, func(c *Cells, i int) parquet.Value {
		if v := c.Number(i, j); v == v {
			return value(v)
		}
		return parquet.NullValue()
	}
}

func levelColumn(f *Field, j int) (parquet.Node, func(*Cells, int) parquet.Value) {
	names := make([]string, len(f.Levels))
	for k := range f.Levels {
		names[k] = f.Levels[k].Name
	}
	node, values := levelValues(names)
	return node, func(c *Cells, i int) parquet.Value {
		if k := c.Level(i, j); k >= 0 {
			return values[k]
		}
		return parquet.NullValue()
	}
}

// levelValues returns names as values of the narrowest type that keeps them.
func levelValues(names []string) (parquet.Node, []parquet.Value) {
	values := make([]parquet.Value, len(names))
	whole, truth := true, true
	for _, name := range names {
		v, err := strconv.ParseInt(name, 10, 64)
		whole = whole && err == nil && strconv.FormatInt(v, 10) == name
		truth = truth && (name == "true" || name == "false") // as BOOLEAN is read: True would come back as another level
	}
	node := parquet.String()
	for k, name := range names {
		switch {
		case whole:
			v, _ := strconv.ParseInt(name, 10, 64)
			node, values[k] = parquet.Int(64), parquet.Int64Value(v)
		case truth:
			node, values[k] = parquet.Leaf(parquet.BooleanType), parquet.BooleanValue(name == "true")
		default:
			values[k] = parquet.ByteArrayValue([]byte(name))
		}
	}
	return node, values
}

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
				v, level := value(c, i), 1
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
