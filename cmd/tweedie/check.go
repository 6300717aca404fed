package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/guide/calibration"
	"tweedie/train/tabular"
)

type checkFlags struct {
	methodFlags
	queryFlags
	shardFlags
	models          []string
	out             string
	replicas, draws int
	rows, tries     int
	json            bool
	command         string
}

func (a *app) checkCommand() *cobra.Command {
	var o checkFlags
	c := &cobra.Command{
		Use:   "check --model MODEL.safetensors",
		Short: "Find out how wrong guided rows are on a model",
		Long: `Find out whether the rows that sample would draw, with the same flags, have the
law that they should, with the model as its own ground truth.

What can be drawn is drawn, and values in the flags and in the guide file play no
role: observations of --guide, the columns of --given, labels. Rows x of the model
are drawn, what is known of each, then rows of the query. If these are draws of the
posterior, the rank of x among them is uniform in every column, and so is that of
how well x goes with what is known, which a guide that does nothing gets wrong.

Where there is nothing to draw (--where, within, a reward, a classifier), rows are
compared with weighted rows of the model, and with --cfg with particles of fkc.`,
		Example: `  tweedie check --model moons.safetensors --guide observed.yaml --replicas 200 --out calibration
  tweedie check --model moons.safetensors --guide observed.yaml --method tds --particles 64
  tweedie check --model wine.safetensors --given class`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.command = commandLine(c)
			return a.check(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.models, "model", nil, "model file; repeatable: of several, trained from other seeds, the mean is taken")
	o.methodFlags.define(c)
	o.queryFlags.define(c)
	f.Lookup("given").Usage = "COLUMN or COLUMN=VALUE, repeatable: a column that all rows are given, with values that are drawn (with --cfg the value counts)"
	f.IntVar(&o.replicas, "replicas", 200, "observations to draw")
	f.IntVar(&o.draws, "draws", 63, "guided rows for each")
	f.IntVar(&o.rows, "rows", 2000, "guided rows where nothing is drawn")
	f.IntVar(&o.tries, "tries", 20000, "most rows of the model to look for the truth among, where it is rare")
	f.StringVar(&o.out, "out", "", "folder for check.html, calibration.json and figures")
	f.BoolVar(&o.json, "json", false, "print JSON instead of sentences")
	o.shardFlags.define(c, "only the i-th of n parts of --replicas, to --out; merge joins the files calibration.json", "model", "classifier", "guide")
	completeFile(c, "model", "safetensors")
	return c
}

// options are those that the user gave, once they are checked.
func (o *checkFlags) options() (*tabular.CalibrationOptions, error) {
	if len(o.models) == 0 {
		return nil, badUsage("check needs --model, and what to check: --guide, --given, --where, --classifier or --cfg")
	}
	opts := &tabular.CalibrationOptions{}
	for _, p := range []struct {
		name    string
		v, most int
		to      *int
	}{{"replicas", o.replicas, maxSteps, &opts.Replicas}, {"draws", o.draws, maxSteps, &opts.Draws}, {"rows", o.rows, maxRows, &opts.Rows}, {"tries", o.tries, maxRows, &opts.Tries}} {
		if !o.queryFlags.changed(p.name) {
			continue
		}
		if err := between(p.name, p.v, 1, p.most); err != nil {
			return nil, err
		}
		*p.to = p.v
	}
	if err := o.shardFlags.checkFolder(o.out, o.json); err != nil {
		return nil, err
	}
	opts.Part = o.part
	if err := o.queryFlags.check(); err != nil {
		return nil, err
	}
	return opts, o.queryFlags.settle(&o.methodFlags)
}

func (a *app) check(ctx context.Context, o *checkFlags) error {
	opts, err := o.options()
	if err != nil {
		return err
	}
	m, err := a.loadModels(o.models)
	if err != nil {
		return err
	}
	q, err := a.checkedQuery(o, m)
	if err != nil {
		return err
	}
	if err := writableFolder(o.out, calibration.PageFile); err != nil {
		return err
	}
	p, started := a.progress("check", 1), false
	opts.Progress = func(done, of int) error {
		if !started {
			p, started = a.progress("check", of), true
		}
		p.set(done, "")
		return nil
	}
	r, err := m.Calibrate(ctx, q, opts)
	if err != nil {
		return err
	}
	p.finish()
	a.caveats(r.Caveats)
	if o.out != "" {
		if err := r.WriteFolder(o.out, calibrationPage(o.command)); err != nil {
			return err
		}
	}
	if r.Part != nil {
		return a.writePart(&o.shardFlags, o.out, r.Replicas, *r.Part)
	}
	return printCalibration(a.stdout, r, o.json)
}

// checkedQuery is what the flags ask, with columns that are given without a value.
func (a *app) checkedQuery(o *checkFlags, m *tabular.Model) (*tabular.Query, error) {
	flags, alone := o.queryFlags, []string(nil)
	flags.given = nil
	for _, s := range o.given {
		if m.Metadata().Field(s) != nil {
			alone = append(alone, s)
		} else if flags.given = append(flags.given, s); !strings.Contains(s, "=") {
			return nil, badUsage("--given %q: no such column; give COLUMN or COLUMN=VALUE", s)
		}
	}
	q, err := a.query(&flags, m)
	if err != nil {
		return nil, err
	}
	for _, column := range alone {
		q.Given[column] = ""
	}
	q.Sampler, q.Seed, q.Workers = o.sampler(), a.seed, a.workers
	return q, nil
}

// commandLine is the command with the flags that were set.
func commandLine(c *cobra.Command) string {
	words := []string{c.CommandPath()}
	c.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if s, ok := f.Value.(pflag.SliceValue); ok {
			values = s.GetSlice()
		}
		for _, v := range values {
			v = quoted(v)
			switch {
			case f.Value.Type() == "bool" && v == "true":
				words = append(words, "--"+f.Name)
			case f.Value.Type() == "bool":
				words = append(words, "--"+f.Name+"="+v)
			default:
				words = append(words, "--"+f.Name, v)
			}
		}
	})
	return strings.Join(words, " ")
}

// quoted is a word as a shell takes it.
func quoted(v string) string {
	if strings.ContainsAny(v, " '\"$<>&|;()*?") {
		return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'"
	}
	return v
}

func printCalibration(w io.Writer, r *calibration.Report, asJSON bool) error {
	if asJSON {
		return encodeJSON(w, r)
	}
	return printLines(w, r.Findings("--"))
}

// printLines writes a line for each sentence.
func printLines(w io.Writer, list []string) error {
	for _, s := range list {
		if _, err := fmt.Fprintln(w, s); err != nil {
			return err
		}
	}
	return nil
}

// calibrationPage says what the page of a report has beside it.
func calibrationPage(command string) calibration.Page {
	return calibration.Page{Prefix: "--", Command: command, Footer: footer()}
}
