package calibration

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// PartOf says which replicas the ranks of a report are of: those from First on, of so many.
type PartOf struct {
	First int `json:"first"`
	Of    int `json:"of"`
}

// Join returns the report of all replicas from the reports of parts of them, in any order:
// the same, bit for bit, as that of one run. It errs unless they make a whole.
func Join(parts []*Report) (*Report, error) {
	for _, p := range parts {
		if p.Part == nil {
			return nil, errors.New("calibration: a report is of all its replicas, and no part of one")
		}
	}
	if len(parts) == 0 {
		return nil, errors.New("calibration: no reports to join")
	}
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b *Report) int {
		return cmp.Or(a.Part.First-b.Part.First, a.Replicas-b.Replicas)
	})
	k := slices.IndexFunc(parts, func(p *Report) bool { return p.Replicas > 0 }) // others have no columns
	if k < 0 {
		return nil, errors.New("calibration: the parts have no replica: give all parts")
	}
	all := *parts[k]
	all.Columns, all.Fit = emptied(all.Columns), emptied(all.Fit)
	all.Replicas, all.Part, all.Caveats = 0, nil, nil
	guided := 0.0
	for _, p := range parts {
		if p.Part.First != all.Replicas || p.Draws != all.Draws || *p.Part != (PartOf{all.Replicas, parts[0].Part.Of}) {
			return nil, fmt.Errorf("calibration: a part begins with replica %d of %d, and the parts before it end at %d: give all parts of one run", p.Part.First, p.Part.Of, all.Replicas)
		}
		if p.Replicas == 0 { // there may be fewer replicas than parts
			continue
		}
		if err := errors.Join(extend(all.Columns, p.Columns), extend(all.Fit, p.Fit)); err != nil {
			return nil, err
		}
		all.Replicas += p.Replicas
		if p.Satisfied != nil {
			guided += math.Round(p.Satisfied.Guided * float64(p.Replicas*p.Draws))
		}
		for _, c := range p.Caveats {
			if !slices.Contains(all.Caveats, c) {
				all.Caveats = append(all.Caveats, c)
			}
		}
	}
	if all.Replicas != parts[0].Part.Of {
		return nil, fmt.Errorf("calibration: the parts have %d replicas of %d: give all parts", all.Replicas, parts[0].Part.Of)
	}
	if s := all.Satisfied; s != nil {
		all.Satisfied = &Satisfied{guided / float64(all.Replicas*all.Draws), s.Model}
	}
	finished(all.Columns, all.Draws)
	for k := range all.Fit {
		all.Fit[k].FinishFit(all.Draws)
	}
	all.Judge()
	return &all, nil
}

// emptied are columns without ranks.
func emptied(list []Column) []Column {
	var out []Column
	for _, c := range list {
		out = append(out, Column{Name: c.Name, Levels: c.Levels})
	}
	return out
}

// extend adds the ranks of a part.
func extend(to, part []Column) error {
	if len(to) != len(part) {
		return errors.New("calibration: parts have different columns")
	}
	for k := range to {
		if err := to[k].Extend(part[k]); err != nil {
			return err
		}
	}
	return nil
}

// Extend adds the ranks and z of the replicas behind those of c. It errs on another column.
func (c *Column) Extend(part Column) error {
	if c.Name != part.Name || c.Levels != part.Levels {
		return fmt.Errorf("calibration: column %s of one part is %s in another", c.Name, part.Name)
	}
	c.Ranks, c.Z = append(c.Ranks, part.Ranks...), append(c.Z, part.Z...)
	return nil
}
