package datasets

import "github.com/parquet-go/parquet-go"

// parquetColumn is a column of a Parquet file that is written.
type parquetColumn struct {
	ParquetType
	name  string
	value func(c *Cells, i, row int) (parquet.Value, error) // of row i of c, which is the given row of the file
}

// parquetType returns the type that the column has in Parquet.
func (f *Field) parquetType() ParquetType {
	if f.Parquet != nil {
		return *f.Parquet
	}
	return f.Type.column().parquet(f)
}

var (
	parquetString  = ParquetType{Physical: "byte_array", Logical: "string"}
	parquetBoolean = ParquetType{Physical: "boolean"}
	parquetInt64   = ParquetType{Physical: "int64", Logical: "int", Bits: 64}
	parquetDouble  = ParquetType{Physical: "double"}
	parquetDate    = ParquetType{Physical: "int32", Logical: "date"}
)

// newParquetColumn returns column j of cells, which f describes, as one of type t.
func newParquetColumn(f *Field, j int, t ParquetType) parquetColumn {
	column, name := f.Type.column(), f.Name
	if f.Unnamed {
		name = ""
	}
	p := parquetColumn{ParquetType: t, name: name}
	switch column.storage() {
	case storesNumbers:
		number := t.numbers(f)
		p.value = func(c *Cells, i, _ int) (parquet.Value, error) {
			x := c.Number(i, j)
			if x != x {
				return parquet.NullValue(), nil
			}
			v, ok := number(x)
			if !ok {
				return v, t.unfit(f.Name, string(c.AppendText(nil, i, j)))
			}
			return v, nil
		}
	case storesLevels:
		values, fits := make([]parquet.Value, len(f.Levels)), make([]bool, len(f.Levels))
		for k := range f.Levels {
			values[k], fits[k] = t.parse(f.Levels[k].Name)
		}
		p.value = func(c *Cells, i, _ int) (parquet.Value, error) {
			k := c.Level(i, j)
			switch {
			case k < 0:
				return parquet.NullValue(), nil
			case !fits[k]:
				return values[k], t.unfit(f.Name, f.Levels[k].Name)
			}
			return values[k], nil
		}
	default:
		p.value = func(c *Cells, i, row int) (parquet.Value, error) {
			text := string(column.appendText(nil, f, c, i, j, row))
			if f.Type == TypeConstant && f.isEmpty() {
				return parquet.NullValue(), nil
			}
			v, ok := t.parse(text)
			if !ok {
				return v, t.unfit(f.Name, text)
			}
			return v, nil
		}
	}
	return p
}
