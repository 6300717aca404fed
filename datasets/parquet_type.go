package datasets

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// ParquetType is the type of a column of a Parquet file. Tables that are made of the
// column have it too.
type ParquetType struct {
	// Physical is boolean, int32, int64, float, double, byte_array or fixed.
	Physical string `json:"physical"`
	Length   int    `json:"length,omitempty"` // bytes of fixed
	// Logical is empty, or int, uint, decimal, date, time, timestamp, float16, string,
	// enum, json, uuid or null.
	Logical   string `json:"logical,omitempty"`
	Bits      int    `json:"bits,omitempty"` // of int and uint
	Precision int    `json:"precision,omitempty"`
	Scale     int    `json:"scale,omitempty"`
	Unit      string `json:"unit,omitempty"`     // of time and timestamp: ms, us or ns
	UTC       bool   `json:"utc,omitempty"`      // times are instants; without, they have no zone
	Required  bool   `json:"required,omitempty"` // there are no nulls
}

var physicalTypes = []struct {
	name string
	kind format.Type
	typ  parquet.Type
}{
	{"boolean", format.Boolean, parquet.BooleanType},
	{"int32", format.Int32, parquet.Int32Type},
	{"int64", format.Int64, parquet.Int64Type},
	{"float", format.Float, parquet.FloatType},
	{"double", format.Double, parquet.DoubleType},
	{"byte_array", format.ByteArray, parquet.ByteArrayType},
	{"fixed", format.FixedLenByteArray, nil},
}

// perSecond has the units of times.
var perSecond = map[string]int64{"ms": 1e3, "us": 1e6, "ns": 1e9}

// maxFixed is the most bytes of a value of fixed length.
const maxFixed = 1 << 16

// parquetTypeOf returns the type of a column, or why it cannot be read.
func parquetTypeOf(e *format.SchemaElement) (t ParquetType, found string) {
	switch {
	case !e.Type.Valid:
		return t, "a nested column"
	case e.RepetitionType.V == format.Repeated:
		return t, "a column of lists"
	case e.Type.V == format.Int96:
		return t, "a column of 96-bit times"
	}
	for _, p := range physicalTypes {
		if p.kind == e.Type.V {
			t.Physical = p.name
		}
	}
	t.Required = e.RepetitionType.V == format.Required
	if t.Physical == "fixed" {
		t.Length = int(e.TypeLength.V)
	}
	if e.LogicalType.Value == nil && e.ConvertedType.Valid {
		found = t.convert(e)
	} else {
		found = t.annotate(e.LogicalType.Value)
	}
	if found == "" {
		found = t.invalid()
	}
	return t, found
}

// annotate says what the values mean.
func (t *ParquetType) annotate(v format.LogicalTypeValue) (found string) {
	switch v := v.(type) {
	case nil:
	case *format.IntType:
		t.Logical, t.Bits = "uint", int(v.BitWidth)
		if v.IsSigned {
			t.Logical = "int"
		}
	case *format.DecimalType:
		t.Logical, t.Precision, t.Scale = "decimal", int(v.Precision), int(v.Scale)
	case *format.DateType:
		t.Logical = "date"
	case *format.TimeType:
		t.Logical, t.Unit, t.UTC = "time", unitOf(v.Unit), v.IsAdjustedToUTC
	case *format.TimestampType:
		t.Logical, t.Unit, t.UTC = "timestamp", unitOf(v.Unit), v.IsAdjustedToUTC
	case *format.StringType:
		t.Logical = "string"
	case *format.EnumType:
		t.Logical = "enum"
	case *format.JsonType:
		t.Logical = "json"
	case *format.UUIDType:
		t.Logical = "uuid"
	case *format.Float16Type:
		t.Logical = "float16"
	case *format.NullType:
		t.Logical = "null"
	default:
		return "a column of type " + v.String()
	}
	return ""
}

func unitOf(u format.TimeUnit) string {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return "ms"
	case *format.MicroSeconds:
		return "us"
	case *format.NanoSeconds:
		return "ns"
	}
	return ""
}

// convert is annotate for the notation of old files, whose times are instants.
func (t *ParquetType) convert(e *format.SchemaElement) (found string) {
	switch c := e.ConvertedType.V; c {
	case deprecated.UTF8:
		t.Logical = "string"
	case deprecated.Enum:
		t.Logical = "enum"
	case deprecated.Json:
		t.Logical = "json"
	case deprecated.Decimal:
		t.Logical, t.Precision, t.Scale = "decimal", int(e.Precision.V), int(e.Scale.V)
	case deprecated.Date:
		t.Logical = "date"
	case deprecated.TimeMillis, deprecated.TimeMicros:
		t.Logical, t.Unit, t.UTC = "time", "ms", true
		if c == deprecated.TimeMicros {
			t.Unit = "us"
		}
	case deprecated.TimestampMillis, deprecated.TimestampMicros:
		t.Logical, t.Unit, t.UTC = "timestamp", "ms", true
		if c == deprecated.TimestampMicros {
			t.Unit = "us"
		}
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		t.Logical, t.Bits = "uint", 8<<(c-deprecated.Uint8)
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		t.Logical, t.Bits = "int", 8<<(c-deprecated.Int8)
	case deprecated.Interval:
		return "a column of intervals"
	default:
		return fmt.Sprintf("a column of the converted type %d", c)
	}
	return ""
}

// invalid says what is wrong with a type, or "".
func (t *ParquetType) invalid() string {
	whole := t.Physical == "int32" || t.Physical == "int64"
	ok := t.physical() != nil
	switch t.Logical {
	case "":
	case "null":
		ok = ok && !t.Required
	case "int", "uint":
		ok = whole && (t.Bits == 8 || t.Bits == 16 || t.Bits == 32 || t.Bits == 64) && (t.Bits == 64) == (t.Physical == "int64")
	case "decimal":
		most := map[string]int{"int32": 9, "int64": 18, "byte_array": 1000, "fixed": 1000}[t.Physical]
		ok = ok && t.Precision >= 1 && t.Precision <= most && t.Scale >= 0 && t.Scale <= t.Precision
	case "date":
		ok = t.Physical == "int32"
	case "time":
		ok = perSecond[t.Unit] > 0 && t.Physical == map[bool]string{true: "int32", false: "int64"}[t.Unit == "ms"]
	case "timestamp":
		ok = perSecond[t.Unit] > 0 && t.Physical == "int64"
	case "string", "enum", "json":
		ok = t.Physical == "byte_array"
	case "uuid":
		ok = t.Physical == "fixed" && t.Length == 16
	case "float16":
		ok = t.Physical == "fixed" && t.Length == 2
	default:
		ok = false
	}
	if !ok {
		return "an impossible Parquet type, " + t.Physical + " " + t.Logical
	}
	return ""
}

// physical returns the physical type, nil for none.
func (t *ParquetType) physical() parquet.Type {
	if t.Physical == "fixed" && t.Length > 0 && t.Length <= maxFixed {
		return parquet.FixedLenByteArrayType(t.Length)
	}
	for _, p := range physicalTypes {
		if p.name == t.Physical && p.typ != nil {
			return p.typ
		}
	}
	return nil
}

// node returns the column of a schema that has the type, which is valid.
func (t *ParquetType) node() parquet.Node {
	node := parquet.Leaf(t.annotated())
	if t.Physical == "byte_array" {
		node = parquet.Encoded(node, &parquet.RLEDictionary) // texts repeat
	}
	if t.Required {
		return parquet.Required(node)
	}
	return parquet.Optional(node)
}

func (t *ParquetType) annotated() parquet.Type {
	unit := map[string]parquet.TimeUnit{"ms": parquet.Millisecond, "us": parquet.Microsecond, "ns": parquet.Nanosecond}[t.Unit]
	switch t.Logical {
	case "int":
		return parquet.Int(t.Bits).Type()
	case "uint":
		return parquet.Uint(t.Bits).Type()
	case "decimal":
		return decimalType{t.physical(), format.DecimalType{Scale: int32(t.Scale), Precision: int32(t.Precision)}}
	case "date":
		return parquet.Date().Type()
	case "time":
		return parquet.TimeAdjusted(unit, t.UTC).Type()
	case "timestamp":
		return parquet.TimestampAdjusted(unit, t.UTC).Type()
	case "string":
		return parquet.String().Type()
	case "enum":
		return parquet.Enum().Type()
	case "json":
		return parquet.JSON().Type()
	case "uuid":
		return parquet.UUID().Type()
	case "float16":
		return float16Type{t.physical()}
	case "null":
		return parquet.NullType
	}
	return plainType{t.physical()}
}

// plainType has no logical type.
type plainType struct{ parquet.Type }

func (plainType) LogicalType() *format.LogicalType         { return nil }
func (plainType) ConvertedType() *deprecated.ConvertedType { return nil }

// decimalType is that of parquet.Decimal, which prints warnings.
type decimalType struct {
	parquet.Type
	decimal format.DecimalType
}

func (t decimalType) LogicalType() *format.LogicalType {
	return &format.LogicalType{Value: &t.decimal}
}

func (t decimalType) ConvertedType() *deprecated.ConvertedType {
	c := deprecated.Decimal
	return &c
}

type float16Type struct{ parquet.Type }

func (float16Type) LogicalType() *format.LogicalType {
	return &format.LogicalType{Value: new(format.Float16Type)}
}
