package guide

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/sde"
)

func (w Where) Check(prior sde.Differentiable) error {
	if len(w) == 0 {
		return errors.New("no events")
	}
	owner := make([]int, prior.Dim())
	for k, e := range w {
		if err := e.check(prior.Dim()); err != nil {
			return fmt.Errorf("event %d: %w", k, err)
		}
		for _, j := range e.positions() {
			if owner[j] != 0 {
				return fmt.Errorf("events %d and %d are both of position %d: make them one event", owner[j]-1, k, j)
			}
			owner[j] = k + 1
		}
	}
	return nil
}

// positions lists the positions of the column.
func (e Event) positions() []int {
	if e.Number < 0 {
		return e.Block
	}
	return append(slices.Clip(e.Block), e.Number)
}

func (e Event) check(dim int) error {
	seen := map[int]bool{}
	for _, j := range e.positions() {
		if j < 0 || j >= dim {
			return fmt.Errorf("position %d in rows of %d", j, dim)
		}
		if seen[j] {
			return fmt.Errorf("position %d twice", j)
		}
		seen[j] = true
	}
	for i, j := range e.Allowed {
		if !slices.Contains(e.Block, j) {
			return fmt.Errorf("position %d is allowed, but not in the block", j)
		}
		if slices.Contains(e.Allowed[:i], j) || j == e.Present {
			return fmt.Errorf("position %d is allowed twice", j)
		}
	}
	switch {
	case e.Number < 0 && e.Present >= 0:
		return errors.New("a level for a number without a number: list it in Allowed")
	case e.Number < 0 && len(e.Allowed) == 0:
		return errors.New("nothing is allowed")
	case e.Number < 0:
		return nil
	case len(e.Block) == 0 && e.Present >= 0 || len(e.Block) > 0 && !slices.Contains(e.Block, e.Present):
		return fmt.Errorf("the number counts at position %d, which is not in the block", e.Present)
	case math.IsNaN(e.Lo) || math.IsNaN(e.Hi) || !(e.Lo < e.Hi):
		return fmt.Errorf("[%g, %g] is empty; an equality is an Observation with SD 0", e.Lo, e.Hi)
	case len(e.Block) == 0 && math.IsInf(e.Lo, -1) && math.IsInf(e.Hi, 1):
		return errors.New("no finite end")
	}
	return nil
}

func (w Where) Exactness(prior sde.Differentiable) (Exactness, string) {
	for _, e := range w {
		if e.Number >= 0 && !(len(e.Block) == 0 && gaussian(prior)) {
			return Heuristic, "numbers are taken as normal given x_t: rows that fit may be of the wrong kind; weight particles (TDS), or reject unguided rows"
		}
	}
	for k, e := range w {
		for _, f := range w[:k] {
			if !e.always() && !f.always() && !separate(prior, e.positions(), f.positions()) {
				return Heuristic, "the columns are taken as independent given x_t: rows that fit may be of the wrong kind; weight particles (TDS), or reject unguided rows"
			}
		}
	}
	return Exact, ""
}

// separate reports whether the law makes the positions of a and b independent.
func separate(prior sde.Denoiser, a, b []int) bool {
	switch l := prior.(type) {
	case *sde.Gaussian:
		for _, i := range a {
			for _, j := range b {
				if l.Cov.At(i, j) != 0 {
					return false
				}
			}
		}
		return true
	case *sde.Product:
		for _, i := range a {
			for _, j := range b {
				if part(l, i) == part(l, j) {
					return false
				}
			}
		}
		return true
	}
	return false
}

// part is the number of the block of l that holds position j.
func part(l *sde.Product, j int) int {
	for k, b := range l.Blocks {
		if j -= b.Dim(); j < 0 {
			return k
		}
	}
	return -1
}
