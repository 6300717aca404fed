package datasets

import (
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"tweedie/internal/suggest"
)

// parse returns the value that text writes so. It reports whether there is one.
func (t *ParquetType) parse(text string) (v parquet.Value, ok bool) {
	var err error
	switch t.Logical {
	case "decimal":
		return t.parseDecimal(text)
	case "date":
		return t.parseTime(storedDate, text)
	case "timestamp":
		return t.parseTime(storedTime, text)
	case "time":
		return t.parseTime(storedClock, text)
	case "uuid":
		var b []byte
		b, err = hex.DecodeString(text)
		return parquet.FixedLenByteArrayValue(b), err == nil && len(b) == t.Length
	case "float16":
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		return half(f), err == nil && math.Abs(f) < 65520
	case "null":
		return v, false
	case "uint":
		var n uint64
		n, err = strconv.ParseUint(text, 10, t.Bits)
		return t.whole(int64(n)), err == nil
	}
	switch t.Physical {
	case "boolean":
		return parquet.BooleanValue(text == "true"), text == "true" || text == "false"
	case "int32", "int64":
		var n int64
		n, err = strconv.ParseInt(text, 10, t.bits())
		return t.whole(n), err == nil
	case "float":
		var f float64
		f, err = strconv.ParseFloat(text, 32)
		return parquet.FloatValue(float32(f)), err == nil
	case "double":
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		return parquet.DoubleValue(f), err == nil
	case "fixed":
		return parquet.FixedLenByteArrayValue([]byte(text)), len(text) == t.Length
	}
	return parquet.ByteArrayValue([]byte(text)), true
}

// bits is the number of bits of a whole number.
func (t *ParquetType) bits() int {
	switch {
	case t.Bits > 0:
		return t.Bits
	case t.Physical == "int32":
		return 32
	}
	return 64
}

// whole returns a whole number that fits.
func (t *ParquetType) whole(n int64) parquet.Value {
	if t.Physical == "int32" {
		return parquet.Int32Value(int32(n))
	}
	return parquet.Int64Value(n)
}

func half(v float64) parquet.Value {
	h := toHalf(v)
	return parquet.FixedLenByteArrayValue([]byte{byte(h), byte(h >> 8)})
}

func (t *ParquetType) parseTime(layout, text string) (v parquet.Value, ok bool) {
	at, err := time.Parse(layout, text)
	if err != nil {
		return v, false
	}
	switch t.Logical {
	case "date":
		return parquet.Int32Value(int32(at.Unix() / day)), true
	case "time":
		at = at.AddDate(1970, 0, 0)
	}
	per := perSecond[t.Unit]
	if s := at.Unix(); s > math.MaxInt64/per-1 || s < math.MinInt64/per+1 {
		return v, false
	}
	return t.whole(at.Unix()*per + int64(at.Nanosecond())/(1e9/per)), true
}

// parseDecimal reads digits, of which as many follow the point as the type has, or fewer.
func (t *ParquetType) parseDecimal(text string) (v parquet.Value, ok bool) {
	before, after, _ := strings.Cut(strings.TrimPrefix(text, "+"), ".")
	after = strings.TrimRight(after, "0")
	digits := strings.TrimLeft(strings.TrimPrefix(before, "-")+after, "0")
	if len(after) > t.Scale || len(digits)+t.Scale-len(after) > t.Precision && digits != "" {
		return v, false
	}
	n, ok := new(big.Int).SetString(before+after+strings.Repeat("0", t.Scale-len(after)), 10)
	if !ok {
		return v, false
	}
	return t.decimal(n), true
}

// decimal returns a decimal of that many units of its last digit.
func (t *ParquetType) decimal(n *big.Int) parquet.Value {
	if t.Physical == "int32" || t.Physical == "int64" {
		return t.whole(n.Int64())
	}
	size := n.BitLen()/8 + 1 // with the sign
	if t.Physical == "fixed" {
		size = t.Length
	}
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	b := n.FillBytes(make([]byte, size))
	if t.Physical == "fixed" {
		return parquet.FixedLenByteArrayValue(b)
	}
	return parquet.ByteArrayValue(b)
}

// numbers returns what makes values of the numbers of a column: the nearest that there are.
func (t *ParquetType) numbers(f *Field) func(v float64) (parquet.Value, bool) {
	if f.Type == TypeDateTime && (t.Logical == "date" || t.Logical == "timestamp" || t.Logical == "time") {
		return t.times(dateUnit(f.Format))
	}
	if f.Type != TypeDateTime {
		switch {
		case t.Logical == "float16":
			return func(v float64) (parquet.Value, bool) { return half(v), true }
		case t.Logical == "decimal":
			return t.rounded
		case t.Physical == "double":
			return func(v float64) (parquet.Value, bool) { return parquet.DoubleValue(v), true }
		case t.Physical == "float":
			return func(v float64) (parquet.Value, bool) { return parquet.FloatValue(float32(v)), true }
		case t.isWhole():
			return t.wholeNumbers()
		}
	}
	column, form := f.Type.column().(numberColumn), f.decimal()
	return func(v float64) (parquet.Value, bool) { return t.parse(string(column.write(nil, f, form, v))) }
}

// isWhole reports whether values are whole numbers and no more.
func (t *ParquetType) isWhole() bool {
	return (t.Physical == "int32" || t.Physical == "int64") && (t.Logical == "" || t.Logical == "int" || t.Logical == "uint")
}

// wholeNumbers makes whole numbers. That beside the largest of 64 bits, which a float64
// has in its place, stands for it.
func (t *ParquetType) wholeNumbers() func(v float64) (parquet.Value, bool) {
	if t.Logical == "uint" {
		end := math.Ldexp(1, t.Bits)
		return func(v float64) (parquet.Value, bool) {
			if v = math.Round(v); v == end && t.Bits == 64 {
				return t.whole(-1), true
			}
			return t.whole(int64(uint64(v))), v >= 0 && v < end
		}
	}
	end := math.Ldexp(1, t.bits()-1)
	return func(v float64) (parquet.Value, bool) {
		if v = math.Round(v); v == end && t.bits() == 64 {
			return t.whole(math.MaxInt64), true
		}
		return t.whole(int64(v)), v >= -end && v < end
	}
}

// times makes values of dates and times, counted in units of some seconds.
func (t *ParquetType) times(unit float64) func(v float64) (parquet.Value, bool) {
	if t.Logical == "date" {
		return func(v float64) (parquet.Value, bool) {
			d := math.Floor(v * unit / day)
			return parquet.Int32Value(int32(d)), math.Abs(d) < 1<<31
		}
	}
	per := perSecond[t.Unit]
	fine := min(per, 1e6) // a float64 has no more digits
	return func(v float64) (parquet.Value, bool) {
		n := math.Round(v * unit * float64(fine))
		if t.Logical == "time" {
			n -= math.Floor(n/(day*float64(fine))) * day * float64(fine)
		}
		return t.whole(int64(n) * (per / fine)), math.Abs(n) < float64(math.MaxInt64/(per/fine))
	}
}

// rounded returns the decimal nearest to v.
func (t *ParquetType) rounded(v float64) (parquet.Value, bool) {
	return t.parseDecimal(strconv.FormatFloat(v, 'f', t.Scale, 64))
}

// unfit is the error for a text that no value of the type has.
func (t *ParquetType) unfit(column, text string) error {
	name := t.Physical
	if t.Logical != "" {
		name = t.Logical
	}
	return &Error{Column: column, Found: suggest.Quote(text) + " does not fit the type of the column in Parquet, " + name, Remedy: "write CSV"}
}
