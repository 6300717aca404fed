package sample

import (
	"cmp"
	"errors"

	"tweedie/sde"
)

// chainOf returns the chain of the levels of s under a schedule.
func (s Sampler) chainOf(sched sde.Schedule) (sde.Chain, error) {
	l := s.LevelList
	if l == nil {
		l = &sde.Levels{Count: cmp.Or(s.Levels, 1000)}
	}
	c, err := l.Chain(sched)
	switch {
	case err != nil && l.Count > 0:
		return nil, settingError("levels", l.Count, "%s is %d: %w", ref("levels"), l.Count, err)
	case err != nil:
		return nil, settingError("levels", l.Len(), "%s: %w", ref("levels"), err)
	}
	return c, nil
}

// onLevels reports whether ald goes along levels, in place of a grid.
func (s Sampler) onLevels() bool { return s.Name == "ald" && (s.Levels != 0 || s.LevelList != nil) }

// ald makes annealed Langevin dynamics, on a grid or on levels.
func ald(s Sampler, sched sde.Schedule) (Method, error) {
	eta, err := s.etaFunc(sched)
	if err != nil {
		return nil, err
	}
	if !s.onLevels() {
		return AnnealedLangevin{SNR: s.SNR, Steps: s.CorrectorSteps, EtaFunc: eta}, nil
	}
	c, err := s.chainOf(sched)
	if err != nil {
		return nil, err
	}
	m := DiscreteLangevin{Levels: c, SNR: s.SNR, Steps: s.CorrectorSteps, EtaFunc: eta}
	if s.LevelList != nil {
		m.Epsilon = s.LevelList.Step
	}
	return m, nil
}

// checkLevels refuses what levels leave no place for.
func (s Sampler) checkLevels() error {
	if s.LevelList != nil {
		if err := s.allows("levels"); err != nil {
			return err
		}
		if s.Levels != 0 {
			return settingError("levels", s.Levels, "%s is both a number and a list: give one", ref("levels"))
		}
		if err := s.LevelList.Check(); err != nil {
			return settingError("levels", s.LevelList.Len(), "%s: %w", ref("levels"), err)
		}
		switch steps := s.LevelList.Step != nil; {
		case steps && s.Name != "ald":
			return settingError("levels", s.LevelList.Len(), "%s has steps ε_i, which %s ald alone takes: leave the column step out", ref("levels"), ref("sampler"))
		case steps && s.SNR != 0:
			return settingError("snr", s.SNR, "%s and the steps ε_i of %s say the same: give one", ref("snr"), ref("levels"))
		}
	}
	if s.onLevels() && (s.NFE != 0 || s.Grid != "" || s.Start != 0 || s.End != 0) {
		return settingError("levels", s.Levels, "%s says where the steps are: leave %s, %s, %s and %s away", ref("levels"), ref("nfe"), ref("grid"), ref("start"), ref("end"))
	}
	return nil
}

// SetLevels sets the levels to a number of them, or to those of a file (see sde.ReadLevels). It
// errs on what cannot be read, whatever the sampler.
func (s *Sampler) SetLevels(value string) error {
	l, err := sde.ParseLevels(value)
	if err != nil {
		return settingError("levels", value, "%s is %q: give a number of levels, at least 2, or a file of them: %w", ref("levels"), value, err)
	}
	if s.Levels, s.LevelList = l.Count, nil; l.Count == 0 {
		s.LevelList = l
		return nil
	}
	for _, c := range settings() {
		if c.name == "levels" {
			err = errors.Join(err, c.check(s))
		}
	}
	return err
}
