package main

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/datasets/imputation"
	"tweedie/internal/atomicfile"
	"tweedie/train/tabular"
)

// imputeCheckFlags are those of impute --check.
type imputeCheckFlags struct {
	mechanism, baselines, json string
	report                     string
	line                       string // of the command
	share                      float64
	rows                       int
	keep                       []string
}

// checkDraws are the fewest for intervals of 90 %.
const checkDraws = 19

func (o *imputeCheckFlags) define(c *cobra.Command, check *bool) {
	f := c.Flags()
	f.BoolVar(check, "check", false, "hide known cells, fill them, and report the errors beside those of simple imputers")
	f.StringVar(&o.mechanism, "mechanism", "mcar", "of --check: cells are hidden completely at random (mcar), by columns that stay (mar) or by their own values (mnar)")
	f.Float64Var(&o.share, "share", 0.2, "of --check: share of the known cells to hide")
	f.StringSliceVar(&o.keep, "keep", nil, "of --check: columns to hide nothing of, separated by commas")
	f.StringVar(&o.baselines, "baselines", "all", "of --check: all, or fast, which leaves out the forests")
	f.IntVar(&o.rows, "rows", 2000, "of --check: most rows, taken at random")
	f.StringVar(&o.json, "json", "", "of --check: JSON file to write the report to, - for stdout")
	f.StringVar(&o.report, "report", "", "of --check: HTML file to write a page to")
	completeFile(c, "report", "html")
	complete(c, "mechanism", "mcar", "mar", "mnar")
	complete(c, "baselines", "all", "fast")
	completeFile(c, "json", "json")
}

func (o *imputeCheckFlags) checkFlags(check bool, given func(flag string) bool) error {
	if !check {
		for _, f := range []string{"mechanism", "share", "keep", "baselines", "rows", "json", "report"} {
			if given(f) {
				return badUsage("--%s is an option of --check", f)
			}
		}
		return nil
	}
	switch {
	case !slices.Contains([]string{"mcar", "mar", "mnar"}, o.mechanism):
		return badUsage("--mechanism %q: use mcar, mar or mnar", o.mechanism)
	case !(o.share > 0 && o.share < 1):
		return badUsage("--share is %v: give a share between 0 and 1", o.share)
	case o.baselines != "all" && o.baselines != "fast":
		return badUsage("--baselines %q: use all or fast", o.baselines)
	}
	return between("rows", o.rows, 2, maxSteps)
}

func (a *app) imputeCheck(ctx context.Context, o *imputeFlags, model *tabular.Model, f *tabular.Imputer) error {
	m := model.Metadata()
	src, err := a.table(ctx, o.in)
	if err != nil {
		return err
	}
	c, err := datasets.ReadUnseen(src, m)
	if err != nil {
		return err
	}
	if err := c.Strange(); err != nil && o.strict {
		return strictly(err)
	}
	if err := model.CheckLabels(c, o.in, 0); err != nil {
		return err
	}
	for _, n := range c.Notes() {
		a.log.Warn(n)
	}
	k := &tabular.ImputationCheck{Masking: imputation.MaskingPlan{Mechanism: imputation.Mechanism(o.mechanism), Share: o.share, Keep: o.keep}, Rows: o.rows}
	if o.baselines == "fast" {
		k.Others = imputation.FastBaselines()
	}
	var p *progress
	f.Progress = func(done, of int) error {
		if p == nil {
			p = a.progress("impute", of)
		}
		if p.set(done, ""); done == of {
			p.finish()
		}
		return nil
	}
	r, err := f.Check(ctx, c, k)
	if err != nil {
		return err
	}
	if err := a.warnOfTraining(model, o.in); err != nil {
		return err
	}
	if n := model.Labeled(c).Rows(); n > o.rows {
		a.log.Info("a sample of the rows", "rows", o.rows, "of", n)
	}
	if o.report != "" {
		page := imputation.Page{Command: o.line, Footer: footer()}
		if err := atomicfile.Write(o.report, func(w io.Writer) error { return r.WriteHTML(w, page) }); err != nil {
			return err
		}
	}
	return a.writeReport(o.json, r, r.WriteText)
}

// warnOfTraining says so when a table is that of the training.
func (a *app) warnOfTraining(m *tabular.Model, path string) error {
	same, err := m.TrainedOn(path)
	if same {
		a.log.Warn("the model was trained on these very rows, hidden cells included: its errors are flattered", "file", path)
	}
	return err
}
