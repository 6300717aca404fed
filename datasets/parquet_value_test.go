package datasets

import (
	"fmt"
	"testing"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Numbers become the nearest value of a type, and those beyond it none.
func TestParquetNumbers(t *testing.T) {
	number := &Field{Name: "v", Type: TypeNumeric, Digits: &Digits{Max: Shortest}}
	date := func(format string) *Field {
		return &Field{Name: "v", Type: TypeDateTime, Format: format, Digits: &Digits{}}
	}
	seconds := date("2006-01-02 15:04:05")
	i8, u8 := ParquetType{Physical: "int32", Logical: "int", Bits: 8}, ParquetType{Physical: "int32", Logical: "uint", Bits: 8}
	i64, u64 := ParquetType{Physical: "int64"}, ParquetType{Physical: "int64", Logical: "uint", Bits: 64}
	dec := ParquetType{Physical: "fixed", Length: 3, Logical: "decimal", Precision: 6, Scale: 2}
	at := func(logical, unit string) ParquetType {
		return ParquetType{Physical: "int64", Logical: logical, Unit: unit}
	}
	for _, c := range []struct {
		t    ParquetType
		f    *Field
		v    float64
		want string // "" for none
	}{
		{i8, number, 127.4, "127"}, {i8, number, 128, ""}, {i8, number, -128, "-128"}, {i8, number, -129, ""},
		{u8, number, 255, "255"}, {u8, number, 256, ""}, {u8, number, -1, ""},
		{i64, number, 1 << 53, "9007199254740992"}, {i64, number, 1 << 63, "9223372036854775807"}, {i64, number, 1e19, ""}, {i64, number, -1 << 63, "-9223372036854775808"},
		{u64, number, 1 << 63, "-9223372036854775808"}, {u64, number, 1 << 64, "-1"}, {u64, number, 2e19, ""},
		{dec, number, 1.005, "\x00\x00\x64"}, {dec, number, -0.01, "\xff\xff\xff"}, {dec, number, 9999.99, "\x0f\x42\x3f"}, {dec, number, 10000, ""},
		{ParquetType{Physical: "float"}, number, 0.1, "0.1"}, {ParquetType{Physical: "byte_array"}, number, 0.1, "0.1"},
		{parquetDate, date("2006-01-02"), -3, "-3"}, {parquetDate, seconds, -1, "-1"}, {parquetDate, seconds, 86399, "0"}, {parquetDate, date("2006-01-02"), 1e12, ""},
		{at("timestamp", "ms"), seconds, 1.7e9 + 0.5, "1700000000500"}, {at("timestamp", "us"), date("2006-01-02"), 2, "172800000000"},
		{at("timestamp", "ns"), seconds, 1.25, "1250000000"}, {at("timestamp", "ns"), seconds, 1e10, ""}, {at("timestamp", "us"), date("2006-01-02 15:04"), 1.0, "60000000"},
		{at("time", "us"), date("15:04:05"), -86399, "1000000"}, {at("time", "ns"), date("15:04:05"), 86399.5, "86399500000000"},
		{ParquetType{Physical: "int32", Logical: "time", Unit: "ms"}, date("15:04"), 61, "3660000"},
		{i64, date("20060102"), 1, "19700102"},
	} {
		v, ok := c.t.numbers(c.f)(c.v)
		got := ""
		if ok {
			got = fmt.Sprint(v)
		}
		if got != c.want {
			t.Errorf("%+v: %v is %q, want %q", c.t, c.v, got, c.want)
		}
	}
}

// Texts become the values that they are the texts of, and no others.
func TestParquetTexts(t *testing.T) {
	for _, c := range []struct {
		t    ParquetType
		text string
		want bool
	}{
		{ParquetType{Physical: "boolean"}, "true", true}, {ParquetType{Physical: "boolean"}, "True", false},
		{ParquetType{Physical: "int32", Logical: "int", Bits: 8}, "128", false}, {ParquetType{Physical: "int32", Logical: "uint", Bits: 8}, "128", true},
		{ParquetType{Physical: "int32"}, "2147483648", false}, {ParquetType{Physical: "int64"}, "9007199254740993", true},
		{ParquetType{Physical: "double"}, "1e400", false}, {ParquetType{Physical: "float"}, "0.1", true},
		{ParquetType{Physical: "int32", Logical: "decimal", Precision: 4, Scale: 2}, "-12.34", true},
		{ParquetType{Physical: "int32", Logical: "decimal", Precision: 4, Scale: 2}, "123.45", false},
		{ParquetType{Physical: "int32", Logical: "decimal", Precision: 4, Scale: 2}, "1.234", false},
		{ParquetType{Physical: "byte_array", Logical: "decimal", Precision: 40, Scale: 10}, "-123456789012345678901234567890.0123456789", true},
		{ParquetType{Physical: "fixed", Length: 2}, "abc", false}, {ParquetType{Physical: "fixed", Length: 16, Logical: "uuid"}, "000102030405060708090a0b0c0d0eff", true},
		{ParquetType{Physical: "fixed", Length: 2, Logical: "float16"}, "0.1", true}, {ParquetType{Physical: "fixed", Length: 2, Logical: "float16"}, "1e6", false},
		{parquetDate, "1969-12-30", true}, {parquetDate, "30.12.1969", false},
		{ParquetType{Physical: "int64", Logical: "timestamp", Unit: "ns"}, "1969-12-31 23:59:59.999999999", true},
		{ParquetType{Physical: "int64", Logical: "timestamp", Unit: "ns"}, "3000-01-01 00:00:00", false},
		{ParquetType{Physical: "int64", Logical: "time", Unit: "us"}, "23:59:59.000001", true},
		{ParquetType{Physical: "int32", Logical: "null"}, "", false},
	} {
		v, ok := c.t.parse(c.text)
		if ok != c.want {
			t.Errorf("%+v: %q is a value: %v", c.t, c.text, ok)
			continue
		}
		if ok {
			if got := string(c.t.text()(nil, v)); got != c.text {
				t.Errorf("%+v: %q came back as %q", c.t, c.text, got)
			}
		}
	}
}

// Types that no file can have are refused.
func TestParquetTypesInvalid(t *testing.T) {
	for _, p := range []ParquetType{
		{}, {Physical: "fixed"}, {Physical: "fixed", Length: maxFixed + 1}, {Physical: "int64", Logical: "int", Bits: 8}, {Physical: "int32", Logical: "uint", Bits: 64},
		{Physical: "int32", Logical: "int", Bits: 7}, {Physical: "int32", Logical: "decimal", Precision: 10}, {Physical: "double", Logical: "decimal", Precision: 3},
		{Physical: "int64", Logical: "decimal", Precision: 3, Scale: 4}, {Physical: "int64", Logical: "decimal", Precision: 3, Scale: -1}, {Physical: "int64", Logical: "date"},
		{Physical: "int64", Logical: "time", Unit: "ms"}, {Physical: "int32", Logical: "time", Unit: "us"}, {Physical: "int32", Logical: "timestamp", Unit: "ms"},
		{Physical: "int64", Logical: "timestamp", Unit: "s"}, {Physical: "fixed", Length: 15, Logical: "uuid"}, {Physical: "fixed", Length: 3, Logical: "float16"},
		{Physical: "int32", Logical: "string"}, {Physical: "byte_array", Logical: "tensor"}, {Physical: "int32", Logical: "null", Required: true},
	} {
		if p.invalid() == "" {
			t.Errorf("%+v passes", p)
		}
		m := &Metadata{Version: MetadataVersion, Columns: []Field{{Name: "a", Type: TypeConstant, Parquet: &p}}}
		if m.Validate() == nil {
			t.Errorf("metadata with %+v pass", p)
		}
	}
}

// Old files say what values mean in another way; their times are instants.
func TestParquetConvertedTypes(t *testing.T) {
	for c, want := range map[deprecated.ConvertedType]ParquetType{
		deprecated.UTF8:            {Physical: "byte_array", Logical: "string"},
		deprecated.Enum:            {Physical: "byte_array", Logical: "enum"},
		deprecated.Json:            {Physical: "byte_array", Logical: "json"},
		deprecated.Decimal:         {Physical: "int64", Logical: "decimal", Precision: 9, Scale: 2},
		deprecated.Date:            {Physical: "int32", Logical: "date"},
		deprecated.TimeMillis:      {Physical: "int32", Logical: "time", Unit: "ms", UTC: true},
		deprecated.TimeMicros:      {Physical: "int64", Logical: "time", Unit: "us", UTC: true},
		deprecated.TimestampMillis: {Physical: "int64", Logical: "timestamp", Unit: "ms", UTC: true},
		deprecated.TimestampMicros: {Physical: "int64", Logical: "timestamp", Unit: "us", UTC: true},
		deprecated.Uint8:           {Physical: "int32", Logical: "uint", Bits: 8},
		deprecated.Uint64:          {Physical: "int64", Logical: "uint", Bits: 64},
		deprecated.Int16:           {Physical: "int32", Logical: "int", Bits: 16},
		deprecated.Int32:           {Physical: "int32", Logical: "int", Bits: 32},
	} {
		e := &format.SchemaElement{RepetitionType: thrift.New(format.Optional), ConvertedType: thrift.New(c), Precision: thrift.New[int32](9), Scale: thrift.New[int32](2)}
		for _, p := range physicalTypes {
			if p.name == want.Physical {
				e.Type = thrift.New(p.kind)
			}
		}
		if got, found := parquetTypeOf(e); got != want || found != "" {
			t.Errorf("%v is %+v (%s), want %+v", c, got, found, want)
		}
	}
	e := &format.SchemaElement{Type: thrift.New(format.FixedLenByteArray), TypeLength: thrift.New[int32](12), ConvertedType: thrift.New(deprecated.Interval)}
	if _, found := parquetTypeOf(e); found != "a column of intervals" {
		t.Error(found)
	}
	e = &format.SchemaElement{Type: thrift.New(format.Int32), RepetitionType: thrift.New(format.Required)}
	if got, _ := parquetTypeOf(e); !got.Required {
		t.Error("a required column is optional")
	}
}
