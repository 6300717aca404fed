package simulators

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/process"
)

// batch is the rows of one process.
type batch struct {
	of       *Program
	seed     uint64
	theta, x *mat.Dense // x is nil while the names of the data are not known
	columns  []string
	head     string // the first line, if it was taken for a header
	lines    int    // that were read
	answered int    // rows that have data
	odd      error  // of the last line: one that is cut where a process dies is no error
}

// errMisplaced says that answers cannot be told to belong to rows.
var errMisplaced = errors.New("")

// simulate runs the batch, whose first row has the index first. Failed rows are errors, or
// NaN with KeepFailed.
func (b *batch) simulate(first int) error {
	g := b.of
	n, _ := b.theta.Dims()
	err := b.run(first)
	switch {
	case err == nil:
		return b.review(first)
	case g.ctx.Err() != nil:
		return g.ctx.Err()
	case !g.o.KeepFailed || errors.Is(err, errMisplaced):
		return g.wrap(fmt.Errorf("%s: %w", b.place(first), err))
	case n == 1:
		b.lose(0)
		return g.failed(first, err)
	}
	b.answered = max(0, b.answered-1) // the last line may be cut
	if b.answered > 0 {
		if err := b.part(0, b.answered).review(first); err != nil {
			return err
		}
	}
	return b.again(first)
}

// again runs what has no answer: the rows after the last answer by themselves, then the
// others; or halves, if there was no answer at all.
func (b *batch) again(first int) error {
	n, _ := b.theta.Dims()
	cuts := []int{0, n / 2, n}
	if k := b.answered; k > 0 {
		cuts = []int{k, min(k+2, n), n} // the row that was lost with the last line, and its successor
	}
	for i := range len(cuts) - 1 {
		if lo, hi := cuts[i], cuts[i+1]; lo < hi {
			if err := b.part(lo, hi).simulate(first + lo); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) part(lo, hi int) *batch {
	_, d := b.theta.Dims()
	_, w := b.x.Dims()
	return &batch{of: b.of, seed: b.seed, columns: b.columns, theta: b.theta.Slice(lo, hi, 0, d).(*mat.Dense), x: b.x.Slice(lo, hi, 0, w).(*mat.Dense)}
}

func (b *batch) lose(row int) {
	for j := range b.columns {
		b.x.Set(row, j, math.NaN())
	}
}

// review looks for numbers that are not finite.
func (b *batch) review(first int) error {
	g := b.of
	n, _ := b.theta.Dims()
	var bad []int
	for i := range n {
		why := notFinite(b.columns, b.x.RawRowView(i))
		if why == "" {
			g.succeed()
			continue
		}
		if bad = append(bad, first+i+1); !g.o.KeepFailed {
			continue
		}
		b.lose(i)
		if err := g.fail(first+i, why); err != nil {
			return g.wrap(err)
		}
	}
	if len(bad) == 0 || g.o.KeepFailed {
		return nil
	}
	i := bad[0] - first - 1
	return g.wrap(fmt.Errorf("%s: %s at %s; --keep-failed keeps such rows as NaN", rowNames(bad), notFinite(b.columns, b.x.RawRowView(i)), at(g.prior.Names(), b.theta.RawRowView(i))))
}

// rowNames writes numbers of rows.
func rowNames(rows []int) string {
	const most = 8
	if len(rows) == 1 {
		return fmt.Sprintf("row %d", rows[0])
	}
	var list []string
	for _, r := range rows[:min(most, len(rows))] {
		list = append(list, strconv.Itoa(r))
	}
	s := "rows " + strings.Join(list, ", ")
	if more := len(rows) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// place says where a process came to its end.
func (b *batch) place(first int) string {
	n, _ := b.theta.Dims()
	rows := fmt.Sprintf("row %d", first+1)
	if n > 1 {
		rows = fmt.Sprintf("rows %d to %d", first+1, first+n)
	}
	if k := b.answered; k > 0 && k < n {
		return fmt.Sprintf("%s, row %d with %s", rows, first+k+1, at(b.of.prior.Names(), b.theta.RawRowView(k)))
	}
	return rows
}

// run starts a process and reads its answers.
func (b *batch) run(first int) error {
	g := b.of
	n, _ := b.theta.Dims()
	env := []string{fmt.Sprintf("SIMULATOR_SEED=%d", b.seed), fmt.Sprintf("SIMULATOR_ROW=%d", first)}
	err := process.Batch(g.ctx, g.words, env, b.text(), g.o.Silence, func(text []byte) error {
		if b.odd != nil {
			return b.odd
		}
		b.odd = b.read(text)
		return nil
	})
	switch {
	case err != nil:
		return err
	case b.odd != nil:
		return b.odd
	case b.answered == 0 && b.lines == 0:
		return misplaced("it wrote nothing to its standard output: it must write CSV, a line for each row")
	case b.answered < n:
		return misplaced("%d rows of data for %d of parameters: it must write a line for each row%s", b.answered, n, b.taken())
	}
	return nil
}

// taken says what the header was, where data may have been taken for it.
func (b *batch) taken() string {
	if b.head == "" || b.answered > 0 {
		return ""
	}
	return fmt.Sprintf("; its first line, %.60q, has a cell that is no number and is taken for the header: data are numbers, with commas between them", b.head)
}

func misplaced(format string, args ...any) error {
	return fmt.Errorf("%w%s", errMisplaced, fmt.Sprintf(format, args...))
}

// text is the parameters as lines of CSV.
func (b *batch) text() []string {
	var head strings.Builder
	w := csv.NewWriter(&head)
	_ = w.Write(b.of.prior.Names()) // a Builder does not err
	w.Flush()
	lines := []string{strings.TrimSuffix(head.String(), "\n")}
	n, _ := b.theta.Dims()
	var line []byte
	for i := range n {
		line = line[:0]
		for j, v := range b.theta.RawRowView(i) {
			if j > 0 {
				line = append(line, ',')
			}
			line = strconv.AppendFloat(line, v, 'g', -1, 64)
		}
		lines = append(lines, string(line))
	}
	return lines
}

// read takes a line of the program: the header, or the data of a row.
func (b *batch) read(text []byte) error {
	if b.lines == 0 {
		text = bytes.TrimPrefix(text, []byte("\ufeff")) // a byte order mark
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return nil
	}
	b.lines++
	fields, err := csv.NewReader(bytes.NewReader(text)).Read()
	if err != nil {
		return misplaced("the line %.60q is no CSV: it must write nothing else to its standard output", text)
	}
	row := make([]float64, len(fields))
	numbers := true
	for j, f := range fields {
		var ok bool
		row[j], ok = number(strings.TrimSpace(f))
		numbers = numbers && ok
	}
	switch {
	case b.lines == 1 && !numbers:
		b.head = string(text)
		return b.header(fields)
	case b.columns == nil:
		b.columns = make([]string, len(row))
		for j := range row {
			b.columns[j] = fmt.Sprintf("x%d", j+1)
		}
	}
	return b.row(text, row, numbers)
}

func (b *batch) header(fields []string) error {
	for j := range fields {
		fields[j] = strings.TrimSpace(fields[j])
		switch {
		case fields[j] == "":
			return misplaced("its header, %.60q, has no name for column %d: name every column, or write no header", b.head, j+1)
		case slices.Contains(fields[:j], fields[j]):
			return misplaced("its header, %.60q, has the name %q twice: give each column a name of its own", b.head, fields[j])
		}
	}
	if b.columns == nil {
		b.columns = fields
		return nil
	}
	if !slices.Equal(fields, b.columns) {
		return misplaced("the header %.60q, where the first process wrote %.60q", strings.Join(fields, ","), strings.Join(b.columns, ","))
	}
	return nil
}

func (b *batch) row(text []byte, row []float64, numbers bool) error {
	n, _ := b.theta.Dims()
	switch {
	case !numbers:
		return misplaced("row %d of its data, %.60q, has a cell that is no number%s", b.answered+1, text, b.taken())
	case len(row) != len(b.columns):
		return misplaced("row %d of its data, %.60q, has %d numbers, want %d", b.answered+1, text, len(row), len(b.columns))
	case b.answered == n:
		return misplaced("more rows of data than the %d of parameters: it must write a line for each row, and nothing else", n)
	}
	if b.x != nil {
		copy(b.x.RawRowView(b.answered), row)
	}
	b.answered++
	return nil
}

// number reads a cell. One that is empty, or spelled as missing, is NaN.
func number(cell string) (float64, bool) {
	switch strings.ToLower(cell) {
	case "", "na", "none", "null":
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(cell, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}
