package sbi

import (
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets/prior"
	"tweedie/sde"
)

// ModelKind is the kind of a checkpoint of a Model.
const ModelKind = "posterior"

// Model is a fitted posterior p(θ|x) for every x: the prior, the representation of the data,
// and members whose denoisers are averaged. Its methods may be called concurrently.
type Model struct {
	prior      *prior.Prior
	xNames     []string
	features   *features
	space      *space
	members    []member
	seen       seen
	summary    Summary
	provenance checkpoints.Provenance
	rounds     *Rounds // nil for a model of all observations
}

// Summary says how a model was fitted, and how good it is on simulations that were held out.
type Summary struct {
	Rows    int `json:"rows"`    // simulations in all
	Held    int `json:"held"`    // of them held out
	Steps   int `json:"steps"`   // of training, all networks together
	Dropped int `json:"dropped"` // simulations left out, whose data were not finite

	// Caveats name data that are not used, and parameters that are no draws of the prior, and
	// say of a model if it is worse than the prior.
	Caveats []string `json:"caveats,omitempty"`

	Networks string `json:"networks"` // what was chosen by held-out rows, in words

	// LogScore is the mean log density that the model gives the whitened parameters of held-out
	// rows, less that of the prior, in nats: an estimate from below of the mutual information
	// of θ and x. BaseScore is that of the base alone.
	LogScore  float64 `json:"log_score"`
	BaseScore float64 `json:"base_score"`
}

// Prior is the law that the parameters of the simulations were drawn from.
func (m *Model) Prior() *prior.Prior { return m.prior }

// ThetaNames are the names of the parameters.
func (m *Model) ThetaNames() []string { return m.prior.Names() }

// XNames are the names of the columns of the data.
func (m *Model) XNames() []string { return slices.Clone(m.xNames) }

// Summary says how the model was fitted.
func (m *Model) Summary() Summary { return m.summary }

// Provenance says how the model came to be.
func (m *Model) Provenance() checkpoints.Provenance { return m.provenance }

// Dims are the numbers of parameters and of data.
func (m *Model) Dims() (theta, x int) { return m.prior.Dim(), len(m.xNames) }

// Schedule is that of the noise.
func (m *Model) Schedule() sde.Schedule { return sde.VP{} }

// Latent stores w = L⁻¹ z(θ) in the rows of dst, which may be theta. It errs for a θ outside
// of the support of the prior.
func (m *Model) Latent(dst, theta *mat.Dense) error {
	if err := m.prior.Whiten(dst, theta); err != nil {
		return err
	}
	m.space.toLatent(dst, dst)
	return nil
}

// Theta stores θ(L w) in the rows of dst, which may be w: the inverse of Latent.
func (m *Model) Theta(dst, w *mat.Dense) {
	m.space.fromLatent(dst, w)
	m.prior.Unwhiten(dst, dst)
}

// latentPrior is the law of w under the prior, N(0, (LᵀL)⁻¹).
func (m *Model) latentPrior() *sde.Gaussian {
	d := m.prior.Dim()
	inv := mat.NewDense(d, d, nil)
	for j := range d {
		inv.Set(j, j, 1)
	}
	rows := mat.NewDense(d, d, nil) // row j is L⁻¹ e_j
	m.space.toLatent(rows, inv)
	c := mat.NewSymDense(d, nil)
	c.SymOuterK(1, rows.T())
	g, err := sde.NewGaussian(make([]float64, d), c, m.Schedule())
	if err != nil {
		panic("sbi: " + err.Error()) // L was checked
	}
	return g
}
