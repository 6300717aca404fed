package spec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/internal/process"
	"tweedie/sample"
	"tweedie/sde"
)

// refusesCommands is why a method cannot take a command.
const refusesCommands = "a command has no derivative: use method fk or enkg, or pigdm with an inverse command"

// HasCommands reports whether a term of the file is a command.
func (f *File) HasCommands() bool {
	for _, t := range f.Terms {
		if t.Command != "" {
			return true
		}
	}
	return false
}

// CheckMethod errs for a conditioning method that cannot take the commands of the file.
// Terms of the method guided are checked one by one, when they are built.
func (f *File) CheckMethod(method string) error {
	if !f.HasCommands() || method == "guided" || method == "fk" || method == "enkg" {
		return nil
	}
	return fmt.Errorf("%s: %s", method, refusesCommands)
}

// Start returns a copy of the file of which each command is one process for all that is
// built from it: it is started by the first evaluation, and killed when ctx is done. close
// ends the processes, and errs on one that gave more answers than it had rows; it must be
// called. Without Start each evaluation of a batch runs a process of its own.
func (f *File) Start(ctx context.Context) (started *File, close func() error) {
	g := *f
	g.ctx = ctx
	if !f.HasCommands() {
		return &g, func() error { return nil }
	}
	r := &runs{ctx: ctx, of: map[string]*process.Process{}}
	g.Terms = append([]Entry(nil), f.Terms...)
	for i := range g.Terms {
		g.Terms[i].runs = r
	}
	return &g, r.close
}

// runs has the processes of a run, by command and header.
type runs struct {
	ctx context.Context
	mu  sync.Mutex
	of  map[string]*process.Process
}

func (r *runs) process(words []string, header string, timeout time.Duration) *process.Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fmt.Sprintf("%q %q %v", words, header, timeout)
	if r.of[key] == nil {
		r.of[key] = process.New(r.ctx, words, header, timeout)
	}
	return r.of[key]
}

func (r *runs) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []error
	for _, p := range r.of {
		all = append(all, p.Close())
	}
	return errors.Join(all...)
}

// commandObservation is the observation of a term that is a command.
func (t Entry) commandObservation(c *datasets.Codec) (sde.Observation, error) {
	var none sde.Observation
	if t.Observe != nil || t.Linear != nil {
		return none, errors.New("a command stands alone: observe columns and sums in another entry")
	}
	if err := t.Value.check(); err != nil {
		return none, err
	}
	if t.Noise == nil {
		return none, errors.New("noise is missing: the standard deviation of the error, in units of what the command gives")
	}
	law, err := t.errorLaw(t.Value)
	if err != nil {
		return none, err
	}
	words, err := program("command", t.Command)
	if err != nil {
		return none, err
	}
	p := &Command{rows: newRowText(c), m: len(t.Value), forward: words, timeout: time.Duration(t.Timeout), runs: t.runs}
	if _, err := p.rows.header(); err != nil {
		return none, err
	}
	o := sde.Observation{A: p, Y: mat.NewDense(1, len(t.Value), append([]float64(nil), t.Value...)), Error: law}
	if t.Inverse != "" {
		if p.inverse, err = program("inverse", t.Inverse); err != nil {
			return none, err
		}
		o.A = invertible{p}
	}
	return o, nil
}

// program is the words of a command, which must be there.
func program(key, command string) ([]string, error) {
	words, err := process.Split(command)
	if err == nil {
		err = process.Find(words)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return words, nil
}

// commandGuide is the guide of a command by the method of t, or else the one given.
func (t Entry) commandGuide(o sde.Observation, method string) (guide.Term, error) {
	method = cmp.Or(t.Method, method)
	if method == "" && t.Inverse != "" {
		method = "pigdm"
	}
	switch {
	case !t.Strength.IsZero() || !t.Zeta.IsZero():
		return nil, errors.New("strength and zeta are options of dps, which takes no command")
	case method == "fk":
		return likelihood{o}, nil
	case method != "pigdm":
		return nil, fmt.Errorf("%s: %s", cmp.Or(method, "guided"), refusesCommands)
	case t.Inverse == "":
		return nil, errors.New("pigdm needs the key inverse: a command that gives a row for the observed numbers. Or use method fk or enkg")
	}
	p := o.A.(invertible)
	return commandPiGDM{guide.PiGDM{Observation: o, Pseudo: true}, &inverseScale{of: p, y: t.Value, sd: t.Noise.Scale}}, nil
}

// likelihood is log p(y|x_0) of an observation, for methods that weigh rows by it and
// guide by nothing.
type likelihood struct{ sde.Observation }

var _ guide.LikelihoodTerm = likelihood{}

func (l likelihood) AddScore(*mat.Dense, guide.State) error { return errors.New(refusesCommands) }

func (l likelihood) LogLikelihood(dst []float64, at guide.State) error {
	return sample.LogLikelihood(l.Observation)(dst, at.Mean, 0)
}

// Check errs on an observation that does not fit the prior.
func (l likelihood) Check(prior sde.Differentiable) error { return l.Observation.Check(prior.Dim()) }

// Exactness says what FK makes of it.
func (l likelihood) Exactness(sde.Differentiable) (guide.Exactness, string) {
	return guide.Asymptotic, "exact with many particles"
}

// UsesJacobian implements guide.JacobianUser.
func (l likelihood) UsesJacobian() bool { return false }
