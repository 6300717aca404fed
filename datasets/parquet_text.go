package datasets

import (
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"
)

// parquetText returns what writes the values of a column as text, or why it cannot.
func parquetText(node parquet.Node) (text func([]byte, parquet.Value) []byte, found string) {
	switch {
	case !node.Leaf():
		return nil, "a nested column"
	case node.Repeated():
		return nil, "a column of lists"
	}
	if text := logicalText(node); text != nil {
		return text, ""
	}
	switch node.Type().Kind() {
	case parquet.Boolean:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendBool(b, v.Boolean()) }, ""
	case parquet.Int32, parquet.Int64:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, wholeNumber(v), 10) }, ""
	case parquet.Float:
		return func(b []byte, v parquet.Value) []byte { return appendFloat(b, float64(v.Float()), 32) }, ""
	case parquet.Double:
		return func(b []byte, v parquet.Value) []byte { return appendFloat(b, v.Double(), 64) }, ""
	case parquet.Int96:
		return nil, "a column of 96-bit times"
	}
	return func(b []byte, v parquet.Value) []byte { return append(b, v.ByteArray()...) }, ""
}

// logicalText is parquetText of columns whose logical type says what the values mean.
func logicalText(node parquet.Node) func([]byte, parquet.Value) []byte {
	logical := node.Type().LogicalType()
	if logical == nil {
		return nil
	}
	switch logical := logical.Value.(type) {
	case *parquetformat.DateType:
		return func(b []byte, v parquet.Value) []byte {
			return time.Unix(int64(v.Int32())*24*60*60, 0).UTC().AppendFormat(b, "2006-01-02")
		}
	case *parquetformat.TimestampType:
		return timeText("2006-01-02 15:04:05.999999999", logical.Unit)
	case *parquetformat.TimeType:
		return timeText("15:04:05.999999999", logical.Unit)
	case *parquetformat.DecimalType:
		scale := int(logical.Scale)
		if k := node.Type().Kind(); k == parquet.Int32 || k == parquet.Int64 {
			return func(b []byte, v parquet.Value) []byte {
				return appendDecimal(b, strconv.FormatInt(wholeNumber(v), 10), scale)
			}
		}
		return func(b []byte, v parquet.Value) []byte {
			return appendDecimal(b, bigEndian(v.ByteArray()).String(), scale)
		}
	case *parquetformat.UUIDType:
		return func(b []byte, v parquet.Value) []byte { return hex.AppendEncode(b, v.ByteArray()) }
	case *parquetformat.IntType:
		if logical.IsSigned {
			return nil
		}
		return func(b []byte, v parquet.Value) []byte {
			if v.Kind() == parquet.Int32 {
				return strconv.AppendUint(b, uint64(v.Uint32()), 10)
			}
			return strconv.AppendUint(b, v.Uint64(), 10)
		}
	}
	return nil
}

func timeText(layout string, unit parquetformat.TimeUnit) func([]byte, parquet.Value) []byte {
	size := int64(time.Nanosecond)
	if unit.Value != nil {
		size = int64(unit.Value.Duration())
	}
	perSecond := int64(time.Second) / size
	return func(b []byte, v parquet.Value) []byte {
		n := wholeNumber(v)
		return time.Unix(n/perSecond, n%perSecond*size).UTC().AppendFormat(b, layout)
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

func bigEndian(b []byte) *big.Int {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}
