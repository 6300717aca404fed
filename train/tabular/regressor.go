package tabular

import (
	"errors"
	"fmt"
	"math"

	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sde"
)

// toldNetwork is the network of a Classifier, of either kind.
type toldNetwork interface {
	Dim() int
	Schedule() sde.Schedule
	Store(f *checkpoints.File) error
}

func (c *Classifier) network() toldNetwork {
	if c.number != nil {
		return c.number
	}
	return c.net
}

// Number describes the column of numbers that the classifier has a law of, nil for labels.
func (c *Classifier) Number() *datasets.Field {
	if c.number == nil {
		return nil
	}
	return &c.column.Columns[0]
}

// Regressor is the network of a column of numbers, nil for labels.
func (c *Classifier) Regressor() *nn.Regressor { return c.number }

// checkTold errs unless the file's description of what is told fits its network.
func (c *Classifier) checkTold() error {
	if c.number == nil {
		if len(c.levels) != c.net.Label.Levels {
			return fmt.Errorf("%d names for %d labels", len(c.levels), c.net.Label.Levels)
		}
		return nil
	}
	if err := c.column.Validate(); err != nil {
		return err
	}
	if f := &c.column.Columns[0]; len(c.column.Columns) != 1 || !f.IsNumber() || f.Range == nil || f.Digits == nil || f.Name != c.number.Number.Name {
		return errors.New("the column of the number is another than that of the network")
	}
	return nil
}

// ofNumber binds the law of a number to a value within the range of the training rows.
func (c *Classifier) ofNumber(value string) (sde.ClassScore, error) {
	one, f := datasets.NewCells(c.column, 1), c.Number()
	if err := one.SetText(0, f.Name, value); err != nil {
		return nil, bad("class", "%q: %w: the classifier is of the number %s, from %s", value, err, f.Name, rangeText(c.column, 0))
	}
	v := one.Number(0, 0)
	if !(v >= f.Range.Min && v <= f.Range.Max) {
		return nil, bad("class", "%q: the classifier is of the number %s, and has seen it from %s: give one within", value, f.Name, rangeText(c.column, 0))
	}
	return c.number.Of(v)
}

// scaleNumber stores mean and standard deviation of the column to tell, if it is one of
// numbers, in the metadata.
func scaleNumber(table *datasets.Metadata, c *datasets.Cells, label string) error {
	for j := range table.Columns {
		f := &table.Columns[j]
		if f.Name != label || !f.IsNumber() {
			continue
		}
		n, sum, square := float64(c.Rows()), 0.0, 0.0
		for i := range c.Rows() {
			sum += c.Number(i, j)
		}
		for i := range c.Rows() {
			e := c.Number(i, j) - sum/n
			square += e * e
		}
		if square == 0 || math.IsInf(square, 0) {
			return bad("classifier", "%s: the column does not vary, or beyond a float64", label)
		}
		f.Map = &datasets.Transform{Mean: sum / n, Std: math.Sqrt(square / n)}
	}
	return nil
}

// regressor is the law of the number as it stands, calibrated on the held-out rows.
func (t *Training) regressor(g *nn.Regressor) (*Classifier, error) {
	if held := t.trainer.HeldOut(); held != nil {
		var err error
		if g, err = g.Calibrate(held...); err != nil {
			return nil, err
		}
	}
	f, _ := t.labelField()
	column := *f
	column.Condition = false
	m := t.data.Codec.Metadata()
	return &Classifier{
		number: g, table: t.like.codec.Metadata(), provenance: t.provenance(),
		column: &datasets.Metadata{Version: datasets.MetadataVersion, Rows: m.Rows, Missing: m.Missing, Columns: []datasets.Field{column}},
	}, nil
}
