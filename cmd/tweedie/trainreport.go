package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tweedie/internal/atomicfile"
	"tweedie/train"
	"tweedie/train/sbi"
	"tweedie/train/tabular"
)

// writeReport writes the page of a run that has come to its end, if one is asked for.
func (t *training) writeReport() error {
	if t.o.report == "" {
		return nil
	}
	f, err := t.File()
	if err != nil {
		return err
	}
	p := train.Page{
		About:    []string{fmt.Sprintf("A classifier of %s was trained on noisy rows of %s.", t.o.classifier, t.o.data)},
		Settings: [][2]string{{"data", t.o.data}, {"like", t.o.like}, {"seed", fmt.Sprint(t.app.seed)}, {"steps", fmt.Sprint(t.Steps())}},
	}
	if t.o.classifier == "" {
		m, err := tabular.FromCheckpoint(f)
		if err != nil {
			return err
		}
		p = m.TrainingPage("--")
	}
	return t.o.writePage(t.reports, p, t.again())
}

// again is the command that makes the same run from its start: with the steps that --time-budget
// chose, which depend on the machine.
func (t *training) again() string {
	line := strings.Replace(t.o.line, " --resume", "", 1)
	return strings.Replace(line, "--time-budget "+t.o.budget.String(), fmt.Sprintf("--steps %d", t.Steps()), 1)
}

func (o *trainFlags) writePosteriorReport(m *sbi.Model, runs [][]train.Report) error {
	if o.report == "" {
		return nil
	}
	return o.writePage(sbi.LongestRun(runs), m.TrainingPage("--", len(runs)), o.line)
}

// writePage writes the page of a run that the command made.
func (o *trainFlags) writePage(reports []train.Report, p train.Page, command string) error {
	p.Title, p.Command, p.Footer = "Training of "+filepath.Base(o.out), command, footer()
	return atomicfile.Write(o.report, func(w io.Writer) error { return train.WriteHTML(w, reports, p) })
}
