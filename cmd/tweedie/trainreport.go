package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/checkpoints"
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
	p := train.Page{Title: "Training of " + filepath.Base(t.o.out), Command: t.again(), Footer: "tweedie " + version()}
	if t.o.classifier != "" {
		p.About = []string{fmt.Sprintf("A classifier of %s was trained on noisy rows of %s.", t.o.classifier, t.o.data)}
		p.Settings = [][2]string{{"data", t.o.data}, {"like", t.o.like}, {"seed", fmt.Sprint(t.app.seed)}, {"steps", fmt.Sprint(t.Steps())}}
		return t.o.writePage(t.reports, p)
	}
	m, err := tabular.FromCheckpoint(f)
	if err != nil {
		return err
	}
	meta, n := m.Metadata(), m.Network()
	p.About = []string{fmt.Sprintf("A model of %d parameters was trained on %s: %d rows of %d columns.", n.Params.Count(), m.Provenance().Data, meta.Rows, len(meta.Columns))}
	for j := range meta.Columns {
		c := &meta.Columns[j]
		values := c.Describe()
		if c.Missing > 0 {
			values = fmt.Sprintf("%.1f %% missing; %s", 100*float64(c.Missing)/float64(max(1, meta.Rows)), values)
		}
		p.Columns = append(p.Columns, [3]string{c.Name, fmt.Sprint(c.Type), values})
	}
	p.Settings = append([][2]string{{"schedule", fmt.Sprint(m.Schedule())},
		{"network", fmt.Sprintf("%d → %d × %d hidden → %d", n.Net.Dim, n.Net.Layers, n.Net.Hidden, n.Net.Dim)}}, settings(m.Provenance())...)
	return t.o.writePage(t.reports, p)
}

// again is the command that makes the same run from its start: with the steps that --time-budget
// chose, which depend on the machine.
func (t *training) again() string {
	line := strings.Replace(t.o.line, " --resume=true", "", 1)
	return strings.Replace(line, "--time-budget "+t.o.budget.String(), fmt.Sprintf("--steps %d", t.Steps()), 1)
}

// settings are those of a checkpoint.
func settings(p checkpoints.Provenance) [][2]string {
	list := [][2]string{{"seed", fmt.Sprint(p.Seed)}, {"steps done", fmt.Sprint(p.Steps)}, {"kernels", p.KernelPath}}
	if p.DataSHA256 != "" {
		list = append(list, [2]string{"SHA-256 of the data", p.DataSHA256})
	}
	for _, k := range slices.Sorted(maps.Keys(p.Config)) {
		list = append(list, [2]string{"--" + k, p.Config[k]})
	}
	return list
}

func (o *trainFlags) writePosteriorReport(m *sbi.Model, runs [][]train.Report) error {
	if o.report == "" {
		return nil
	}
	s, x := m.Summary(), len(m.XNames())
	p := train.Page{Title: "Training of " + filepath.Base(o.out), Command: o.line, Footer: "tweedie " + version(), Settings: settings(m.Provenance())}
	p.About = []string{
		fmt.Sprintf("The posterior of %d parameters given %d data was trained on %d simulations, of which %d are held out; %d without finite data are left out.", len(m.ThetaNames()), x, s.Rows, s.Held, s.Dropped),
		fmt.Sprintf("On the held-out simulations the log density of the true parameters is %.4f nats above that of the prior: what the data tell, as far as the model has learned it.", s.LogScore)}
	lo, hi := m.Prior().Support()
	for j, name := range m.ThetaNames() {
		p.Columns = append(p.Columns, [3]string{name, "parameter", fmt.Sprintf("from %g to %g", lo[j], hi[j])})
	}
	for _, name := range m.XNames() {
		p.Columns = append(p.Columns, [3]string{name, "data", ""})
	}
	if len(runs) == 0 {
		return o.writePage(nil, p)
	}
	if n := len(runs); n > 1 {
		p.About = append(p.About, fmt.Sprintf("%d networks were trained, and held-out simulations chose: %s. The curves are of the network that was trained last.", n, s.Networks))
	}
	return o.writePage(runs[len(runs)-1], p)
}

func (o *trainFlags) writePage(reports []train.Report, p train.Page) error {
	return atomicfile.Write(o.report, func(w io.Writer) error { return train.WriteHTML(w, reports, p) })
}
