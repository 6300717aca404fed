package main

import (
	"context"
	"fmt"
	"io"

	"tweedie/internal/atomicfile"
	"tweedie/train/sbi"
)

// inferReport is what --json writes.
type inferReport struct {
	Model        string         `json:"model"`
	Rows         int            `json:"rows"`
	Level        float64        `json:"level"`
	Observations []sbi.Inferred `json:"observations"`
	Caveats      []string       `json:"caveats"`
}

// inferSummary writes the table of the parameters.
func (a *app) inferSummary(ctx context.Context, o *inferFlags, post *sbi.Posterior, obs *sbi.Observations, d *sbi.Draws, opts *sbi.DrawOptions) error {
	r := inferReport{o.model, o.rows, o.level, post.Model().Inferred(d, obs, o.level), append([]string{}, d.Caveats...)}
	if o.mode {
		p := a.progress("map", obs.Rows())
		opts.Progress = p.rows
		theta, logp, err := post.MAP(ctx, opts)
		if err != nil {
			return err
		}
		p.finish()
		sbi.SetMAP(r.Observations, theta, logp)
	}
	if o.report != "" {
		if err := r.writePage(o); err != nil {
			return err
		}
	}
	if !o.prints() {
		return nil
	}
	if o.json != "" && o.json != "-" && !o.summary && !o.mode {
		return a.writeReport(o.json, r, func(io.Writer) error { return nil })
	}
	return a.writeReport(o.json, r, r.print)
}

// print writes the table as text, a line for each parameter and observation.
func (r *inferReport) print(w io.Writer) error {
	t := aligned(w)
	several, mode := len(r.Observations) > 1, r.Observations[0].MAPLogProb != nil
	head := fmt.Sprintf("parameter\tmean\tsd\tmedian\t%g%% low\t%g%% high", 100*r.Level, 100*r.Level)
	if several {
		head = "observation\t" + head
	}
	if mode {
		head += "\tmap"
	}
	fmt.Fprintln(t, head)
	for _, obs := range r.Observations {
		for _, p := range obs.Parameters {
			if several {
				fmt.Fprintf(t, "%s\t", oneLine(obs.Observation))
			}
			fmt.Fprintf(t, "%s\t%.5g\t%.3g\t%.5g\t%.5g\t%.5g", oneLine(p.Name), p.Mean, p.SD, p.Median, p.Low, p.High)
			if mode {
				fmt.Fprintf(t, "\t%.5g", *p.MAP)
			}
			fmt.Fprintln(t)
		}
	}
	return t.Flush()
}

// writePage writes the posteriors as a page.
func (r *inferReport) writePage(o *inferFlags) error {
	page := sbi.Page{Level: r.Level, Caveats: r.Caveats, Command: o.line, Footer: footer()}
	return atomicfile.Write(o.report, func(w io.Writer) error { return sbi.WriteHTML(w, r.Observations, page) })
}
