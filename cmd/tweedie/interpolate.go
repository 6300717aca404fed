package main

import (
	"context"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

type interpolateFlags struct {
	flowFlags
	rows      string
	steps     int
	spherical bool
}

func (a *app) interpolateCommand() *cobra.Command {
	var o interpolateFlags
	c := &cobra.Command{
		Use:   "interpolate --model MODEL.safetensors --in FILE.csv --rows I,J",
		Short: "Rows on the way from one row to another",
		Long: `Rows on the way from row I of a table to row J, in equal steps between their
latents, both ends included; the rows after the header are 1, 2, 3, … . The
straight line passes nearer to the middle of the law than rows do; --spherical
keeps the length of the latents. The two rows must have the same labels, where
the model has them.`,
		Example: `  tweedie interpolate --model moons.safetensors --in moons.csv --rows 1,2 --steps 11 --spherical`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.interpolate(c.Context(), &o) },
	}
	o.define(c, "CSV file of rows")
	f := c.Flags()
	f.StringVar(&o.rows, "rows", "", "the two ends, as 1,2")
	f.IntVar(&o.steps, "steps", 10, "rows to write, the ends included")
	f.BoolVar(&o.spherical, "spherical", false, "turn from one latent to the other instead of going straight")
	return c
}

var rowPair = regexp.MustCompile(`^(\d{1,9}),(\d{1,9})$`)

// ends returns the indices of the two rows in a table of n.
func (o *interpolateFlags) ends() (ends [2]int, err error) {
	m := rowPair.FindStringSubmatch(o.rows)
	if m == nil {
		return ends, badUsage("--rows %q: give two rows, as 1,2", o.rows)
	}
	for k := range ends {
		ends[k], _ = strconv.Atoi(m[k+1]) // nine digits fit
		if ends[k]--; ends[k] < 0 {
			return ends, badUsage("--rows %q: the first row is 1", o.rows)
		}
	}
	return ends, between("steps", o.steps, 2, maxToyRows)
}

func (a *app) interpolate(ctx context.Context, o *interpolateFlags) error {
	if err := o.check("interpolate"); err != nil {
		return err
	}
	ends, err := o.ends()
	if err != nil {
		return err
	}
	if err := apart(o.out, o.model, o.in); err != nil {
		return err
	}
	b, err := loadBundle(o.model)
	if err != nil {
		return err
	}
	t, err := a.cellsToScore(b, o.in)
	if err != nil {
		return err
	}
	for _, i := range ends {
		if i >= t.Rows() {
			return badUsage("--rows %q: %s has %d rows", o.rows, o.in, t.Rows())
		}
	}
	r, err := b.conditioned(t.Subset(ends[:]), nil)
	if err != nil {
		return err
	}
	if r.labels != nil && !mat.Equal(r.labels.RowView(0), r.labels.RowView(1)) {
		return badUsage("--rows %q: the two rows have different labels, between which there is no way: choose two with the same", o.rows)
	}
	out, err := a.output(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	p := a.progress("interpolate", o.steps)
	x, labels, err := b.between(ctx, r, o, a.flowOptions(&o.flowFlags, p))
	if err != nil {
		return err
	}
	if err := newTableWriter(out, o.out, b.codec, 0, a.seed).finish(x, labels); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	return nil
}

// between returns rows on the way between the two rows of r, and their labels.
func (b *bundle) between(ctx context.Context, r *conditioned, o *interpolateFlags, flow *sample.FlowOptions) (x, labels *mat.Dense, err error) {
	ends, err := sample.Encode(ctx, r.d, r.x, flow)
	if err != nil {
		return nil, nil, err
	}
	curve := sample.Linear
	if o.spherical {
		curve = sample.Spherical
	}
	z := mat.NewDense(o.steps, b.codec.Dim(), nil)
	for i := range o.steps {
		curve.At(z.RawRowView(i), ends.RawRowView(0), ends.RawRowView(1), float64(i)/float64(o.steps-1))
	}
	if r.labels != nil {
		_, k := r.labels.Dims()
		labels = mat.NewDense(o.steps, k, nil)
		for i := range o.steps {
			labels.SetRow(i, r.labels.RawRowView(0))
		}
	}
	d, err := b.given(labels)
	if err != nil {
		return nil, nil, err
	}
	x, err = sample.Decode(ctx, d, z, flow)
	return x, labels, err
}
