package sbi

import "fmt"

// Stage says which network of a fit is trained: of a candidate, which short runs compare, or
// of a member of the model.
type Stage struct {
	Trial       bool // of a candidate
	Part, Parts int  // the candidate or member, from 1, and how many there are
	Net, Nets   int  // the network of it, from 1: one, or one for each parameter
	Again       bool // to the step where held-out rows were best
	Round       int  // of FitRounds, from 1; 0 for Fit
}

// String says it in words, as "candidate 2 of 3" or "member 1 of 2, network 2 of 4".
func (s Stage) String() string {
	text := fmt.Sprintf("member %d of %d", s.Part, s.Parts)
	if s.Trial {
		text = fmt.Sprintf("candidate %d of %d", s.Part, s.Parts)
	}
	if s.Nets > 1 {
		text += fmt.Sprintf(", network %d of %d", s.Net, s.Nets)
	}
	if s.Round > 0 {
		text = fmt.Sprintf("round %d, ", s.Round) + text
	}
	if s.Again {
		text += ", again"
	}
	return text
}
