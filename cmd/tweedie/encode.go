package main

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/sde"
)

// flowFlags are those of the commands that move rows along the probability flow.
type flowFlags struct {
	model, in, out string
	tol            float64
}

func (o *flowFlags) define(c *cobra.Command, in string) {
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file")
	f.StringVar(&o.in, "in", "", in)
	f.StringVar(&o.out, "out", "", "CSV file to write (default stdout)")
	f.Float64Var(&o.tol, "tolerance", 1e-5, "local error of the solver, relative and absolute")
	completeFile(c, "model", "safetensors")
	completeFile(c, "in", "csv")
}

func (o *flowFlags) check(command string) error {
	if o.model == "" || o.in == "" {
		return badUsage("%s needs --model and --in; see tweedie %s --help", command, command)
	}
	if !(o.tol > 0 && o.tol <= 1) {
		return badUsage("--tolerance is %v: give a positive number of at most 1", o.tol)
	}
	return nil
}

func (a *app) flowOptions(o *flowFlags, p *progress) *sample.FlowOptions {
	return &sample.FlowOptions{
		RTol: o.tol, ATol: o.tol, Workers: a.workers,
		Observe: func(rows int) error { p.set(rows, ""); return nil },
	}
}

func (a *app) encodeCommand() *cobra.Command {
	var o flowFlags
	c := &cobra.Command{
		Use:   "encode --model MODEL.safetensors --in FILE.csv",
		Short: "Turn rows into latents, standard normal if the model fits",
		Long: `Turn rows into latents along the probability flow: one number z_COLUMN for each
column that the model generates, standard normal if the model fits the rows. The
map is a bijection, and that of the law of the data alone: two models that fit
the same table encode alike. Label columns, where the model has them, are
conditioned on and copied. decode is the inverse.`,
		Example: `  tweedie encode --model moons.safetensors --in moons.csv --out latents.csv
  tweedie decode --model moons.safetensors --in latents.csv --out again.csv`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.encode(c.Context(), &o) },
	}
	o.define(c, "CSV file of rows, or toy:NAME:ROWS for fresh draws of a toy law")
	return c
}

func (a *app) encode(ctx context.Context, o *flowFlags) error {
	if err := o.check("encode"); err != nil {
		return err
	}
	if err := apart(o.out, o.model, o.in); err != nil {
		return err
	}
	b, err := loadBundle(o.model)
	if err != nil {
		return err
	}
	t, err := a.cellsToScore(b, o.in)
	if err != nil {
		return err
	}
	r, err := b.conditioned(t, nil)
	if err != nil {
		return err
	}
	out, err := a.textOutput(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	p := a.progress("encode", t.Rows())
	z, err := sample.Encode(ctx, r.d, r.x, a.flowOptions(o, p))
	if err != nil {
		return err
	}
	if err := writeLatents(out, b.codec, z, r.labels); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	return nil
}

// conditioned are encoded rows and the model given their labels.
type conditioned struct {
	x, labels *mat.Dense // labels is nil when the model has none
	d         sde.Differentiable
}

// conditioned encodes the rows idx of c, all when idx is nil.
func (b *bundle) conditioned(c *datasets.Cells, idx []int) (*conditioned, error) {
	n := c.Rows()
	if idx != nil {
		n = len(idx)
	}
	r := &conditioned{x: mat.NewDense(n, b.wide.Dim(), nil)}
	b.wide.Encode(r.x, c, idx, latentSeed)
	if k := len(b.model.Conds); k > 0 {
		r.labels = mat.NewDense(n, k, nil)
		b.wide.EncodeConditions(r.labels, c, idx)
	}
	zeroAbsent(r.x)
	var err error
	r.d, err = b.given(r.labels)
	return r, err
}

// latentSeed draws the places of rounded numbers within their cells: a row has
// one latent, whatever the seed of the run.
const latentSeed = 1

// given is the model with these labels, nil for none.
func (b *bundle) given(labels *mat.Dense) (sde.Differentiable, error) {
	if labels == nil {
		return b.model, nil
	}
	return b.model.Given(labels)
}

// latentPrefix is put before the name of a column for that of its latent.
const latentPrefix = "z_"

// writeLatents writes latents in all their digits, and the labels of the rows.
func writeLatents(w io.Writer, e *datasets.Codec, z, labels *mat.Dense) error {
	var head []string
	for _, n := range e.Names() {
		head = append(head, latentPrefix+n)
	}
	fields := e.Metadata().Conditions()
	names := conditionNames(e.Metadata())
	cw := csv.NewWriter(w)
	if err := cw.Write(append(head, names...)); err != nil {
		return err
	}
	rows, _ := z.Dims()
	cells := make([]string, len(head)+len(names))
	for i := range rows {
		for j, v := range z.RawRowView(i) {
			cells[j] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		for k, f := range fields {
			cells[len(head)+k] = f.Levels[int(labels.At(i, k))].Name
		}
		if err := cw.Write(cells); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}
