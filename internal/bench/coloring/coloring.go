// Package coloring gives colors to small gray pictures. A network is trained on
// procedural pictures of 8x8 pixels (toy.Pictures). The gray values of other pictures are
// observed, and rows are drawn given them. The draws are compared with the true
// colors.
package coloring

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/guide"
	"tweedie/internal/figure"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

// Methods are the names of the ways to draw colors: mmps guides with the grays, repaint
// sets them as known coordinates in an orthonormal basis and repeats each step.
func Methods() []string { return []string{"mmps", "repaint"} }

const repeats = 10 // of each step of repaint

// Options are the settings of training and drawing.
type Options struct {
	Method   string // one of Methods
	Steps    int    // of training
	Pictures int    // to color, 2 to 1000
	Draws    int    // colorings of each, 2 to 100
	NFE      int    // denoiser evaluations of each, at least 10
	Seed     uint64
	Workers  int // 0 means one per core; changes no bit

	Observe func(train.Report) error // reports of training; may be nil
}

// Fits errs unless m is a network of pictures.
func Fits(m *nn.Model) error {
	if m.Dim() != (toy.Pictures{}).Dim() || m.Labels() > 0 {
		return fmt.Errorf("coloring: a network of %d columns and %d labels is not one of pictures", m.Dim(), m.Labels())
	}
	return nil
}

// Validate errs for options that cannot be honored.
func (o *Options) Validate() error {
	if !slices.Contains(Methods(), o.Method) {
		return fmt.Errorf("method %q: use one of %s", o.Method, strings.Join(Methods(), ", "))
	}
	if o.Steps < 1 || o.Pictures < 2 || o.Pictures > 1000 || o.Draws < 2 || o.Draws > 100 || o.NFE < repeats {
		return fmt.Errorf("%d steps, %d pictures, %d draws, %d evaluations: give at least 1, 2 to 1000, 2 to 100, at least %d", o.Steps, o.Pictures, o.Draws, o.NFE, repeats)
	}
	return nil
}

// Gallery is pictures and colorings of them.
type Gallery struct {
	Caveats []string // in which way the colors are approximate

	// Row i·draws+j of drawn is the j-th coloring of picture i. All are in the units
	// of the model.
	truth, grays, drawn *mat.Dense
	draws               int
}

// Draw draws colors for pictures that the network was not trained on.
func Draw(ctx context.Context, m *nn.Model, o *Options) (*Gallery, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := Fits(m); err != nil {
		return nil, err
	}
	const pixels = toy.PictureSide * toy.PictureSide
	g := &Gallery{draws: o.Draws, truth: mat.NewDense(o.Pictures, 3*pixels, nil), grays: mat.NewDense(o.Pictures, pixels, nil)}
	toy.Pictures{}.Sample(g.truth, ^o.Seed, 0)
	toModel(g.truth)
	if err := (sample.Grayscale{Pixels: pixels}).Apply(g.grays, g.truth); err != nil {
		return nil, err
	}
	res, err := g.sample(ctx, m, o)
	if err != nil {
		return nil, err
	}
	g.drawn, g.Caveats = res.X, res.Caveats
	return g, g.settle()
}

// sample draws rows given the grays.
func (g *Gallery) sample(ctx context.Context, m *nn.Model, o *Options) (*sample.Result, error) {
	_, pixels := g.grays.Dims()
	opts := &sample.Options{NFE: o.NFE, Seed: o.Seed, Workers: o.Workers}
	if o.Method == "repaint" {
		return sample.Colorize(ctx, m, g.grays, o.Draws, sample.RePaint{Inner: sample.DPMpp2MSDE{}, Length: 1, Repeats: repeats}, opts)
	}
	n := o.Pictures * o.Draws
	y := mat.NewDense(n, pixels, nil)
	for i := range n {
		y.SetRow(i, g.grays.RawRowView(i/o.Draws))
	}
	obs := sde.Observation{A: sample.Grayscale{Pixels: pixels}, Y: y, Error: sde.NormalError{SD: grayError}}
	return sample.Run(ctx, guide.New(m, guide.MMPS{Observation: obs}), sample.DPMpp2MSDE{}, n, opts)
}

// grayError is the standard deviation of the error of grays that mmps assumes, in units
// of the model.
const grayError = 0.02

// settle gives the draws exactly their grays. Samplers leave the noise of their last
// time in them.
func (g *Gallery) settle() error {
	n, d := g.drawn.Dims()
	_, pixels := g.grays.Dims()
	op, rest, back := sample.Grayscale{Pixels: pixels}, mat.NewDense(n, pixels, nil), mat.NewDense(n, d, nil)
	if err := op.Apply(rest, g.drawn); err != nil {
		return err
	}
	for i := range n {
		r := rest.RawRowView(i)
		for q, v := range g.grays.RawRowView(i / g.draws) {
			r[q] = v - r[q]
		}
	}
	if err := op.Pull(back, nil, rest); err != nil {
		return err
	}
	g.drawn.Add(g.drawn, back)
	return nil
}

// Grid shows the first pictures, a line each: gray, draws, truth.
func (g *Gallery) Grid(pictures int) figure.Images {
	im := figure.Images{Width: toy.PictureSide, Height: toy.PictureSide, Scale: 6}
	for i := range pictures {
		gray := make([]float64, toy.PictureSide*toy.PictureSide)
		for q, v := range g.grays.RawRowView(i) {
			gray[q] = toUnit(v / 3 * sqrt3)
		}
		line := [][]float64{gray, nil}
		for j := range min(g.draws, 8) {
			line = append(line, units(g.drawn.RawRowView(i*g.draws+j)))
		}
		im.Cells = append(im.Cells, append(line, nil, units(g.truth.RawRowView(i))))
	}
	return im
}
