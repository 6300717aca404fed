package growth

import (
	"bufio"
	"io"
	"math/rand/v2"
	"strconv"

	"tweedie/internal/stream"
)

// WriteTable writes the table of a size as CSV: normal numbers x0, x1, … of three decimals,
// each correlated with the one before by ½, and a category c of Levels levels. The first rows
// have each level once, where there are rows enough; the levels of the others fall off as
// 1/√rank, and raise the first number.
func WriteTable(w io.Writer, s Size, seed uint64) error {
	b := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	for j := range s.Columns - 1 {
		line = append(strconv.AppendInt(append(line, 'x'), int64(j), 10), ',')
	}
	b.Write(append(line, "c\n"...))
	r := stream.New(seed, "growth/table")
	for i := range s.Rows {
		if _, err := b.Write(appendRow(line[:0], r, s, i)); err != nil {
			return err
		}
	}
	return b.Flush()
}

func appendRow(line []byte, r *rand.Rand, s Size, i int) []byte {
	u := r.Float64()
	level := int(u * u * float64(s.Levels)) // of density 1/√
	if i < s.Levels {
		level = i
	}
	z := float64(level) / float64(s.Levels)
	for range s.Columns - 1 {
		z = 0.5*z + 0.866*r.NormFloat64()
		line = append(strconv.AppendFloat(line, z, 'f', 3, 64), ',')
	}
	line = strconv.AppendInt(append(line, 'L'), int64(level), 10)
	return append(line, '\n')
}
