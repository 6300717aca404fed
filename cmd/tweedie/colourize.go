package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets/toy"
	"tweedie/guide"
	"tweedie/internal/atomicfile"
	"tweedie/internal/figure"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

type colourizeFlags struct {
	out, method, model     string
	steps, pictures, draws int
	nfe                    int
}

var colourizers = []string{"mmps", "repaint"}

func (a *app) colourizeCommand() *cobra.Command {
	var o colourizeFlags
	c := &cobra.Command{
		Use:   "colourize",
		Short: "Give colours to small grey pictures: train, draw, compare",
		Long: `Train a network on procedural pictures of 8x8 pixels, take the grey values of
pictures that it has not seen, and draw colourings of each, guided by the greys
or with these put in, as known coordinates among orthonormal ones. Nothing is
downloaded; it takes a minute or two.

The grid has the grey picture, draws, and the truth. What is printed: how far the
colours of draws are from the true ones, from each other (equal, if they are
draws of the posterior), and how far those of other pictures are.`,
		Example: `  tweedie colourize --out colours`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.colourize(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "colours", "folder to write into, made if need be")
	f.StringVar(&o.method, "method", "mmps", "mmps (a guide) or repaint (known greys put in, each step taken ten times)")
	f.StringVar(&o.model, "model", "", "network of an earlier run, OUT/pictures.safetensors, in place of training one")
	f.IntVar(&o.steps, "steps", 12000, "training steps")
	f.IntVar(&o.pictures, "pictures", 32, "pictures to colour; the grid shows eight")
	f.IntVar(&o.draws, "draws", 6, "colourings of each")
	f.IntVar(&o.nfe, "nfe", 100, "denoiser evaluations per draw")
	complete(c, "method", colourizers...)
	return c
}

// check refuses what cannot be done.
func (o *colourizeFlags) check() error {
	if o.method != "repaint" && o.method != "mmps" {
		return badUsage("--method %q: use repaint or mmps", o.method)
	}
	for _, e := range []error{between("steps", o.steps, 1, maxSteps), between("pictures", o.pictures, 2, 1000), between("draws", o.draws, 2, 100), between("nfe", o.nfe, repaintRepeats, maxNFE)} {
		if e != nil {
			return e
		}
	}
	return nil
}

func (a *app) colourize(ctx context.Context, o *colourizeFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w; name another one with --out", o.out, err)
	}
	m, err := a.pictureModel(ctx, o)
	if err != nil {
		return err
	}
	g, err := a.colourings(ctx, o, m)
	if err != nil {
		return err
	}
	png, err := atomicfile.Create(filepath.Join(o.out, "colourize.png"))
	if err != nil {
		return err
	}
	defer png.Abort()
	if err := g.grid(min(8, o.pictures)).WritePNG(png); err != nil {
		return err
	}
	if err := png.Commit(); err != nil {
		return err
	}
	_, err = fmt.Fprint(a.stdout, g.compare(a.seed).String())
	return err
}

// pictureModel trains a network, and saves it, or loads one.
func (a *app) pictureModel(ctx context.Context, o *colourizeFlags) (*nn.Model, error) {
	if o.model != "" {
		m, err := nn.Load(o.model)
		if err == nil && (m.Dim() != toy.Pictures{}.Dim() || m.Labels() > 0) {
			return nil, fmt.Errorf("%s is no network of pictures: give one that colourize has written", o.model)
		}
		return m, err
	}
	m, err := a.trainPictures(ctx, o.steps)
	if err != nil {
		return nil, err
	}
	f := checkpoints.New(nn.ModelKind)
	if err := m.Store(f); err != nil {
		return nil, err
	}
	return m, checkpoints.Save(filepath.Join(o.out, "pictures.safetensors"), f)
}

// gallery is pictures, their greys, and colourings of these: row i·draws+j of drawn
// is the j-th of picture i. All in the units of the model.
type gallery struct {
	truth, greys, drawn *mat.Dense
	draws               int
}

const repaintRepeats = 10

// colourings draws colours for pictures beyond those that the network was trained on.
func (a *app) colourings(ctx context.Context, o *colourizeFlags, m *nn.Model) (*gallery, error) {
	const pixels = toy.PictureSide * toy.PictureSide
	g := &gallery{draws: o.draws, truth: mat.NewDense(o.pictures, 3*pixels, nil), greys: mat.NewDense(o.pictures, pixels, nil)}
	toy.Pictures{}.Sample(g.truth, ^a.seed, 0)
	toModel(g.truth)
	if err := (sample.Grayscale{Pixels: pixels}).Apply(g.greys, g.truth); err != nil {
		return nil, err
	}
	p := a.progress("colour", 1)
	opts := &sample.Options{NFE: o.nfe, Seed: a.seed, Workers: a.workers}
	var res *sample.Result
	var err error
	if o.method == "repaint" {
		res, err = sample.Colorize(ctx, m, g.greys, o.draws, sample.RePaint{Inner: sample.DPMpp2MSDE{}, Length: 1, Repeats: repaintRepeats}, opts)
	} else {
		y := mat.NewDense(o.pictures*o.draws, pixels, nil)
		for i := range o.pictures * o.draws {
			y.SetRow(i, g.greys.RawRowView(i/o.draws))
		}
		obs := sde.Observation{A: sample.Grayscale{Pixels: pixels}, Y: y, Error: sde.NormalError{SD: greyError}}
		res, err = sample.Run(ctx, guide.New(m, guide.MMPS{Observation: obs}), sample.DPMpp2MSDE{}, o.pictures*o.draws, opts)
	}
	if err != nil {
		return nil, err
	}
	p.finish()
	for _, c := range res.Caveats {
		a.log.Warn("approximate", "why", c)
	}
	g.drawn = res.X
	return g, g.settle()
}

// greyError is the error of greys, in units of the model, that mmps is told of.
const greyError = 0.02

// settle gives the draws the greys exactly: samplers leave the noise of their last
// time.
func (g *gallery) settle() error {
	n, d := g.drawn.Dims()
	_, pixels := g.greys.Dims()
	op, rest, back := sample.Grayscale{Pixels: pixels}, mat.NewDense(n, pixels, nil), mat.NewDense(n, d, nil)
	if err := op.Apply(rest, g.drawn); err != nil {
		return err
	}
	for i := range n {
		r := rest.RawRowView(i)
		for q, v := range g.greys.RawRowView(i / g.draws) {
			r[q] = v - r[q]
		}
	}
	if err := op.Pull(back, nil, rest); err != nil {
		return err
	}
	g.drawn.Add(g.drawn, back)
	return nil
}

// grid is the first pictures, a line each: grey, draws, truth.
func (g *gallery) grid(pictures int) figure.Images {
	im := figure.Images{Width: toy.PictureSide, Height: toy.PictureSide, Scale: 6}
	for i := range pictures {
		grey := make([]float64, toy.PictureSide*toy.PictureSide)
		for q, v := range g.greys.RawRowView(i) {
			grey[q] = toUnit(v / 3 * sqrt3)
		}
		line := [][]float64{grey, nil}
		for j := range min(g.draws, 8) {
			line = append(line, units(g.drawn.RawRowView(i*g.draws+j)))
		}
		im.Cells = append(im.Cells, append(line, nil, units(g.truth.RawRowView(i))))
	}
	return im
}
