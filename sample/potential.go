package sample

import "math"

// Potential makes log-potentials of the rewards along a trajectory. Next is given
// the state of the trajectory, Start before the first reward, and its next
// reward, and returns the new state and log G. It must be safe for concurrent use.
// A reward of -Inf is given as -1e6 nats, which in a sum can be taken back.
type Potential struct {
	Start float64
	Next  func(state, reward float64) (next, logG float64)

	telescopes bool // the product of the potentials so far is e^r of the current reward r
}

// DifferencePotential has as log G the change of the reward since the last step, so that the
// product of the potentials so far is e^r of the current reward r.
func DifferencePotential() Potential {
	return Potential{Next: func(s, r float64) (float64, float64) { return r, r - s }, telescopes: true}
}

// MaxPotential has as log G the largest reward so far.
func MaxPotential() Potential {
	return Potential{Start: math.Inf(-1), Next: func(s, r float64) (float64, float64) { s = math.Max(s, r); return s, s }}
}

// SumPotential has as log G the sum of the rewards so far.
func SumPotential() Potential {
	return Potential{Next: func(s, r float64) (float64, float64) { return s + r, s + r }}
}

// PotentialNames lists the names that ParsePotential reads, sorted.
func PotentialNames() []string { return []string{"difference", "max", "sum"} }

// ParsePotential returns the potential of a name for a run of so many steps. MaxPotential and
// SumPotential are divided by steps and steps (steps+1)/2: the product of all potentials is
// then of the size of e^r for any number of steps. It panics unless steps is positive.
func ParsePotential(name string, steps int) (Potential, error) {
	if steps <= 0 {
		panic("sample: a potential for a non-positive number of steps")
	}
	n := float64(steps)
	switch name {
	case "difference":
		return DifferencePotential(), nil
	case "max":
		return MaxPotential().dividedBy(n), nil
	case "sum":
		return SumPotential().dividedBy(n * (n + 1) / 2), nil
	}
	return Potential{}, notOneOf("potential", name, PotentialNames())
}

func (p Potential) dividedBy(c float64) Potential {
	return Potential{Start: p.Start, Next: func(state, reward float64) (next, logG float64) {
		next, logG = p.Next(state, reward)
		return next, logG / c
	}}
}
