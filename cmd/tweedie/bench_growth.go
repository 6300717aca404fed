package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"tweedie/internal/atomicfile"
	"tweedie/internal/bench/growth"
)

func (a *app) benchGrowthCommand() *cobra.Command {
	var o growth.Options
	c := &cobra.Command{
		Use:   "growth --out FOLDER",
		Short: "Measure how time and memory grow with rows, columns, levels and workers",
		Long: `Measure how time and peak memory of training and of drawing grow with the rows, the
columns and the levels of a table, and with workers. Tables are made from the seed
and written as CSV; each is trained on for a fixed, small number of steps, and as
many rows are drawn with 8 evaluations, in processes of their own. So what grows
with the rows is reading, encoding, drawing and writing, not the number of steps.
Each cell that is done is a file of --out, and a run that was interrupted goes on
with the next. Tables with exponents go to stdout, in Markdown; growth.json and a
figure for each go to --out. Ten million rows take half a gigabyte of disk.`,
		Example: `  tweedie bench growth --out growth --axes rows,columns --max-rows 1000000`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.benchGrowth(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.Out, "out", "", "folder to write into, made if need be")
	f.StringSliceVar(&o.Axes, "axes", growth.Axes(), "what varies, separated by commas")
	f.IntVar(&o.Most, "max-rows", 10_000_000, "leave out tables of more rows")
	return c
}

func (a *app) benchGrowth(ctx context.Context, o growth.Options) (err error) {
	if o.Out == "" {
		return badUsage("bench growth needs --out, a folder")
	}
	for _, x := range o.Axes {
		if !slices.Contains(growth.Axes(), x) {
			return badUsage("--axes %s: use some of rows, columns, levels and workers", x)
		}
	}
	if err := between("max-rows", o.Most, 2000, 1_000_000_000); err != nil {
		return err
	}
	if err := makeFolder(o.Out); err != nil {
		return err
	}
	if o.Program, err = os.Executable(); err != nil {
		return err
	}
	o.Seed, o.Workers, o.Clock = a.seed, a.workers, time.Now
	o.Done = func(c growth.Cost) error {
		a.log.Info("cell", "axis", c.Axis, "size", c.Size(), "train_seconds", c.TrainSeconds, "train_mb", c.TrainMB, "draw_seconds", c.DrawSeconds, "draw_mb", c.DrawMB)
		return nil
	}
	costs, err := growth.Measure(ctx, o)
	if ctx.Err() != nil {
		return interrupted(fmt.Sprintf("interrupted after %d cells, which are kept: the same command goes on", len(costs)))
	}
	if err != nil {
		return err
	}
	for _, axis := range o.Axes {
		f, err := growth.Figure(costs, axis)
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(o.Out, "growth-"+axis+".png"), f.PNG()); err != nil {
			return err
		}
	}
	err = atomicfile.Write(filepath.Join(o.Out, "growth.json"), func(w io.Writer) error { return encodeJSON(w, costs) })
	if err != nil {
		return err
	}
	return growth.WriteMarkdown(a.stdout, costs)
}
