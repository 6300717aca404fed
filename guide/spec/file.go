package spec

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/internal/yamlfile"
	"tweedie/sde"
)

// File is the content of a guide file (see the package documentation). No method
// modifies it.
type File struct {
	Terms []Entry `yaml:"guide"`
	Path  string  `yaml:"-"` // where it was read, which errors name; may be empty

	subject *subject        // what On has named
	ctx     context.Context // of Start; nil without
}

// Entry is one entry of a guide file: an observation (Observe, Linear or both, or Formula, or
// Command, with Noise), or Within, Reward, Prior, Truncate or Affine alone.
type Entry struct {
	Method   string             `yaml:"method"`
	Observe  map[string]float64 `yaml:"observe"`
	Linear   []LinearEntry      `yaml:"linear"`
	Formula  Formulas           `yaml:"formula"` // stands alone, with Value
	Value    Values             `yaml:"value"`   // the observed numbers of a formula or command
	Noise    *ErrorLaw          `yaml:"noise"`
	Strength OverTime           `yaml:"strength"` // of dps; 0 means 1
	Zeta     OverTime           `yaml:"zeta"`     // of dps-norm
	Anneal   OverTime           `yaml:"anneal"`   // factor of the errors at t, a formula that is 1 at t = 0
	Within   *IntervalEntry     `yaml:"within"`
	Reward   *RewardEntry       `yaml:"reward"`

	Command string  `yaml:"command"` // a program that gives the observed numbers of a row: see Command
	Inverse string  `yaml:"inverse"` // a program for the pseudo-inverse, of pigdm
	Timeout Timeout `yaml:"timeout"` // for an answer of the programs; 0 means a minute

	Curvature bool           `yaml:"curvature"` // of mmps
	Affine    *AffineEntry   `yaml:"affine"`
	Prior     *PriorEntry    `yaml:"prior"`
	Truncate  *IntervalEntry `yaml:"truncate"`

	runs    *runs // of Start
	codec   *datasets.Codec
	subject *subject
	drawn   *mat.Dense // observations that stand for those of the file; see File.Draw
}

// Linear is the value of a weighted sum of columns, in units of the table.
type LinearEntry struct {
	Weights map[string]float64 `yaml:"weights"`
	Value   float64            `yaml:"value"`
}

// Read reads a guide file. It errs on keys that it does not know and on an empty list.
func Read(path string) (*File, error) {
	b, err := yamlfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return Parse(path, b)
}

// Parse is Read for the content b of the file called name.
func Parse(name string, b []byte) (*File, error) {
	f := File{Path: name}
	if err := yamlfile.Unmarshal(b, &f, true); err != nil {
		return nil, fmt.Errorf("%s: read as a guide: %w", name, err)
	}
	if len(f.Terms) == 0 {
		return nil, fmt.Errorf("%s: no guide in it: give a list under the key guide", name)
	}
	return &f, nil
}

// Build returns a guide for each term, for rows encoded by c. method is that of
// observations that name none; empty means mmps.
func (f *File) Build(c *datasets.Codec, method string) ([]guide.Term, error) {
	if err := f.checkAffine(); err != nil {
		return nil, err
	}
	list := make([]guide.Term, len(f.Terms))
	for i, t := range f.Terms {
		var err error
		t.codec, t.subject = c, f.subject
		if list[i], err = t.build(c, method); err != nil {
			return nil, f.errorAt(i, err)
		}
	}
	return list, nil
}

// errorAt says which term err is of.
func (f *File) errorAt(i int, err error) error {
	err = fmt.Errorf("guide %d: %w", i+1, err)
	if f.Path != "" {
		err = fmt.Errorf("%s: %w", f.Path, err)
	}
	return err
}

func (t Entry) build(c *datasets.Codec, method string) (guide.Term, error) {
	if t.changes() {
		return t.change(c)
	}
	if t.observes() {
		o, err := t.drawnObservation(c)
		if err != nil {
			return nil, err
		}
		return t.guide(o, method)
	}
	if t.hasObservation() || t.hasOptions() || t.Affine != nil || t.Within != nil && t.Reward != nil {
		return nil, errors.New("within and reward stand alone: they have no method, observation or noise")
	}
	if t.Reward != nil {
		return t.Reward.Build(c)
	}
	return t.Within.build(c)
}

// hasObservation reports whether t says what is observed, and with what error.
func (t Entry) hasObservation() bool {
	return t.Observe != nil || t.Linear != nil || t.Formula != nil || t.Command != "" || t.Inverse != "" || t.Timeout != 0 || t.Value != nil || t.Noise != nil
}

// hasOptions reports whether t has options of guides of observations.
func (t Entry) hasOptions() bool {
	return t.Method != "" || !t.Strength.IsZero() || !t.Zeta.IsZero() || !t.Anneal.IsZero() || t.Curvature
}

func (t Entry) observes() bool { return t.Within == nil && t.Reward == nil && !t.changes() }

// guide is the guide of an observation by the method of t, or else the one given.
func (t Entry) guide(o sde.Observation, method string) (guide.Term, error) {
	if t.Affine != nil {
		return t.scaled(o, method)
	}
	if t.Command != "" {
		return t.commandGuide(o, method)
	}
	if method == "fk" { // weighs by the likelihood of any guide
		if t.Curvature {
			return nil, errors.New("curvature is that of guides, and fk with proposals of the model weighs by likelihoods alone: leave it out, or take a proposal")
		}
		method = ""
	}
	if method == "tds" { // whose default twist is normalized, and not too sharp
		if method = "pigdm"; !sde.IsNormal(o.Error) {
			method = "dps"
		}
	}
	if t.Method != "" {
		method = t.Method
	}
	method = cmp.Or(method, "mmps")
	if !t.Strength.IsZero() && method != "dps" {
		return nil, fmt.Errorf("strength is an option of dps, not of %s", method)
	}
	if t.Zeta.IsZero() == (method == "dps-norm") {
		return nil, errors.New("dps-norm needs zeta, and no other method has it")
	}
	if t.Curvature && method != "mmps" {
		if t.Method == "" {
			return nil, fmt.Errorf("curvature is an option of mmps, and %s is taken here: add method: mmps", method)
		}
		return nil, fmt.Errorf("curvature is an option of mmps, not of %s", method)
	}
	switch method {
	case "mmps":
		return guide.MMPS{Observation: o, Curvature: t.Curvature}, nil
	case "pigdm":
		return guide.PiGDM{Observation: o}, nil
	case "dps":
		k, f, err := t.Strength.get("strength")
		return guide.DPS{Observation: o, Strength: k, StrengthFunc: f}, err
	case "dps-norm":
		k, f, err := t.Zeta.get("zeta")
		return guide.DPSNorm{Observation: o, Zeta: k, ZetaFunc: f}, err
	}
	return nil, fmt.Errorf("method %q: use mmps, pigdm, dps or dps-norm", method)
}
