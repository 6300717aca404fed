package evaluate

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// Number is a score. NaN, written as null in JSON, says that there is none:
// the report's notes say why.
type Number float64

// MarshalJSON implements json.Marshaler.
func (x Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(x))
}

// UnmarshalJSON implements json.Unmarshaler.
func (x *Number) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		*x = none
		return nil
	}
	return json.Unmarshal(data, (*float64)(x))
}

// String shows three digits, and a dash for no score.
func (x Number) String() string {
	v := float64(x)
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a < 10: // scores between 0 and 1 have the same number of decimals
		return strconv.FormatFloat(v, 'f', 3, 64)
	case a < 1000:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// digits shows three digits that count, for what has no scale of its own.
func (x Number) digits() string {
	if !x.given() {
		return x.String()
	}
	return strconv.FormatFloat(float64(x), 'g', 3, 64)
}

func (x Number) given() bool { return !math.IsNaN(float64(x)) }

var none = Number(math.NaN())
