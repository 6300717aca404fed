package growth

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Evaluations of the network for each row that is drawn.
const evaluations = 8

// run measures a cell in a folder of its own, which it removes.
func (o *Options) run(ctx context.Context, c Cell) (Cost, error) {
	cost := Cost{Cell: c}
	dir, err := os.MkdirTemp(o.Out, "cell-")
	if err != nil {
		return cost, err
	}
	defer os.RemoveAll(dir)
	data, model, rows := filepath.Join(dir, "table.csv"), filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "rows.csv")
	if err := writeTable(data, c, o.Seed); err != nil {
		return cost, err
	}
	common := []string{"--quiet", "--seed", fmt.Sprint(o.Seed), "--workers", fmt.Sprint(cmp.Or(c.Workers, o.Workers))}
	train := append([]string{"train", "--data", data, "--out", model, "--steps", fmt.Sprint(c.Steps),
		"--hidden", "128", "--layers", "3", "--batch", "256", "--holdout", "0", "--fourier-features", "6", "--dropout", "0"}, common...)
	if cost.TrainSeconds, cost.TrainMB, err = o.command(ctx, train); err != nil {
		return cost, err
	}
	draw := append([]string{"sample", "--model", model, "--rows", fmt.Sprint(c.Rows), "--out", rows, "--nfe", fmt.Sprint(evaluations)}, common...)
	cost.DrawSeconds, cost.DrawMB, err = o.command(ctx, draw)
	return cost, err
}

// command runs the program, and returns its seconds and the peak of its memory.
func (o *Options) command(ctx context.Context, args []string) (seconds, mb float64, err error) {
	var said bytes.Buffer
	run := exec.CommandContext(ctx, o.Program, args...)
	run.Stderr = &said
	start := o.Clock()
	if err := run.Run(); err != nil {
		return 0, 0, fmt.Errorf("growth: %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return o.Clock().Sub(start).Seconds(), peakMB(run.ProcessState), nil
}
