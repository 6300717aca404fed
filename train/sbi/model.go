package sbi

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets/prior"
	"tweedie/nn"
	"tweedie/sde"
)

// ModelKind is the kind of a checkpoint of a Model.
const ModelKind = "posterior"

// Model is a fitted posterior p(θ|x) for every x: the prior, the representation of the data,
// the base and the networks. Its methods may be called concurrently.
type Model struct {
	prior      *prior.Prior
	xNames     []string
	features   *features
	base       *base
	nets       []*nn.Model // denoisers of w − m(x), averaged; none if the base alone is better
	seen       seen
	summary    Summary
	provenance checkpoints.Provenance
}

// Summary says how a model was fitted, and how good it is on simulations that were held out.
type Summary struct {
	Rows    int `json:"rows"`    // simulations in all
	Held    int `json:"held"`    // of them held out
	Steps   int `json:"steps"`   // of training, all networks together
	Dropped int `json:"dropped"` // simulations left out, whose data were not finite

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
	m.base.toLatent(dst, dst)
	return nil
}

// Theta stores θ(L w) in the rows of dst, which may be w: the inverse of Latent.
func (m *Model) Theta(dst, w *mat.Dense) {
	m.base.fromLatent(dst, w)
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
	m.base.toLatent(rows, inv)
	c := mat.NewSymDense(d, nil)
	c.SymOuterK(1, rows.T())
	g, err := sde.NewGaussian(make([]float64, d), c, m.Schedule())
	if err != nil {
		panic("sbi: " + err.Error()) // L was checked
	}
	return g
}

var errDamaged = errors.New("sbi: the parts of the model do not fit each other: the file is damaged")

// stored is what a model file says beside arrays and networks.
type stored struct {
	Prior    []prior.Entry `json:"prior"`
	XNames   []string      `json:"x"`
	Features *features     `json:"features"`
	Seen     seen          `json:"seen"`
	Nets     int           `json:"networks"`
	Summary  Summary       `json:"summary"`
}

// inferenceKey is that of the JSON of stored; networks are nested as network/K.
const inferenceKey = "inference"

// File returns the checkpoint of the model.
func (m *Model) File() (*checkpoints.File, error) {
	f := checkpoints.New(ModelKind)
	if err := f.SetJSON(inferenceKey, stored{m.prior.Entries(), m.xNames, m.features, m.seen, len(m.nets), m.summary}); err != nil {
		return nil, err
	}
	if err := f.SetJSON(checkpoints.ProvenanceKey, m.provenance); err != nil {
		return nil, err
	}
	m.base.store(f)
	for k, net := range m.nets {
		g := checkpoints.New(nn.ModelKind)
		if err := net.Store(g); err != nil {
			return nil, err
		}
		f.Nest(netName(k), g)
	}
	return f, nil
}

func netName(k int) string { return fmt.Sprintf("network%d", k) }

// Save writes the model to a file, which is replaced whole or not at all.
func (m *Model) Save(path string) error {
	f, err := m.File()
	if err != nil {
		return err
	}
	return checkpoints.Save(path, f)
}

// Load reads a model file and checks that its parts fit each other.
func Load(path string) (*Model, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	m, err := FromCheckpoint(f)
	if err != nil && !strings.HasPrefix(err.Error(), path+": ") {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return m, err
}

// FromCheckpoint takes a model out of a checkpoint.
func FromCheckpoint(f *checkpoints.File) (*Model, error) {
	if err := f.CheckKind(ModelKind); err != nil {
		return nil, err
	}
	var s stored
	m := &Model{}
	if err := f.JSON(inferenceKey, &s); err != nil {
		return nil, err
	}
	if err := f.JSON(checkpoints.ProvenanceKey, &m.provenance); err != nil {
		return nil, err
	}
	var err error
	if m.prior, err = prior.New(s.Prior); err != nil {
		return nil, fmt.Errorf("%w: the file is damaged", err)
	}
	m.xNames, m.features, m.seen, m.summary = s.XNames, s.Features, s.Seen, s.Summary
	w := len(m.xNames)
	if m.features == nil || m.features.Width != w || len(m.seen.Low) != w || len(m.seen.High) != w || s.Nets < 0 || s.Nets > mostNets {
		return nil, errDamaged
	}
	if err := m.features.check(); err != nil {
		return nil, err
	}
	if len(m.seen.Mean) != m.features.size() {
		return nil, errDamaged
	}
	if m.base, err = loadBase(f, m.prior.Dim(), m.features.size()); err != nil {
		return nil, err
	}
	for k := range s.Nets {
		g, err := f.Nested(netName(k))
		if err != nil {
			return nil, err
		}
		net, err := nn.FromCheckpoint(g)
		if err != nil {
			return nil, err
		}
		if net.Dim() != m.prior.Dim() || net.Labels() != m.features.size() || !isVP(net.Schedule()) {
			return nil, errDamaged
		}
		m.nets = append(m.nets, net)
	}
	return m, nil
}

// mostNets bounds what a file can ask for.
const mostNets = 64

func isVP(s sde.Schedule) bool { _, ok := s.(sde.VP); return ok }

// store adds the arrays of the base to a checkpoint.
func (k *base) store(f *checkpoints.File) {
	d, p := k.B.Dims()
	l := make([]float64, d*d)
	for i := range d {
		for j := range i + 1 {
			l[i*d+j] = k.L.At(i, j)
		}
	}
	f.Arrays = append(f.Arrays,
		checkpoints.Array{Name: "base.coefficients", Shape: []int{d, p}, F64: k.B.RawMatrix().Data},
		checkpoints.Array{Name: "base.mean", Shape: []int{d}, F64: k.b},
		checkpoints.Array{Name: "base.factor", Shape: []int{d, d}, F64: l})
}

func loadBase(f *checkpoints.File, d, p int) (*base, error) {
	B, err := f.Float64s("base.coefficients", d, p)
	if err != nil {
		return nil, err
	}
	b, err := f.Float64s("base.mean", d)
	if err != nil {
		return nil, err
	}
	l, err := f.Float64s("base.factor", d, d)
	if err != nil {
		return nil, err
	}
	k := &base{mat.NewDense(d, p, B), b, mat.NewTriDense(d, mat.Lower, nil)}
	for _, v := range slices.Concat(B, b, l) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errDamaged
		}
	}
	for i := range d {
		for j := range i + 1 {
			k.L.SetTri(i, j, l[i*d+j])
		}
		if !(l[i*d+i] > 0) {
			return nil, errDamaged
		}
	}
	return k, nil
}
