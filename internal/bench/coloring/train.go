package coloring

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/internal/bench"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// The units of the model have one shift and one scale for all numbers of a picture, so
// that grays are orthonormal combinations in them as well.
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

// paintedRows are pictures that are painted when they are read: rows first, first+1, …
// of the sample of a seed.
type paintedRows struct {
	seed     uint64
	first, n int
}

var _ train.Rows = paintedRows{}

func (r paintedRows) Len() int { return r.n }

func (r paintedRows) Read(x, _ *mat.Dense, idx []int, _ uint64) {
	_, d := x.Dims()
	for i, k := range idx {
		toy.Pictures{}.Sample(x.Slice(i, i+1, 0, d).(*mat.Dense), r.seed, r.first+k)
	}
	toModel(x)
}

// Train fits a network to the law of pictures, in Options.Steps steps.
func Train(ctx context.Context, o *Options) (*nn.Model, error) {
	data, held := paintedRows{o.Seed, 0, 1 << 18}, paintedRows{o.Seed, 1 << 18, 1024}
	mean, variance := data.moments(2000)
	model, err := nn.New(nn.Config{Hidden: 256, Layers: 4, Mean: mean, Variance: variance, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	// Pictures are redundant: their colors are decided at high noise.
	times := losses.Times{Law: losses.LogNormalSigma{Mean: -0.5, Std: 1.5, Floor: 0.1}, Spread: losses.Stratified}
	return bench.Fit(ctx, model, data, held, train.Config{
		Steps: o.Steps, Batch: 256, Rate: train.Rate{Peak: 4e-3}, Objective: losses.Denoising{Sched: sde.VP{}, Times: times},
		Draws: 1024, Every: max(1, o.Steps/20), Seed: o.Seed, Workers: o.Workers, Observe: o.Observe,
	})
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
