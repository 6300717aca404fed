package spec

import (
	"cmp"
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
}

// Term is one entry of a guide file: an observation (Observe, Linear or both, and
// Noise), or Within alone, or Reward alone.
type Entry struct {
	Method   string             `yaml:"method"`
	Observe  map[string]float64 `yaml:"observe"`
	Linear   []LinearEntry      `yaml:"linear"`
	Noise    *ErrorLaw          `yaml:"noise"`
	Strength float64            `yaml:"strength"` // of dps; 0 means 1
	Zeta     float64            `yaml:"zeta"`     // of dps-norm
	Within   *IntervalEntry     `yaml:"within"`
	Reward   *RewardEntry       `yaml:"reward"`

	drawn *mat.Dense // observations that stand for those of the file; see File.Draw
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
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(f.Terms) == 0 {
		return nil, fmt.Errorf("%s: no guide in it: give a list under the key guide", name)
	}
	return &f, nil
}

// Build returns a guide for each term, for rows encoded by c. method is that of
// observations that name none; empty means mmps.
func (f *File) Build(c *datasets.Codec, method string) ([]guide.Term, error) {
	list := make([]guide.Term, len(f.Terms))
	for i, t := range f.Terms {
		var err error
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
	if t.observes() {
		o, err := t.drawnObservation(c)
		if err != nil {
			return nil, err
		}
		return t.guide(o, method)
	}
	if t.Observe != nil || t.Linear != nil || t.Method != "" || t.Noise != nil || t.Strength != 0 || t.Zeta != 0 || t.Within != nil && t.Reward != nil {
		return nil, errors.New("within and reward stand alone: they have no method, observation or noise")
	}
	if t.Reward != nil {
		return t.Reward.Build(c)
	}
	return t.Within.build(c)
}

func (t Entry) observes() bool { return t.Within == nil && t.Reward == nil }

// guide is the guide of an observation by the method of t, or else the one given.
func (t Entry) guide(o sde.Observation, method string) (guide.Term, error) {
	if t.Method != "" {
		method = t.Method
	}
	method = cmp.Or(method, "mmps")
	if t.Strength != 0 && method != "dps" {
		return nil, fmt.Errorf("strength is an option of dps, not of %s", method)
	}
	if (t.Zeta != 0) != (method == "dps-norm") {
		return nil, errors.New("dps-norm needs zeta, and no other method has it")
	}
	switch method {
	case "mmps":
		return guide.MMPS{Observation: o}, nil
	case "pigdm":
		return guide.PiGDM{Observation: o}, nil
	case "dps":
		return guide.DPS{Observation: o, Strength: t.Strength}, nil
	case "dps-norm":
		return guide.DPSNorm{Observation: o, Zeta: t.Zeta}, nil
	}
	return nil, fmt.Errorf("method %q: use mmps, pigdm, dps or dps-norm", method)
}
