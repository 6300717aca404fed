package datasets

import (
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// text returns what writes the values of a column as text: see parquetFile.
func (t *ParquetType) text() func([]byte, parquet.Value) []byte {
	switch t.Logical {
	case "date":
		return func(b []byte, v parquet.Value) []byte {
			return time.Unix(int64(v.Int32())*day, 0).UTC().AppendFormat(b, storedDate)
		}
	case "timestamp":
		return timeText(storedTime+".999999999", perSecond[t.Unit])
	case "time":
		return timeText(storedClock+".999999999", perSecond[t.Unit])
	case "decimal":
		return func(b []byte, v parquet.Value) []byte { return appendDecimal(b, unscaled(v), t.Scale) }
	case "uuid":
		return func(b []byte, v parquet.Value) []byte { return hex.AppendEncode(b, v.ByteArray()) }
	case "float16":
		return func(b []byte, v parquet.Value) []byte { return appendHalf(b, halfBits(v)) }
	case "uint":
		return func(b []byte, v parquet.Value) []byte {
			if v.Kind() == parquet.Int32 {
				return strconv.AppendUint(b, uint64(v.Uint32()), 10)
			}
			return strconv.AppendUint(b, v.Uint64(), 10)
		}
	}
	switch t.Physical {
	case "boolean":
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendBool(b, v.Boolean()) }
	case "int32", "int64":
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, wholeNumber(v), 10) }
	case "float":
		return func(b []byte, v parquet.Value) []byte { return appendFloat(b, float64(v.Float()), 32) }
	case "double":
		return func(b []byte, v parquet.Value) []byte { return appendFloat(b, v.Double(), 64) }
	}
	return func(b []byte, v parquet.Value) []byte { return append(b, v.ByteArray()...) }
}

// isMissing reports whether a value is null or not a number.
func (t *ParquetType) isMissing(v parquet.Value) bool {
	switch {
	case v.IsNull():
		return true
	case t.Logical == "float16":
		return halfBits(v)&0x7fff > 0x7c00
	case t.Physical == "float":
		return v.Float() != v.Float()
	case t.Physical == "double":
		return v.Double() != v.Double()
	}
	return false
}

// The texts of dates and times, which have as many digits of a second as they need.
const (
	storedDate  = "2006-01-02"
	storedClock = "15:04:05"
	storedTime  = storedDate + " " + storedClock
	day         = 24 * 60 * 60
)

func timeText(layout string, perSecond int64) func([]byte, parquet.Value) []byte {
	return func(b []byte, v parquet.Value) []byte {
		n := wholeNumber(v)
		return time.Unix(n/perSecond, n%perSecond*(int64(time.Second)/perSecond)).UTC().AppendFormat(b, layout)
	}
}

func wholeNumber(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

// appendFloat avoids an exponent where it can, so that digits after the point count.
func appendFloat(b []byte, v float64, bits int) []byte {
	if v != 0 && (v < 1e-12 && v > -1e-12 || v > 1e18 || v < -1e18) {
		return strconv.AppendFloat(b, v, 'g', -1, bits)
	}
	return strconv.AppendFloat(b, v, 'f', -1, bits)
}

// appendDecimal writes a whole number with the point moved.
func appendDecimal(b []byte, number string, scale int) []byte {
	if scale <= 0 {
		return append(b, number...)
	}
	digits, negative := strings.CutPrefix(number, "-")
	if negative {
		b = append(b, '-')
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	b = append(b, digits[:len(digits)-scale]...)
	b = append(b, '.')
	return append(b, digits[len(digits)-scale:]...)
}

// unscaled returns the digits of a decimal, without its point.
func unscaled(v parquet.Value) string {
	if k := v.Kind(); k == parquet.Int32 || k == parquet.Int64 {
		return strconv.FormatInt(wholeNumber(v), 10)
	}
	return bigEndian(v.ByteArray()).String()
}

func bigEndian(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}
