package nn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/internal/stream"
)

// discover finds out what parameters a network has, and tries it.
func (a *Architecture) discover(in inputs) (*ownNet, error) {
	if a.Name == "" || a.Build == nil {
		return nil, errors.New("nn: a network of one's own needs a Name and a Build function")
	}
	own := &ownNet{Architecture: a}
	in.own = own
	m := &own32{x: make([]float32, BlockRows*in.Net.in()), f: make([]float32, BlockRows*in.Net.Feat)}
	graphs.Lock()
	g, err := newOwnGraph(m, &in, nil)
	graphs.Unlock()
	if err != nil {
		return nil, err
	}
	if len(g.params) == 0 {
		return nil, fmt.Errorf("nn: the network %q has no parameter: make some by Param", a.Name)
	}
	own.params = g.params
	if err := own.try(&in); err != nil {
		return nil, fmt.Errorf("nn: the network %q: %w", a.Name, err)
	}
	return own, nil
}

// try runs the network at parameters none of which is 0. It errs where two runs differ,
// where rows mix, and where a parameter has no effect.
func (o *ownNet) try(in *inputs) error {
	p := o.trial()
	m, err := newOwnMachine(in, p, pulling)
	if err != nil {
		return err
	}
	other, err := newOwnMachine(in, p, pulling)
	if err != nil {
		return err
	}
	r := stream.New(2, "nn/trial")
	for i := range m.x {
		m.x[i] = float32(r.NormFloat64())
	}
	for i := range m.f {
		m.f[i] = float32(r.NormFloat64())
	}
	copy(other.x, m.x)
	copy(other.f, m.f)
	m.fwd.run()
	first := slices.Clone(m.out)
	m.fwd.run()
	other.fwd.run()
	if err := errors.Join(m.err, other.err); err != nil {
		return err
	}
	if i := slices.IndexFunc(first, func(v float32) bool { return v != v }); i >= 0 {
		return fmt.Errorf("the output is NaN at finite inputs and parameters")
	}
	if !slices.Equal(first, m.out) || !slices.Equal(first, other.out) {
		return errors.New("two runs with the same inputs differ: leave random ops and values away; dropout is not for networks of one's own")
	}
	if err := o.rowsStandAlone(in, m, first); err != nil {
		return err
	}
	return o.effects(in, p, m)
}

// rowsStandAlone errs if a row of the output depends on another row of the inputs.
func (o *ownNet) rowsStandAlone(in *inputs, m *own32, first []float32) error {
	const changed = 1
	w, f, d := in.Net.in(), in.Net.Feat, in.Net.Dim
	x, feat := slices.Clone(m.x), slices.Clone(m.f)
	for j := range w {
		m.x[changed*w+j] += 0.5
	}
	for j := range f {
		m.f[changed*f+j] -= 0.5
	}
	m.fwd.run()
	copy(m.x, x)
	copy(m.f, feat)
	for i := range BlockRows {
		if i != changed && !slices.Equal(m.out[i*d:(i+1)*d], first[i*d:(i+1)*d]) {
			return fmt.Errorf("row %d of the output depends on row %d of the inputs: sum and normalize within rows only; batch norm is not possible", i, changed)
		}
	}
	return m.err
}

// effects errs for a parameter whose gradient is 0 everywhere.
func (o *ownNet) effects(in *inputs, p *Params, like *own32) error {
	m, err := newOwnMachine(in, p, regressing)
	if err != nil {
		return err
	}
	copy(m.x, like.x)
	copy(m.f, like.f)
	for i := range m.w {
		m.w[i] = 1
		m.r[i] = float32(math.Sin(float64(i)))
	}
	m.grad = make([]float32, len(p.Flat))
	m.bwd.run()
	if m.err != nil {
		return m.err
	}
	for _, a := range p.Arrays {
		g := m.grad[a.At : a.At+len(a.Data)]
		if !slices.ContainsFunc(g, func(v float32) bool { return v != 0 }) {
			return fmt.Errorf("the output does not depend on the parameter %q: its gradient is 0 everywhere; take it away, or an op without a derivative behind it", a.Name)
		}
	}
	return nil
}

// newMachine builds a machine of the network, of one's own or not.
func (m *inputs) newMachine(p *Params, what task) (*own32, error) {
	if m.own != nil {
		return newOwnMachine(m, p, what)
	}
	var cats []Category
	if what == regressing {
		cats = m.Cats
	}
	return newMachine(m.Net, p, p.Flat, what, cats...)
}

// init returns the initial parameters.
func (m *inputs) init(seed uint64) *Params {
	if m.own != nil {
		return m.own.init(seed)
	}
	return m.Net.Init(seed)
}

// Network is the Architecture of a network of one's own, nil of the built-in one.
func (m *inputs) Network() *Architecture {
	if m.own == nil {
		return nil
	}
	return m.own.Architecture
}
