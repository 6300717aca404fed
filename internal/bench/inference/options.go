package inference

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
	"tweedie/internal/suggest"
)

// Case is a task, and how its data are read.
type Case struct {
	Task          string
	Points, Width int // x is so many rows of so many numbers, in any order; 0 for no such structure
}

// ParseCase reads a task, as slcp, or one with exchangeable data, as slcp:4x2.
func ParseCase(text string) (Case, error) {
	name, blocks, found := strings.Cut(text, ":")
	c := Case{Task: name}
	t, err := simulators.Lookup(name)
	if err != nil || !found {
		return c, err
	}
	p, w, ok := strings.Cut(blocks, "x")
	points, err1 := strconv.Atoi(p)
	width, err2 := strconv.Atoi(w)
	if _, x := t.Dims(); !ok || err1 != nil || err2 != nil || points < 1 || width < 1 || points*width != x {
		return c, fmt.Errorf("%s: write the exchangeable points and their width as %s:4x2; their product must be the %d numbers of x", text, name, x)
	}
	c.Points, c.Width = points, width
	return c, nil
}

func (c Case) String() string {
	if c.Points == 0 {
		return c.Task
	}
	return fmt.Sprintf("%s:%dx%d", c.Task, c.Points, c.Width)
}

// Posterior is what is measured: a law of θ for each x.
type Posterior interface {
	// Draw returns n draws of θ given x.
	Draw(ctx context.Context, x []float64, n int, seed uint64) (*mat.Dense, error)
	// LogScore is the mean held-out log density of the model, NaN if there is none.
	LogScore() float64
}

// Fit trains a posterior on simulations of a case.
type Fit func(ctx context.Context, c Case, theta, x *mat.Dense, seed uint64) (Posterior, error)

// Options say what is measured.
type Options struct {
	Data         string // folder of the observations: see simulators.ReadObservation
	Out          string // folder of the cells that are done
	Cases        []Case // nil: Cases()
	Budgets      []int  // numbers of simulations; nil means 1000, 10000 and 100000
	Seeds        int    // of the budgets; 0 means three at 10,000 and one elsewhere
	Observations []int  // nil means 1 to 5
	Rows         int    // draws per observation; 0 means 10,000, as the protocol has it
	Seed         uint64 // of the first cell
	Workers      int
	Fit          Fit               // nil means train/sbi
	Clock        func() time.Time  // nil measures no times
	Done         func(*Cell) error // is told of each cell; may be nil
}

// Cases are the seven tasks of which the observations are at hand, and slcp with its
// points in any order.
func Cases() []Case {
	var list []Case
	for _, t := range published {
		list = append(list, Case{Task: t.task})
	}
	return append(list, Case{"slcp", 4, 2})
}

func (o Options) withDefaults() (Options, error) {
	if o.Cases == nil {
		o.Cases = Cases()
	}
	if o.Budgets == nil {
		o.Budgets = []int{1000, 10_000, 100_000}
	}
	if o.Observations == nil {
		o.Observations = []int{1, 2, 3, 4, 5}
	}
	o.Rows = cmp.Or(o.Rows, 10_000)
	if o.Fit == nil {
		o.Fit = recipe(o.Workers)
	}
	if o.Clock == nil {
		o.Clock = func() time.Time { return time.Time{} }
	}
	return o, o.check()
}

// check errs on options that cannot be.
func (o *Options) check() error {
	switch {
	case o.Data == "" || o.Out == "":
		return fmt.Errorf("name the folder of the observations and the folder of the results")
	case slices.Min(o.Budgets) < 100:
		return fmt.Errorf("%d simulations: give 100 or more", slices.Min(o.Budgets))
	case o.Rows < 20:
		return fmt.Errorf("%d draws: give 20 or more", o.Rows)
	case o.Seeds < 0 || o.Seeds > 100:
		return fmt.Errorf("%d seeds: give 1 to 100", o.Seeds)
	case slices.Min(o.Observations) < 1:
		return fmt.Errorf("observation %d: the first is 1", slices.Min(o.Observations))
	}
	return nil
}

// seeds is the number of seeds of a budget.
func (o *Options) seeds(budget int) int {
	if o.Seeds > 0 {
		return o.Seeds
	}
	if budget == 10_000 {
		return 3
	}
	return 1
}

// ParseCases reads several cases.
func ParseCases(texts []string) ([]Case, error) {
	var list []Case
	for _, t := range texts {
		c, err := ParseCase(t)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, c) {
			return nil, fmt.Errorf("%s is named twice: name each task once, of %s", t, suggest.Join(simulators.Names(), 20))
		}
		list = append(list, c)
	}
	return list, nil
}
