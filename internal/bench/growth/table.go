package growth

import (
	"bufio"
	"io"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"

	"tweedie/internal/atomicfile"
	"tweedie/internal/stream"
)

// writeTable writes the table of a cell: numbers that share a common part, x_j = (u + z_j)/√2 in
// four decimals, and a column of categories whose shares fall as 1/(k + 10), k = 1 … Levels, each with a mean of
// u of its own.
func writeTable(path string, c Cell, seed uint64) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<16)
		var line []byte
		for j := range c.Columns {
			line = appendCell(line, j, "x"+strconv.Itoa(j))
		}
		if c.Levels > 0 {
			line = appendCell(line, c.Columns, "place")
		}
		b.Write(append(line, '\n'))
		rng, shares := stream.New(seed, "growth/table"), cumulative(c.Levels)
		for range c.Rows {
			line = appendRow(line[:0], c, shares, rng)
			if _, err := b.Write(line); err != nil {
				return err
			}
		}
		return b.Flush()
	})
}

func appendCell(line []byte, j int, text string) []byte {
	if j > 0 {
		line = append(line, ',')
	}
	return append(line, text...)
}

func appendRow(line []byte, c Cell, shares []float64, rng *rand.Rand) []byte {
	u, level := rng.NormFloat64(), 0
	if c.Levels > 0 {
		level = sort.SearchFloat64s(shares, rng.Float64()*shares[c.Levels-1])
		u += math.Sin(float64(level))
	}
	for j := range c.Columns {
		if j > 0 {
			line = append(line, ',')
		}
		line = strconv.AppendFloat(line, (u+rng.NormFloat64())/math.Sqrt2, 'f', 4, 64)
	}
	if c.Levels > 0 {
		line = append(line, ",p"...)
		line = strconv.AppendInt(line, int64(level), 10)
	}
	return append(line, '\n')
}

func cumulative(levels int) []float64 {
	s, sum := make([]float64, levels), 0.0
	for k := range s {
		sum += 1 / float64(k+11)
		s[k] = sum
	}
	return s
}
