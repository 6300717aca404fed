package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"tweedie/checkpoints"
	"tweedie/internal/suggest"
	"tweedie/nn"
	"tweedie/train/sbi"
	"tweedie/train/tabular"
)

func (a *app) inspectCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "inspect MODEL.safetensors",
		Short:   "Say what is in a checkpoint",
		Example: `  tweedie inspect moons.safetensors`,
		Args:    oneFile,
		RunE:    func(_ *cobra.Command, args []string) error { return a.inspect(args[0], asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the metadata as JSON")
	return c
}

func (a *app) inspect(path string, asJSON bool) error {
	f, err := checkpoints.Load(path)
	if err != nil {
		return notFinished(path, err)
	}
	if asJSON {
		return printJSON(a.stdout, f)
	}
	if f.Kind() == sbi.ModelKind {
		return a.inspectPosterior(path)
	}
	if _, err := tabular.FromCheckpoint(f); err != nil && f.Kind() != nn.ModelKind {
		_, err := fmt.Fprintf(a.stdout, "%s: %s checkpoint, %d arrays\n", path, f.Kind(), len(f.Arrays))
		return err
	}
	b, err := a.loadModel(path)
	if err != nil {
		return err
	}
	w := aligned(a.stdout)
	m, p := b.Network(), b.Provenance()
	for _, s := range []*string{&p.Data, &p.DataSHA256, &p.KernelPath, &p.Version} {
		*s = oneLine(*s)
	}
	fmt.Fprintf(w, "network\t%d → %d × %d hidden → %d, %d parameters\n", m.Net.Dim, m.Net.Layers, m.Net.Hidden, m.Net.Dim, m.Params.Count())
	fmt.Fprintf(w, "schedule\t%s\n", b.Schedule())
	if p := b.Latent(); p != nil {
		fmt.Fprintf(w, "latent\t%s\n", tabular.DescribeComponents(p))
	}
	if s := b.Student(); s != nil {
		fmt.Fprintf(w, "student of\t%s, drawn in %d evaluations at t = %.4g\n", oneLine(p.Config["distill"]), len(s), s)
	}
	for _, c := range m.Conds {
		if c.Levels == 0 {
			fmt.Fprintf(w, "condition\t%s, a number of mean %.4g and deviation %.4g\n", oneLine(c.Name), c.Mean, c.Std)
			continue
		}
		fmt.Fprintf(w, "condition\t%s, %d labels\n", oneLine(c.Name), c.Levels)
	}
	if m.Err() != nil && b.Student() == nil {
		fmt.Fprintf(w, "trained without\trows that lack their labels: --cfg needs a --condition-dropout above 0\n")
	}
	fmt.Fprintf(w, "trained on\t%s, %d rows\n", p.Data, b.Metadata().Rows)
	if p.DataSHA256 != "" {
		fmt.Fprintf(w, "sha-256 of it\t%s\n", p.DataSHA256)
	}
	fmt.Fprintf(w, "provenance\tseed %d, %d steps, %s kernels, version %s\n", p.Seed, p.Steps, p.KernelPath, p.Version)
	for _, k := range slices.Sorted(maps.Keys(p.Config)) {
		fmt.Fprintf(w, "  --%s\t%s\n", oneLine(k), oneLine(p.Config[k]))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, b.Metadata().Summary())
	return err
}

// inspectPosterior says what is in the file of a posterior.
func (a *app) inspectPosterior(path string) error {
	m, err := sbi.Load(path)
	if err != nil {
		return err
	}
	w := aligned(a.stdout)
	s, p := m.Summary(), m.Provenance()
	d, x := m.Dims()
	fmt.Fprintf(w, "posterior\tof %d parameters given %d data\n", d, x)
	fmt.Fprintf(w, "simulations\t%d, of which %d are held out", s.Rows, s.Held)
	if s.Dropped > 0 {
		fmt.Fprintf(w, "; %d without finite data are left out", s.Dropped)
	}
	fmt.Fprintf(w, "\nlog score\t%.4f nats above the prior on held-out simulations (its base alone: %.4f)\n", s.LogScore, s.BaseScore)
	fmt.Fprintf(w, "trained on\t%s\n", oneLine(p.Data))
	fmt.Fprintf(w, "provenance\tseed %d, %d steps, %s kernels, version %s\n", p.Seed, p.Steps, oneLine(p.KernelPath), oneLine(p.Version))
	lo, hi := m.Prior().Support()
	if r := m.Rounds(); r != nil {
		fmt.Fprintf(w, "rounds\t%d, for one observation: parameters are of a region of mass %.3g under the prior\n", r.Round, r.Mass)
		for j, v := range r.Observation {
			fmt.Fprintf(w, "observed\t%s = %.6g\n", oneLine(m.XNames()[j]), v)
		}
		lo, hi = r.Low, r.High
	}
	for j, name := range m.ThetaNames() {
		fmt.Fprintf(w, "parameter\t%s, from %.6g to %.6g\n", oneLine(name), lo[j], hi[j])
	}
	fmt.Fprintf(w, "data\t%s\n", oneLine(suggest.Join(m.XNames(), 12)))
	for _, c := range s.Caveats {
		fmt.Fprintf(w, "caveat\t%s\n", oneLine(c))
	}
	return w.Flush()
}

// printJSON prints the metadata. Values that are JSON themselves are not quoted.
func printJSON(w io.Writer, f *checkpoints.File) error {
	out := map[string]any{}
	for k, v := range f.Meta {
		if json.Valid([]byte(v)) {
			out[k] = json.RawMessage(v)
		} else {
			out[k] = v
		}
	}
	shapes := map[string][]int{}
	for _, a := range f.Arrays {
		shapes[a.Name] = a.Shape
	}
	out["arrays"] = shapes
	return encodeJSON(w, out)
}
