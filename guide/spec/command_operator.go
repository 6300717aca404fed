package spec

import (
	"context"
	"strconv"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/process"
	"tweedie/sde"
)

// Command is an operator that a program evaluates, for encoded rows. The program is sent
// rows of the table as CSV, as package process describes: a header line, and a line for each
// row. The columns are those of the table, in its order, but for identifiers and for label
// columns, which are not part of what a model encodes. Numbers are in units of the table, and
// not rounded; categories are the name of their most probable level; dates are as in the
// table; missing cells are empty.
//
// It has no derivative. Evaluations by several goroutines wait for each other.
type Command struct {
	rows             *rowText
	m                int
	forward, inverse []string
	timeout          time.Duration
	runs             *runs
}

var _ sde.Operator = (*Command)(nil)

// Dims implements sde.Operator.
func (o *Command) Dims() (d, m int) { return o.rows.codec.Dim(), o.m }

// Apply implements sde.Operator. It errs where the program does.
func (o *Command) Apply(dst, x *mat.Dense) error {
	lines, err := o.rows.lines(x)
	if err != nil {
		return err
	}
	header, err := o.rows.header()
	if err != nil {
		return err
	}
	return o.ask(o.forward, header, lines, func(i int, text []byte) error {
		return process.Numbers(dst.RawRowView(i), text)
	})
}

// ask asks the process of the run, or one of its own.
func (o *Command) ask(words []string, header string, lines []string, answer func(i int, text []byte) error) error {
	if o.runs != nil {
		return o.runs.process(words, header, o.timeout).Ask(lines, answer)
	}
	p := process.New(context.Background(), words, header, o.timeout)
	err := p.Ask(lines, answer)
	if e := p.Close(); err == nil {
		err = e
	}
	return err
}

// invertible is a Command with a program for its pseudo-inverse. That is sent the observed
// numbers, with the header y1,y2,…, and answers with a row of the table: the cells of the
// columns that Command sends, as CSV without a header.
type invertible struct{ *Command }

var _ sde.PseudoInverter = invertible{}

// PseudoInverse implements sde.PseudoInverter.
func (o invertible) PseudoInverse(dst, y *mat.Dense) error {
	n, _ := y.Dims()
	lines := make([]string, n)
	for i := range lines {
		var b []byte
		for k, v := range y.RawRowView(i) {
			if k > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendFloat(b, v, 'g', -1, 64)
		}
		lines[i] = string(b)
	}
	var header []byte
	for k := range o.m {
		if k > 0 {
			header = append(header, ',')
		}
		header = strconv.AppendInt(append(header, 'y'), int64(k+1), 10)
	}
	return o.ask(o.inverse, string(header), lines, func(i int, text []byte) error {
		return o.rows.encode(dst.RawRowView(i), text)
	})
}
