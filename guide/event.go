package guide

import (
	"math"
	"slices"
)

// Event is what is known of one column of a table. A column is a block of
// positions that hold 1 at its level and 0 elsewhere, or a number, or both: then
// one of the levels says that the number is present, and the others replace it
// (an atom, a missing cell). The event is
//
//	level in Allowed   or   level = Present and Lo ≤ number ≤ Hi.
//
// All positions are those of the row. Levels and Between make the simple cases.
type Event struct {
	Block   []int // positions of the levels; nil for a column that is a number only
	Allowed []int // those of Block that are allowed as they are
	Present int   // that of Block under which the number counts, or -1
	Number  int   // position of the number, or -1 where only levels are asked for

	Lo, Hi float64 // one may be infinite
}

// Levels is the event that the level of block is among allowed.
func Levels(block, allowed []int) Event {
	return Event{Block: block, Allowed: allowed, Present: -1, Number: -1}
}

// Between is the event Lo ≤ number ≤ Hi of a column without levels.
func Between(number int, lo, hi float64) Event {
	return Event{Present: -1, Number: number, Lo: lo, Hi: hi}
}

// always reports whether the event allows all levels, and only says that these are levels.
func (e Event) always() bool { return e.Number < 0 && len(e.Allowed) == len(e.Block) }

// holds reports whether the event holds of a row without noise.
func (e Event) holds(x []float64) bool {
	within := e.Number >= 0 && x[e.Number] >= e.Lo && x[e.Number] <= e.Hi
	if len(e.Block) == 0 {
		return within
	}
	level := e.Block[0]
	for _, k := range e.Block {
		if x[k] > x[level] {
			level = k
		}
	}
	return slices.Contains(e.Allowed, level) || level == e.Present && within
}

// eventProbability is the probability of an event in one row.
type eventProbability struct {
	p, phi       float64 // log P and log Φ
	among, there float64 // Σ D_k of the allowed levels, and D_Present
	mean, spread float64 // E[z] and E[z²] - 1 of a standard normal z within the bounds
}

// weigh returns the probability of e, d being the means of a row and s the deviation of the number.
func (e Event) weigh(d []float64, s float64) eventProbability {
	c := eventProbability{phi: math.Inf(-1)}
	if e.Number >= 0 {
		a, b := (e.Lo-d[e.Number])/s, (e.Hi-d[e.Number])/s
		c.phi, c.mean = normalMass(a, b)
		c.spread = normalSpread(a, b, c.phi)
	}
	if len(e.Block) == 0 {
		c.p, c.there = c.phi, 1
		return c
	}
	for _, k := range e.Allowed {
		c.among += math.Max(d[k], 0)
	}
	if e.Number >= 0 {
		c.there = math.Max(d[e.Present], 0)
	}
	// Φ may underflow while its logarithm does not.
	if a, b := math.Log(c.among), math.Log(c.there)+c.phi; a > b {
		c.p = a + math.Log1p(math.Exp(b-a))
	} else if b > math.Inf(-1) {
		c.p = b + math.Log1p(math.Exp(a-b))
	} else {
		c.p = b
	}
	c.p = math.Min(c.p, 0)
	return c
}

// share is P(present and within | x_t, event).
func (c eventProbability) share() float64 {
	if c.there == 0 {
		return 0
	}
	return math.Exp(math.Min(math.Log(c.there)+c.phi-c.p, 0))
}
