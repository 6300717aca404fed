package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tweedie/datasets"
	"tweedie/datasets/toy"
	"tweedie/train/tabular"
)

const toyPrefix = "toy:"

// tableFlags say how a table is read.
type tableFlags struct {
	metadata string
	types    []string
	formats  []string
	missing  []string
	encoding string

	defaultMissing bool
}

// said tells whether anything is said of the columns.
func (o *tableFlags) said() bool {
	return o.metadata != "" || len(o.types)+len(o.formats)+len(o.missing) > 0 || !o.defaultMissing
}

// infer returns what the flags say of the columns.
func (o *tableFlags) infer() (*datasets.InferOptions, error) {
	opts := &datasets.InferOptions{Types: map[string]datasets.Type{}, Formats: map[string]string{}}
	for _, s := range o.types {
		i := strings.LastIndexByte(s, '=')
		if i < 0 {
			return nil, badUsage("--type %q: give COLUMN=TYPE", s)
		}
		t, err := datasets.ParseType(s[i+1:])
		if err != nil {
			return nil, badUsage("--type %q: %w", s, err)
		}
		opts.Types[s[:i]] = t
	}
	for _, s := range o.formats {
		i := strings.LastIndexByte(s, '=')
		if i < 0 || !showsTime(s[i+1:]) {
			return nil, badUsage("--date-format %q: give COLUMN=FORMAT, the format as 15:04:05 on 2 January 2006 would be written, as in born=02.01.2006", s)
		}
		opts.Formats[s[:i]] = s[i+1:]
	}
	if o.metadata != "" {
		m, err := datasets.ReadMetadata(o.metadata)
		if err != nil {
			return nil, usage{err}
		}
		opts.Metadata = m
	}
	opts.Missing, opts.NoDefaultMissing = o.missing, !o.defaultMissing
	return opts, nil
}

// showsTime tells whether two times differ in a format.
func showsTime(layout string) bool {
	a, b := time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC), time.Date(1987, 12, 31, 23, 59, 58, 0, time.UTC)
	return a.Format(layout) != b.Format(layout)
}

// inFile names the file in an error about a table.
func inFile(path string, err error) error {
	if e, ok := err.(*datasets.Error); ok && e.File == "" {
		e.File = path
	}
	return err
}

// trainingData reads the data that --data names. A toy law becomes a table of rows
// drawn from it.
func (a *app) trainingData(ctx context.Context, o *trainFlags, opts *tabular.Options) (*tabular.TrainingData, error) {
	if law, ok := strings.CutPrefix(o.data, toyPrefix); ok {
		return lawData(law, o.conditions, o.toyRows, a.seed)
	}
	src, err := a.table(ctx, o.data)
	if err != nil {
		return nil, err
	}
	if opts.Infer, err = o.table.infer(); err != nil {
		return nil, err
	}
	return tabular.ReadData(src, opts)
}

// classifierData reads the data of a classifier as the model to guide reads it.
func (a *app) classifierData(ctx context.Context, o *trainFlags, like *tabular.Model) (*tabular.TrainingData, error) {
	if law, ok := strings.CutPrefix(o.data, toyPrefix); ok {
		return lawData(law, []string{o.classifier}, o.toyRows, a.seed)
	}
	src, err := a.table(ctx, o.data)
	if err != nil {
		return nil, err
	}
	return like.ReadClassifierData(src, o.classifier)
}

// lawData are rows of a law in the plane.
func lawData(name string, labels []string, rows int, seed uint64) (*tabular.TrainingData, error) {
	law, err := toy.Lookup(name)
	if err != nil {
		return nil, usage{err}
	}
	c, err := law.Table(rows, labels, seed)
	if err != nil {
		return nil, badUsage("--condition %w", err)
	}
	return tabular.LawData(toyPrefix+name, c)
}

// rowsToScore reads rows for a model, or draws them from a toy law with another
// seed than training's.
func (a *app) rowsToScore(ctx context.Context, m *tabular.Model, in string, read func(datasets.Source) (*datasets.Cells, error)) (*datasets.Cells, error) {
	if !strings.HasPrefix(in, toyPrefix) {
		src, err := a.table(ctx, in)
		if err != nil {
			return nil, err
		}
		c, err := read(src)
		if err != nil {
			return nil, err
		}
		for _, n := range c.Notes() {
			a.log.Warn(n)
		}
		return c, nil
	}
	name, rows, err := splitToy(in)
	if err != nil {
		return nil, err
	}
	law, err := toy.Lookup(name)
	if err != nil {
		return nil, usage{err}
	}
	c, err := law.Cells(m.Metadata(), rows, ^a.seed)
	if err != nil {
		return nil, badUsage("%s: %w: give a model of that law, or a file", in, err)
	}
	return c, nil
}

// splitToy takes toy:NAME:ROWS apart; ROWS defaults to 10000.
func splitToy(s string) (name string, rows int, err error) {
	name, count, given := strings.Cut(strings.TrimPrefix(s, toyPrefix), ":")
	if !given {
		return name, 10000, nil
	}
	if rows, err = strconv.Atoi(count); err != nil || rows < 2 || rows > maxToyRows {
		return "", 0, badUsage("%s: %q is no number of rows: give one from 2 to %d", s, count, maxToyRows)
	}
	return name, rows, nil
}
