package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// Pictures in units of the model: one shift and one scale for all their numbers, so
// that greys are orthonormal combinations there as well.
const (
	pictureShift = 0.5
	pictureScale = 0.25
	sqrt3        = math.Sqrt2 * 1.224744871391589 // √2·√1.5
)

func toModel(x *mat.Dense) {
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		for j, v := range row {
			row[j] = (v - pictureShift) / pictureScale
		}
	}
}

func toUnit(v float64) float64 { return pictureShift + pictureScale*v }

func units(row []float64) []float64 {
	u := make([]float64, len(row))
	for j, v := range row {
		u[j] = toUnit(v)
	}
	return u
}

// paintedRows are pictures painted when they are asked for: rows first, first+1, …
// of the sample of a seed.
type paintedRows struct {
	seed     uint64
	first, n int
}

var _ train.Rows = paintedRows{}

// Len implements train.Rows.
func (r paintedRows) Len() int { return r.n }

// Read implements train.Rows.
func (r paintedRows) Read(x, _ *mat.Dense, idx []int, _ uint64) {
	_, d := x.Dims()
	for i, k := range idx {
		toy.Pictures{}.Sample(x.Slice(i, i+1, 0, d).(*mat.Dense), r.seed, r.first+k)
	}
	toModel(x)
}

// The network of colourize, and what it is trained on.
const (
	paintHidden   = 256
	paintLayers   = 4
	paintBatch    = 256
	paintPictures = 1 << 18
	paintHeld     = 1024
	paintTimes    = "stratified:lognormal:-0.5,1.5,0.1" // pictures are redundant: what matters is decided at much noise
)

// trainPictures fits a network to the law of pictures.
func (a *app) trainPictures(ctx context.Context, steps int) (*nn.Model, error) {
	data, held := paintedRows{a.seed, 0, paintPictures}, paintedRows{a.seed, paintPictures, paintHeld}
	mean, variance := data.moments(2000)
	model, err := nn.New(nn.Config{Hidden: paintHidden, Layers: paintLayers, Mean: mean, Variance: variance, Seed: a.seed})
	if err != nil {
		return nil, err
	}
	times, err := losses.ParseTimes(paintTimes)
	if err != nil {
		return nil, err
	}
	p := a.progress("train", steps)
	t, err := train.New(model, data, held, train.Config{
		Steps: steps, Batch: paintBatch, Rate: train.Rate{Peak: 4e-3}, Objective: losses.Denoising{Sched: sde.VP{}, Times: times},
		Draws: 1024, Every: max(1, steps/20), Seed: a.seed, Workers: a.workers,
		Observe: func(e train.Report) error {
			p.set(e.Step, fmt.Sprintf("loss %.4f  held-out %.4f", e.Loss, e.Validation))
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	p.finish()
	return t.Model(), nil
}

// moments are those of the first n pictures.
func (r paintedRows) moments(n int) (mean, variance []float64) {
	d := toy.Pictures{}.Dim()
	idx, x := make([]int, n), mat.NewDense(n, d, nil)
	for i := range idx {
		idx[i] = i
	}
	r.Read(x, nil, idx, 0)
	mean, variance = make([]float64, d), make([]float64, d)
	for j := range d {
		var sum, square float64
		for i := range n {
			sum += x.At(i, j)
			square += x.At(i, j) * x.At(i, j)
		}
		mean[j] = sum / float64(n)
		variance[j] = square/float64(n) - mean[j]*mean[j]
	}
	return mean, variance
}
