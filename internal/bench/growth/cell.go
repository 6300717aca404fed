package growth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tweedie/internal/atomicfile"
)

// Cost is what a process took.
type Cost struct {
	Seconds float64 `json:"seconds"`     // by the clock
	CPU     float64 `json:"cpu_seconds"` // of all cores together
	Peak    int64   `json:"peak_bytes"`  // resident; 0 where the system does not tell
}

// Cell is what was measured at a size.
type Cell struct {
	Size
	Seed      uint64 `json:"seed"`
	FileBytes int64  `json:"file_bytes"` // of the CSV
	Train     Cost   `json:"train"`      // reading, encoding, Steps steps and a validation
	Draw      Cost   `json:"draw"`       // of as many rows, written as CSV
}

// Options of Run.
type Options struct {
	Program string // that is measured: train and sample are commands of it
	Out     string // folder of the cells that are done, made if need be
	Plan    []Size
	Seed    uint64
	Clock   func() time.Time
	Done    func(*Cell) // called after each cell that was measured, if set
}

// Run measures all cells of the plan that are not done yet, and returns all of them. What is
// done before an error, or before ctx is done, is kept.
func Run(ctx context.Context, o Options) ([]*Cell, error) {
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return nil, err
	}
	var cells []*Cell
	for _, s := range o.Plan {
		c, err := o.stored(s)
		if err == nil && c == nil {
			if c, err = o.measure(ctx, s); err == nil && o.Done != nil {
				o.Done(c)
			}
		}
		if err != nil {
			return cells, fmt.Errorf("%s: %w", s.name(), err)
		}
		cells = append(cells, c)
	}
	return cells, nil
}

func (o *Options) path(s Size) string { return filepath.Join(o.Out, s.name()+".json") }

// stored returns a cell that was measured before, nil if there is none.
func (o *Options) stored(s Size) (*Cell, error) {
	text, err := os.ReadFile(o.path(s))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c Cell
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s: %w: delete the file to measure the cell again", o.path(s), err)
	}
	if c.Size != s || c.Seed != o.Seed {
		return nil, fmt.Errorf("%s is of another size or seed: delete the file to measure the cell again", o.path(s))
	}
	return &c, nil
}

// measure writes the table of a cell, trains and draws, and stores the cell. The files
// beside are removed.
func (o *Options) measure(ctx context.Context, s Size) (*Cell, error) {
	dir, err := os.MkdirTemp(o.Out, s.name()+"-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	table, model := filepath.Join(dir, "table.csv"), filepath.Join(dir, "model.safetensors")
	if err := atomicfile.Write(table, func(w io.Writer) error { return WriteTable(w, s, o.Seed) }); err != nil {
		return nil, err
	}
	info, err := os.Stat(table)
	if err != nil {
		return nil, err
	}
	c := &Cell{Size: s, Seed: o.Seed, FileBytes: info.Size()}
	shared := []string{"--quiet", "--seed", fmt.Sprint(o.Seed), "--workers", fmt.Sprint(s.Workers)}
	steps := fmt.Sprint(s.Steps)
	train := []string{"train", "--data", table, "--type", "c=categorical", "--out", model, "--steps", steps, "--every", steps, "--batch", "512"}
	if c.Train, err = o.run(ctx, append(train, shared...)); err != nil {
		return nil, err
	}
	draw := []string{"sample", "--model", model, "--rows", fmt.Sprint(s.Rows), "--nfe", fmt.Sprint(s.NFE), "--out", filepath.Join(dir, "drawn.csv")}
	if c.Draw, err = o.run(ctx, append(draw, shared...)); err != nil {
		return nil, err
	}
	return c, writeJSON(o.path(s), c)
}

// run measures a process. The error of one that fails ends with what it said.
func (o *Options) run(ctx context.Context, args []string) (Cost, error) {
	c := exec.CommandContext(ctx, o.Program, args...)
	start := o.Clock()
	said, err := c.CombinedOutput()
	if ctx.Err() != nil {
		return Cost{}, ctx.Err()
	}
	if err != nil {
		return Cost{}, fmt.Errorf("%s: %w: %s", args[0], err, said)
	}
	p := c.ProcessState
	return Cost{o.Clock().Sub(start).Seconds(), (p.UserTime() + p.SystemTime()).Seconds(), peak(p)}, nil
}

func writeJSON(path string, v any) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}
