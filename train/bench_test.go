package train

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// BenchmarkStep is a whole training step: drawing the batch, forward, backward,
// Adam and average.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct{ batch, hidden int }{{128, 64}, {256, 128}, {512, 256}, {1024, 512}} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("batch=%d/hidden=%d/workers=%d", c.batch, c.hidden, workers), func(b *testing.B) {
				tr := benchTrainer(b, c.batch, c.hidden, workers)
				tr.pool = newWorkerPool(tr.members())
				defer tr.pool.close()
				b.ReportAllocs()
				for b.Loop() {
					if err := tr.advance(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*c.batch)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

func benchTrainer(b *testing.B, batch, hidden, workers int) *Trainer {
	m, err := nn.New(nn.Config{Hidden: hidden, Layers: 3, Mean: []float64{0, 0}, Variance: []float64{1, 1}})
	if err != nil {
		b.Fatal(err)
	}
	x, r := mat.NewDense(10000, 2, nil), stream.New(1, "train/bench")
	for i := range 10000 {
		x.SetRow(i, []float64{r.NormFloat64(), r.NormFloat64()})
	}
	obj := losses.Denoising{Sched: sde.VP{}, Times: losses.Times{Law: losses.LogNormalSigma{Mean: -1.5, Std: 1.5}}}
	tr, err := New(m, Data{X: x}, Data{}, Config{Steps: 1 << 30, Batch: batch, Objective: obj, Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	return tr
}
