package sample

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// free is a denoiser that costs nothing: what is left is the arithmetic of the
// method and its noise.
type free struct{ dim int }

func (free) Schedule() sde.Schedule                       { return sde.VP{} }
func (f free) Dim() int                                   { return f.dim }
func (free) Denoise(dst, x *mat.Dense, t []float64) error { return nil }

// BenchmarkStep reports the time of one row and step outside the denoiser, in
// blocks of 128 rows of 2 dimensions.
func BenchmarkStep(b *testing.B) {
	const rows = 128
	for _, m := range []Method{DDIM{}, DDIM{Eta: 1}, DPMpp2M{}, UniPC2{}, Heun{}, DPMpp2MSDE{}, ShARK{}, PredictorCorrector{Predictor: ReverseDiffusion{}}} {
		b.Run(m.Info().Name, func(b *testing.B) {
			x, z := mat.NewDense(rows, 2, nil), sde.NewStreams(1, "bench", 0)
			ts := LogSNRGrid{}.Times(sde.VP{}, 1, 1e-3, 32)
			st := m.New(free{2}, rows)
			steps := 0
			for b.Loop() {
				for k := range 32 {
					if err := st.Step(x, ts[k], ts[k+1], z); err != nil {
						b.Fatal(err)
					}
				}
				x.Zero()
				steps += 32
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(steps*rows), "ns/row-step")
		})
	}
}

// aside is a guided denoiser that costs nothing.
type aside struct{ free }

func (a aside) Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, _ []float64) error {
	for i := range logp {
		logp[i] = 0.1 * x.At(i, 0)
		prior.Set(i, 0, 0)
		guided.Set(i, 0, 0.1)
	}
	return nil
}

func (aside) LogProb(dst []float64, _ *mat.Dense, _ []float64) error { clear(dst); return nil }

// BenchmarkParticles reports the time of one particle and step outside the denoiser, of 32
// numbers.
func BenchmarkParticles(b *testing.B) {
	const k, steps = 1000, 50
	for name, tg := range map[string]Target{
		"FK":  FK{Model: free{32}, Reward: gentle},
		"TDS": TDS{Model: free{32}, Guided: aside{free{32}}, LogLikelihood: gentle},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := RunParticles(b.Context(), tg, DDIM{Eta: 1}, 1, k, &ParticleOptions{Options: Options{Steps: steps, Workers: 1}}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*k*steps), "ns/particle-step")
		})
	}
}
