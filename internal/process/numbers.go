package process

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Numbers stores the numbers of an answer in dst. It errs on a wrong count of them, on
// text that is no number, and on what is NaN or infinite.
func Numbers(dst []float64, text []byte) error {
	fields := strings.FieldsFunc(string(text), func(c rune) bool { return strings.ContainsRune(",; \t\r", c) })
	if len(fields) != len(dst) {
		return fmt.Errorf("%d numbers in the answer %q, want %d", len(fields), short(text), len(dst))
	}
	for k, f := range fields {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return fmt.Errorf("%q in the answer %q is no number", f, short(text))
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%q in the answer %q is not finite: the program must give a number for every row that the model may try", f, short(text))
		}
		dst[k] = v
	}
	return nil
}
