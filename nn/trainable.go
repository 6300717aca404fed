package nn

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Trainable is a network that package train can fit: a Model or a Classifier.
type Trainable interface {
	Dim() int
	// Labels is the number of columns of Regression.Cond.
	Labels() int
	Parameters() *Params
	// Over returns the same network over other parameters of the same layout.
	Over(p *Params) Trainable
	// Compile returns a machine for its gradients, for one goroutine.
	Compile() (BlockGradient, error)
	// RowLosses stores the loss of each row of r in dst, without gradients.
	RowLosses(dst []float64, r Regression) error
	// Architecture describes the network, to tell two of them apart.
	Architecture() string
}

// BlockGradient computes the loss of a block and its parameter gradient: see
// Gradient.Block.
type BlockGradient interface {
	Block(r Regression, scale float64, grad []float32, acc bool) float64
}

// Labels is the number of columns of what is given of a row beside its positions: its
// conditions, the inputs of the encoder, and the moments (Config.RowMoments).
func (m *Model) Labels() int { return len(m.Conds) + m.Net.Encoder.inputs() + m.moments() }

func (m *Model) Parameters() *Params             { return m.Params }
func (m *Model) Over(p *Params) Trainable        { return m.With(p) }
func (m *Model) Compile() (BlockGradient, error) { return m.NewGradient() }
func (m *Model) Architecture() string            { return m.describe() }

// RowLosses implements Trainable: w_i |D(x_i, t_i) − target_i|², and what
// Gradient.Block has instead for categories.
func (m *Model) RowLosses(dst []float64, r Regression) error {
	n, d := r.X.Dims()
	out := mat.NewDense(n, d, nil)
	if err := m.denoise(out, r.X, r.T, conds{values: r.Cond, known: r.Known}); err != nil {
		return err
	}
	for i := range n {
		share := 0.0
		if len(m.Cats) > 0 {
			share = categoryWeight(m.Sched.Coeff(r.T[i]))
		}
		s, y, target := 0.0, out.RawRowView(i), r.Target.RawRowView(i)
		for _, p := range m.parts {
			if r.Known != nil && !math.IsNaN(r.Known.At(i, p.start)) {
				continue
			}
			if p.shares == nil {
				e := y[p.start] - target[p.start]
				s += float64(e * e)
				continue
			}
			for j := p.start; j < p.end; j++ {
				if target[j] != 0 {
					s -= float64(share * target[j] * math.Log(max(y[j], math.SmallestNonzeroFloat64)))
				}
			}
		}
		dst[i] = r.Weight[i] * s
	}
	return nil
}

// Gap is what the conditions change: the mean over rows of
// w_i |D(x_i, t_i | c_i) − D(x_i, t_i)|², in units of the loss. Without
// conditions it is 0.
func (m *Model) Gap(r Regression) (float64, error) {
	if r.Cond == nil {
		return 0, nil
	}
	n, d := r.X.Dims()
	with, without := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	if err := m.denoise(with, r.X, r.T, conds{values: r.Cond, known: r.Known}); err != nil {
		return 0, err
	}
	if err := m.denoise(without, r.X, r.T, conds{known: r.Known}); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, w := range r.Weight {
		for j, v := range with.RawRowView(i) {
			e := v - without.At(i, j)
			sum += w * e * e / float64(n)
		}
	}
	return sum, nil
}
