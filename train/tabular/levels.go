package tabular

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/losses"
	"tweedie/sample"
	"tweedie/sde"
)

// discrete is the loss on the levels of a chain.
func (s *settings) discrete(sched sde.Schedule) (loss losses.Denoising, err error) {
	switch {
	case s.Times != "":
		return loss, bad("times", "%q: levels are the times of training: give one of the two", s.Times)
	case s.Levels.Step != nil:
		return loss, bad("levels", "has steps ε_i, which are those of a sampler: leave the column step out")
	case !slices.Contains(Decays(), s.Decay):
		return loss, bad("decay", "%q: use one of %s", s.Decay, strings.Join(Decays(), ", "))
	}
	c, err := s.Levels.Chain(sched)
	if err != nil {
		return loss, bad("levels", "cannot be trained on: %w", err)
	}
	loss = losses.Discrete(c)
	if s.Weighting != "" {
		if loss.Weight, err = losses.ParseWeighting(s.Weighting); err != nil {
			return loss, bad("weighting", "%q: %w", s.Weighting, err)
		}
		loss.Target = ""
	}
	if err := loss.Validate(); err != nil {
		return loss, bad("levels", "cannot be trained on: %w", err)
	}
	return loss, nil
}

// levelsText is their number, or what tells levels of a file from others; "" without.
func (s *settings) levelsText() string {
	l := s.Levels
	switch {
	case l == nil:
		return ""
	case l.Count > 0:
		return strconv.Itoa(l.Count)
	}
	h := fnv.New32a()
	fmt.Fprint(h, l.Beta, l.Sigma, l.List)
	return fmt.Sprintf("%d of a file (%08x)", l.Len(), h.Sum32())
}

// levelsKey is the key of the levels in a model file, which models of continuous time do
// not have.
const levelsKey = "chain"

// readLevels reads the levels that a model was trained on, nil for none.
func readLevels(f *checkpoints.File, sched sde.Schedule) (*sde.Levels, error) {
	if f.Meta[levelsKey] == "" {
		return nil, nil
	}
	l := new(sde.Levels)
	if err := f.JSON(levelsKey, l); err != nil {
		return nil, err
	}
	if _, err := l.Chain(sched); err != nil {
		return nil, fmt.Errorf("its levels: %w: the file is damaged", err)
	}
	return l, nil
}

// Levels are the discrete levels that the model was trained on, nil for continuous time.
func (m *Model) Levels() *sde.Levels { return m.levels }

// WithLevels gives the samplers of chains the levels of the model, unless others are
// asked for.
func (m *Model) WithLevels(s sample.Sampler) sample.Sampler {
	if chain := s.Name == "ddpm" || s.Name == "smld"; chain && s.Levels == 0 && s.LevelList == nil {
		s.LevelList = m.levels
	}
	return s
}
