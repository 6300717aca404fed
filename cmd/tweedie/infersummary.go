package main

import (
	"context"
	"fmt"
	"io"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/atomicfile"
	"tweedie/train/sbi"
)

// inferReport is what --json writes.
type inferReport struct {
	Model        string              `json:"model"`
	Rows         int                 `json:"rows"`
	Level        float64             `json:"level"`
	Observations []inferredParameter `json:"observations"`
	Caveats      []string            `json:"caveats"`
}

// inferredParameter is the posterior of one observation.
type inferredParameter struct {
	Observation string         `json:"observation"`
	Parameters  []sbi.Marginal `json:"parameters"`
	MAPLogProb  *float64       `json:"map_log_prob,omitempty"`
}

// inferSummary writes the table of the parameters.
func (a *app) inferSummary(ctx context.Context, o *inferFlags, post *sbi.Posterior, obs *sbi.Observations, d *sbi.Draws, opts *sbi.DrawOptions) error {
	r := inferReport{Model: o.model, Rows: o.rows, Level: o.level, Caveats: append([]string{}, d.Caveats...)}
	names := post.Model().ThetaNames()
	for k := range obs.Rows() {
		part := d.Theta.Slice(k*o.rows, (k+1)*o.rows, 0, len(names)).(*mat.Dense)
		r.Observations = append(r.Observations, inferredParameter{Observation: obs.Label(k), Parameters: sbi.Summarize(names, part, o.level)})
	}
	if o.mode {
		p := a.progress("map", obs.Rows())
		opts.Progress = p.rows
		theta, logp, err := post.MAP(ctx, opts)
		if err != nil {
			return err
		}
		p.finish()
		for k := range r.Observations {
			for j := range names {
				v := theta.At(k, j)
				r.Observations[k].Parameters[j].MAP = &v
			}
			r.Observations[k].MAPLogProb = &logp[k]
		}
	}
	if o.report != "" {
		if err := r.writePage(o, d); err != nil {
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
func (r *inferReport) writePage(o *inferFlags, d *sbi.Draws) error {
	var list []sbi.Inferred
	_, p := d.Theta.Dims()
	for k, obs := range r.Observations {
		list = append(list, sbi.Inferred{Observation: obs.Observation, Parameters: obs.Parameters, Draws: d.Theta.Slice(k*r.Rows, (k+1)*r.Rows, 0, p).(*mat.Dense)})
	}
	page := sbi.Page{Level: r.Level, Caveats: r.Caveats, Command: o.line, Footer: "tweedie " + version()}
	return atomicfile.Write(o.report, func(w io.Writer) error { return sbi.WriteHTML(w, list, page) })
}
