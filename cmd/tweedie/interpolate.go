package main

import (
	"context"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"
	"tweedie/sample"
	"tweedie/train/tabular"
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
	m, t, err := a.rows(ctx, &o.flowFlags)
	if err != nil {
		return err
	}
	for _, i := range ends {
		if i >= t.Rows() {
			return badUsage("--rows %q: %s has %d rows", o.rows, o.in, t.Rows())
		}
	}
	l, err := m.Encode(ctx, t.Subset(ends[:]), &tabular.FlowOptions{Tolerance: o.tol, Workers: a.workers})
	if err != nil {
		return err
	}
	curve := sample.LinearCurve
	if o.spherical {
		curve = sample.SphericalCurve
	}
	if l, err = m.Interpolate(l, o.steps, curve); err != nil {
		return badUsage("--rows %q: %w", o.rows, err)
	}
	return a.writeDecoded(ctx, "interpolate", m, l, &o.flowFlags, o.steps)
}
