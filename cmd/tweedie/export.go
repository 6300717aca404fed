package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/checkpoints"
	"tweedie/checkpoints/onnx"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/train/sbi"
	"tweedie/train/tabular"
)

type exportFlags struct {
	models                         []string
	onnx, what, decoding, examples string
	observation                    string // of a posterior
	float64                        bool
	sampler, grid                  string
	nfe                            int
	start, end                     float64
	denoise                        bool
	flags                          *pflag.FlagSet
}

// exportSampler are the flags that are of a sampler.
var exportSampler = []string{"nfe", "grid", "start", "end", "denoise"}

// exampleRows are those of --examples, and of the check of every graph.
const exampleRows = 24

func (a *app) exportCommand() *cobra.Command {
	var o exportFlags
	c := &cobra.Command{
		Use:   "export --model MODEL.safetensors --onnx FILE.onnx",
		Short: "Write a model, or its whole sampler, as an ONNX graph",
		Long: `Write a model as an ONNX graph (opset 17, any number of rows), which Python,
JavaScript, Spark and GPUs run without tweedie: docs/howto/export.md.

--what is the denoiser D = E[x_0 | x_t], the score, eps (the noise), or sampler:
a deterministic sampler of fixed steps as one graph, normal noise in, encoded rows
out. --decoding writes how such rows become a table, as JSON. The graph of a
classifier file gives ln p(class | x_t), or mean and variance of a number; that of
a posterior, with --observation, is its sampler: noise in, parameters out.
--examples writes inputs with what the model makes of them, to check a runtime by.

Every graph is run once against the model; the largest difference is logged.`,
		Example: `  tweedie export --model moons.safetensors --onnx denoiser.onnx
  tweedie export --model moons.safetensors --what score --onnx score.onnx
  tweedie export --model posterior.safetensors --observation observed.csv --onnx posterior.onnx
  tweedie export --model moons.safetensors --what sampler --sampler ddim --nfe 20 --onnx sampler.onnx --decoding moons.json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { o.flags = c.Flags(); return a.export(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.models, "model", nil, "model, classifier or posterior file; repeatable: of several models, trained from other seeds, the mean is taken")
	f.StringVar(&o.observation, "observation", "", "of a posterior: CSV, Parquet or .npy file of the one observation")
	f.StringVar(&o.onnx, "onnx", "", "ONNX file to write")
	f.StringVar(&o.what, "what", "", "of a model: "+strings.Join(tabular.Exports(), ", ")+" (default denoiser)")
	f.StringVar(&o.decoding, "decoding", "", "JSON file for how encoded rows become a table")
	f.StringVar(&o.examples, "examples", "", "JSON file for inputs and what the model makes of them")
	f.BoolVar(&o.float64, "float64", false, "numbers of 8 bytes in place of 4")
	f.StringVar(&o.sampler, "sampler", "", "of --what sampler: ddim, dpmpp2m, dpmpp2s, heun, rk4, unipc or pf-euler (default dpmpp2m)")
	f.IntVar(&o.nfe, "nfe", defaultNFE, "of --what sampler: evaluations of the network")
	f.StringVar(&o.grid, "grid", "", "of --what sampler: where the steps are, "+strings.Join(sample.GridNames(), ", ")+" (default by sampler)")
	f.Float64Var(&o.start, "start", 1, "of --what sampler: first time")
	f.Float64Var(&o.end, "end", 0, "of --what sampler: last time (default by schedule)")
	f.BoolVar(&o.denoise, "denoise", false, "of --what sampler: end with the posterior mean")
	complete(c, "what", tabular.Exports()...)
	complete(c, "sampler", "ddim", "dpmpp2m", "dpmpp2s", "heun", "pf-euler", "rk4", "unipc")
	complete(c, "grid", sample.GridNames()...)
	completeFile(c, "model", "safetensors")
	completeFile(c, "onnx", "onnx")
	completeFile(c, "decoding", "json")
	completeFile(c, "examples", "json")
	return c
}

func (o *exportFlags) check() error {
	if len(o.models) == 0 || o.onnx == "" {
		return badUsage("export needs --model and --onnx; see tweedie export --help")
	}
	if o.onnx == "-" {
		return badUsage("--onnx -: a graph is no text: give a file")
	}
	if o.what == "sampler" || o.observation != "" {
		if o.flags.Changed("nfe") {
			return between("nfe", o.nfe, 1, sample.MostPlanned)
		}
		return nil
	}
	for _, flag := range append([]string{"sampler", "decoding"}, exportSampler...) {
		if o.flags.Changed(flag) {
			return badUsage("--%s is for --what sampler: add that, or leave --%s away", flag, flag)
		}
	}
	return nil
}

// method is the sampler that the flags describe.
func (o *exportFlags) method() (s sample.Sampler, err error) {
	s.Name = o.sampler
	if _, err = sample.ParseMethod(cmp.Or(o.sampler, "dpmpp2m")); err != nil {
		return s, err
	}
	for _, flag := range exportSampler {
		if o.flags.Changed(flag) {
			if err := s.Set(flag, o.flags.Lookup(flag).Value.String()); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func (a *app) export(ctx context.Context, o *exportFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := a.apart([]string{o.onnx, o.decoding, o.examples}, append(slices.Clone(o.models), o.observation)...); err != nil {
		return err
	}
	e, err := a.exported(ctx, o)
	if err != nil {
		return err
	}
	gap, err := e.examples.Gap(ctx, e.graph)
	if err != nil {
		return err
	}
	files := []struct {
		path  string
		bytes func() ([]byte, error)
	}{
		{o.onnx, func() ([]byte, error) { return e.graph.Encode(), nil }},
		{o.decoding, e.decoding},
		{o.examples, e.examples.JSON},
	}
	var paths []string
	var contents [][]byte
	for _, f := range files {
		if f.path == "" {
			continue
		}
		b, err := f.bytes()
		if err != nil {
			return err
		}
		paths, contents = append(paths, f.path), append(contents, b)
	}
	outs, err := a.outputs(paths)
	if err != nil {
		return err
	}
	defer outs.abort()
	for i, w := range outs {
		if _, err := io.Copy(w, strings.NewReader(string(contents[i]))); err != nil {
			return err
		}
	}
	if err := outs.commit(); err != nil {
		return err
	}
	a.log.Info("export", "graph", e.graph.Name, "nodes", len(e.graph.Nodes), "evaluations", e.evaluations, "bytes", len(contents[0]), "difference", fmt.Sprintf("%.1g", gap))
	return nil
}

// exported is a graph, examples of it, and how its rows are decoded.
type exported struct {
	graph       *onnx.Model
	evaluations int // of the network for each row
	examples    *onnx.Examples
	decoding    func() ([]byte, error) // nil for rows of no table
}

// exported is the graph that the flags ask for.
func (a *app) exported(ctx context.Context, o *exportFlags) (*exported, error) {
	path := o.models[0]
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, notFinished(path, err)
	}
	var e *tabular.Exported
	var decoding func() ([]byte, error)
	switch kind := f.Kind(); {
	case kind == sbi.ModelKind:
		return a.exportPosterior(ctx, o)
	case o.observation != "":
		return nil, badUsage("--observation is of a posterior, and %s is none: leave it away", path)
	case kind == nn.ClassifierKind || kind == nn.RegressorKind:
		e, err = a.exportClassifier(o)
	default:
		e, decoding, err = a.exportModel(o)
	}
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return nil, err
	}
	x, err := e.Examples(ctx, exampleRows, a.seed)
	return &exported{e.Graph, e.Evaluations, x, decoding}, err
}

func (a *app) exportModel(o *exportFlags) (*tabular.Exported, func() ([]byte, error), error) {
	m, err := a.loadModels(o.models)
	if err != nil {
		return nil, nil, err
	}
	s, err := o.method()
	if err != nil {
		return nil, nil, err
	}
	e, err := m.Export(tabular.Export{What: o.what, Float64: o.float64, Sampler: s})
	return e, func() ([]byte, error) {
		d, err := m.Decoding()
		if err != nil {
			return nil, err
		}
		return d.JSON()
	}, err
}

func (a *app) exportClassifier(o *exportFlags) (*tabular.Exported, error) {
	switch {
	case o.what != "":
		return nil, badUsage("--what %s is of a model, and %s is a classifier, whose graph is its probabilities: leave --what away", o.what, o.models[0])
	case len(o.models) > 1:
		return nil, badUsage("--model %s is a classifier, and %d are given: give one", o.models[0], len(o.models))
	}
	c, err := a.loadClassifier(o.models[0])
	if err != nil {
		return nil, err
	}
	return c.Export(tabular.Export{Float64: o.float64})
}
