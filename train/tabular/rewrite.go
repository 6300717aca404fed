package tabular

import (
	"context"
	"io"
	"math"

	"tweedie/datasets"
)

// Rewrite writes a table with its missing cells filled: known cells, identifiers and
// constants as they were read, rows in their order. There is one writer for each draw,
// or one with Point. It holds some thousand rows at a time. Progress counts rows of all
// draws, of 0, since how many there are is not known.
func (f *Imputer) Rewrite(ctx context.Context, table datasets.Source, format datasets.Format, to []io.Writer) error {
	return f.RewriteRows(ctx, table, format, to, 0, math.MaxInt)
}

// RewriteRows is Rewrite of n rows from first on, or as many as there are: what the whole
// has of them, after a header.
func (f *Imputer) RewriteRows(ctx context.Context, table datasets.Source, format datasets.Format, to []io.Writer, first, n int) error {
	if n := len(to); f.Point && n != 1 || !f.Point && n != f.Draws {
		return bad("draws", "are %d, for %d writers: give one for each, or one with Point", f.Draws, n)
	}
	r, err := datasets.OpenOriginal(table, f.model.codec.Metadata(), format)
	if err != nil {
		return err
	}
	defer r.Close()
	var writers []*datasets.Copy
	for _, w := range to {
		writers = append(writers, r.NewCopy(w))
	}
	if err := f.rewriteRows(ctx, r, writers, first, n); err != nil {
		return err
	}
	for _, w := range writers {
		if err := w.Close(); err != nil {
			return err
		}
	}
	return nil
}

// rewriteRows writes n rows from first on, block by block.
func (f *Imputer) rewriteRows(ctx context.Context, r *datasets.Original, to []*datasets.Copy, first, n int) error {
	drawn, one := *f, datasets.NewCells(f.model.codec.Metadata(), 0)
	for at, more := 0, true; more && at-first < n; at += r.Cells().Rows() {
		limit, skip := imputeBlock, at < first
		if skip {
			limit = min(limit, first-at)
		} else {
			limit = min(limit, n-(at-first))
		}
		var err error
		if more, err = r.Next(limit); err != nil {
			return err
		}
		if skip || r.Cells().Rows() == 0 {
			continue
		}
		if f.Progress != nil {
			drawn.Progress = func(done, _ int) error { return f.Progress((at-first)*f.Draws+done, 0) }
		}
		if err := drawn.rewrite(ctx, r, at, to, one); err != nil {
			return err
		}
	}
	return nil
}

// rewrite writes the rows that r holds, whose first has index first: draw by draw, so
// that one is held at a time, or the point of all draws.
func (f *Imputer) rewrite(ctx context.Context, r *datasets.Original, first int, to []*datasets.Copy, one *datasets.Cells) error {
	if f.Point {
		full, err := f.Fill(ctx, r.Cells(), first)
		if err != nil {
			return err
		}
		return to[0].Write(full[0])
	}
	for k := range f.Draws {
		if err := f.FillDraw(ctx, one, r.Cells(), first, k); err != nil {
			return err
		}
		if err := to[k].Write(one); err != nil {
			return err
		}
		if f.Progress != nil {
			if err := f.Progress((k+1)*r.Cells().Rows(), 0); err != nil {
				return err
			}
		}
	}
	return nil
}
