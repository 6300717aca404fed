package sbi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tweedie/checkpoints"
	"tweedie/datasets/prior"
	"tweedie/nn"
	"tweedie/sde"
)

// storedFormat is the number of the layout of stored, of the arrays and of what they mean. It
// is one more when any of these changes.
const storedFormat = 1

// stored is what a model file says beside arrays and networks.
type stored struct {
	Format   int           `json:"format"`
	Prior    []prior.Entry `json:"prior"`
	XNames   []string      `json:"x"`
	Features *features     `json:"features"`
	Terms    *additive     `json:"terms"`
	Seen     seen          `json:"seen"`
	Members  [][]inputs    `json:"members"` // the inputs of the networks of each
	Summary  Summary       `json:"summary"`
	Rounds   *Rounds       `json:"rounds,omitempty"`
}

// inferenceKey is that of the JSON of stored; members are nested as memberK.
const inferenceKey = "inference"

// ErrFormat is that of a posterior whose file has the layout of another version.
var ErrFormat = errors.New("sbi: the posterior was made by another version")

// checkFormat errs with ErrFormat unless f has the layout that this version reads. Before there
// were formats files had none: they have the format 0.
func checkFormat(f *checkpoints.File) error {
	var has struct {
		Format int `json:"format"`
	}
	var by struct {
		Version string `json:"version"`
	}
	text, ok := f.Meta[inferenceKey]
	if !ok || json.Unmarshal([]byte(text), &has) != nil || has.Format == storedFormat {
		return nil // what is damaged is told by what reads all of it
	}
	_ = json.Unmarshal([]byte(f.Meta[checkpoints.ProvenanceKey]), &by)
	advice := "train it anew on its simulations"
	if has.Format > storedFormat {
		advice = "upgrade tweedie, or " + advice
	}
	return fmt.Errorf("%w, %s: its file has the format %d, and this version reads %d: %s", ErrFormat, cmp.Or(by.Version, "of no name"), has.Format, storedFormat, advice)
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
