package sbi

import (
	"errors"
	"fmt"
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

var errDamaged = errors.New("sbi: the parts of the model do not fit each other: the file is damaged")

// File returns the checkpoint of the model.
func (m *Model) File() (*checkpoints.File, error) {
	f := checkpoints.New(ModelKind)
	s := stored{storedFormat, m.prior.Entries(), m.xNames, m.features, m.members[0].base.terms, m.seen, nil, m.summary, m.rounds}
	for _, b := range m.members {
		s.Members = append(s.Members, b.inputs)
	}
	if err := f.SetJSON(inferenceKey, s); err != nil {
		return nil, err
	}
	if err := f.SetJSON(checkpoints.ProvenanceKey, m.provenance); err != nil {
		return nil, err
	}
	m.space.store(f)
	for k, b := range m.members {
		b.base.store(f, memberName(k))
		for j, net := range b.nets {
			g := checkpoints.New(nn.ModelKind)
			if err := net.Store(g); err != nil {
				return nil, err
			}
			f.Nest(netName(k, j), g)
		}
	}
	return f, nil
}

func memberName(k int) string { return fmt.Sprintf("member%d", k) }

func netName(k, j int) string { return fmt.Sprintf("member%d.network%d", k, j) }

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

// FromCheckpoint takes a model out of a checkpoint. It errs with ErrFormat for one of another
// version.
func FromCheckpoint(f *checkpoints.File) (*Model, error) {
	if err := f.CheckKind(ModelKind); err != nil {
		return nil, err
	}
	if err := checkFormat(f); err != nil {
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
	if m.rounds = s.Rounds; !m.rounds.fits(m.prior.Dim(), len(s.XNames)) {
		return nil, errDamaged
	}
	w, d := len(m.xNames), m.prior.Dim()
	if m.features == nil || m.features.Width != w || len(m.seen.Low) != w || len(m.seen.High) != w || s.Terms == nil || len(s.Members) < 1 || len(s.Members) > mostMembers {
		return nil, errDamaged
	}
	if err := m.features.check(); err != nil {
		return nil, err
	}
	p := m.features.size()
	if len(m.seen.Mean) != p {
		return nil, errDamaged
	}
	if err := s.Terms.check(p); err != nil {
		return nil, err
	}
	if m.space, err = loadSpace(f, d); err != nil {
		return nil, err
	}
	for k, list := range s.Members {
		b := member{inputs: list}
		if b.base, err = loadBase(f, memberName(k), m.space, s.Terms); err != nil {
			return nil, err
		}
		if len(list) != 1 && len(list) != d {
			return nil, errDamaged
		}
		for j, q := range list {
			net, err := loadNet(f, netName(k, j), q, p, d, m.features.Blocks)
			if err != nil {
				return nil, err
			}
			b.nets = append(b.nets, net)
		}
		m.members = append(m.members, b)
	}
	return m, nil
}

// loadNet reads a network that takes the inputs q of p features and d coordinates.
func loadNet(f *checkpoints.File, name string, q inputs, p, d int, b Blocks) (*nn.Model, error) {
	if err := q.check(p, d); err != nil {
		return nil, err
	}
	g, err := f.Nested(name)
	if err != nil {
		return nil, err
	}
	net, err := nn.FromCheckpoint(g)
	if err != nil {
		return nil, err
	}
	own := d
	if q.Coordinate >= 0 {
		own = 1
	}
	points := 0
	if q.Coordinate < 0 {
		points = b.Points * b.Width
	}
	if net.Dim() != own || !net.RowMoments || net.Labels() != q.size(p, d)+points+2*own || !isVP(net.Schedule()) {
		return nil, errDamaged
	}
	return net, nil
}

// mostMembers bounds what a file can ask for.
const mostMembers = 64

func isVP(s sde.Schedule) bool { _, ok := s.(sde.VP); return ok }
