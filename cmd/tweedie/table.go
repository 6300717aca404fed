package main

import (
	"context"

	"tweedie/datasets"
)

// table opens a file to read, or stdin, which is kept in a temporary file until the
// command ends. Reading ends when ctx is done.
func (a *app) table(ctx context.Context, path string) (datasets.Source, error) {
	if path != "-" {
		src, err := datasets.OpenTable(path)
		if err != nil {
			return nil, err
		}
		return datasets.Interruptible(ctx, src), nil
	}
	if a.spooled != nil {
		return nil, badUsage("stdin is named twice: it can be read for one table only")
	}
	s, err := datasets.Spool(datasets.InterruptibleReader(ctx, a.stdin), "standard input")
	if err != nil {
		if cause := ctx.Err(); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	a.spooled = s
	return datasets.Interruptible(ctx, s), nil
}

// cleanUp removes what commands leave for others to read.
func (a *app) cleanUp() error {
	if a.spooled == nil {
		return nil
	}
	return a.spooled.Close()
}
