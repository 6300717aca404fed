package tabular

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/nn"
	"tweedie/sde"
)

// network is the denoiser of encoded rows: one network, or the mean of several. What is
// embedded is the first, whose labels, categories and options all have.
type network struct {
	*nn.Model
	members []*nn.Model  // all, of several; nil for one
	mean    *sde.Average // of the members
}

// conditional is a network with what is given of its rows.
type conditional interface {
	sde.Differentiable
	sde.PerRow
	sde.Conditional
}

var _ conditional = (*sde.Average)(nil)

// average is the mean of networks, each of which of makes something.
func average[T sde.Differentiable](list []*nn.Model, of func(*nn.Model) (T, error)) (*sde.Average, error) {
	var all []sde.Differentiable
	for _, m := range list {
		d, err := of(m)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return sde.NewAverage(all...)
}

func (n *network) Denoise(dst, x *mat.Dense, t []float64) error {
	if n.mean != nil {
		return n.mean.Denoise(dst, x, t)
	}
	return n.Model.Denoise(dst, x, t)
}

func (n *network) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	if n.mean != nil {
		return n.mean.Linearize(mean, x, t)
	}
	return n.Model.Linearize(mean, x, t)
}

func (n *network) Moments() (mean, variance []float64) {
	if n.mean != nil {
		return n.mean.Moments()
	}
	return n.Model.Moments()
}

// Conditional is that of nn.Model, of each member.
func (n *network) Conditional(labels, values *mat.Dense) (conditional, error) {
	return n.given(func(m *nn.Model) (*nn.Conditional, error) { return m.Conditional(labels, values) })
}

// Thinned is Conditional with units left out: see nn.Conditional.WithDropout. All members
// leave out the same ones.
func (n *network) Thinned(labels, values *mat.Dense, share float64, seed uint64, names []uint64) (conditional, error) {
	return n.given(func(m *nn.Model) (*nn.Conditional, error) {
		g, err := m.Conditional(labels, values)
		if err != nil {
			return nil, err
		}
		return g.WithDropout(share, seed, names), nil
	})
}

func (n *network) given(of func(*nn.Model) (*nn.Conditional, error)) (conditional, error) {
	if n.mean != nil {
		a, err := average(n.members, of)
		if err != nil {
			return nil, err
		}
		return a, nil
	}
	g, err := of(n.Model)
	if err != nil {
		return nil, err
	}
	return g, nil
}

// Average returns an ensemble: the model whose denoiser is the mean of those of models, such
// as are trained from several seeds,
//
//	D(x, t) = 1/K Σ_k D_k(x, t),
//
// which has a smaller error than they have on average (see sde.Average). It can be used as
// any other, but not saved. An evaluation costs as much as those of its members. It errs for
// none, and for models of other encodings, schedules, labels or options of conditioning than
// the first, and says what differs: models of one table, trained with the same options, agree
// whatever their seeds.
func Average(models ...*Model) (*Model, error) {
	if len(models) == 0 {
		return nil, errors.New("tabular: an ensemble of no models: give at least one")
	}
	first := models[0]
	if len(models) == 1 {
		return first, nil
	}
	var members []*nn.Model
	for k, m := range models {
		if m.net.mean != nil {
			return nil, fmt.Errorf("model %d is an ensemble: give its members", k+1)
		}
		if why := first.otherThan(m); why != "" {
			return nil, fmt.Errorf("model %d cannot be averaged with the first: %s; train them on the same table with the same options, but for seed, steps and size", k+1, why)
		}
		members = append(members, m.net.Model)
	}
	mean, err := average(members, func(m *nn.Model) (*nn.Model, error) { return m, nil })
	if err != nil {
		return nil, err
	}
	all := *first
	all.net = &network{Model: members[0], members: members, mean: mean}
	return &all, nil
}

// otherThan says in what the rows of two models mean something else, "" for nothing.
func (m *Model) otherThan(o *Model) string {
	switch {
	case m.student != nil || o.student != nil:
		return "it is distilled"
	case m.pca != nil || o.pca != nil:
		return "it lives on principal components of its own (latent)"
	case !sde.SameSchedule(m.net.Schedule(), o.net.Schedule()):
		return fmt.Sprintf("its schedule is %s, and that of the first %s", o.Schedule(), m.Schedule())
	}
	if why := otherColumns(m, o); why != "" {
		return why
	}
	for _, c := range []struct {
		what string
		a, b any
	}{
		{"what may leave the range that was seen (open)", m.open, o.open},
		{"the labels of its conditions", m.labels, o.labels},
		{"its conditions", m.net.Conds, o.net.Conds},
		{"its categories", m.net.Cats, o.net.Cats},
		{"whether it can be given columns (conditional-share)", m.net.Conditionable, o.net.Conditionable},
		{"whether it needs labels (condition-dropout)", m.net.LabelsRequired, o.net.LabelsRequired},
		{"the levels it was trained on", m.levels, o.levels},
		{"the share of units that training left out (dropout)", m.dropout(), o.dropout()},
	} {
		if !sameJSON(c.a, c.b) {
			return c.what + " differ"
		}
	}
	return ""
}

// otherColumns says which column is encoded in another way.
func otherColumns(m, o *Model) string {
	a, b := m.Metadata(), o.Metadata()
	for j := range a.Columns {
		if j >= len(b.Columns) || a.Columns[j].Name != b.Columns[j].Name {
			return fmt.Sprintf("its table has no column %q in that place", a.Columns[j].Name)
		}
		if !sameJSON(a.Columns[j], b.Columns[j]) {
			return fmt.Sprintf("column %q is encoded in another way", a.Columns[j].Name)
		}
	}
	switch {
	case len(b.Columns) > len(a.Columns):
		return fmt.Sprintf("its table has the column %q, which the first lacks", b.Columns[len(a.Columns)].Name)
	case !sameJSON(a, b) || m.codec.Dim() != o.codec.Dim():
		return "its table is described in another way"
	}
	return ""
}

// sameJSON tells whether two values are stored alike.
func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && slices.Equal(x, y)
}

// Members is the number of models whose mean this is, 1 for one of its own.
func (m *Model) Members() int { return max(1, len(m.net.members)) }

// errEnsemble says that there is no file of several.
var errEnsemble = errors.New("an ensemble is no file: save or export its members, and name all of them")
