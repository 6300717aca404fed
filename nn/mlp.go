package nn

import (
	"cmp"
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
)

// MLP is the architecture of the time-conditioned residual score network:
//
//	h_0 = silu(x̂ W_0 + f V_0 + b_0)
//	h_l = h_{l-1} + silu(h_{l-1} W_l + f V_l + b_l),   l = 1 … Layers−1
//	F   = h W_out + f V_out + b_out
//
// x̂ is the normalized input (Dim values), f the features of the time and of
// the conditions, which enter every layer: additively as written, or with FiLM
// also as a gain 1 + f S_l on h W_l (Perez et al. 2018, arXiv:1709.07871). The
// last layer starts at zero, so that an untrained model is exactly its
// preconditioner (see Model).
type MLP struct {
	Dim     int  `json:"dim"`
	Hidden  int  `json:"hidden"`          // width of the hidden layers
	Layers  int  `json:"layers"`          // number of hidden layers, ≥ 1
	FiLM    bool `json:"film,omitempty"`  // gain as well as shift from the features
	Out     int  `json:"out,omitempty"`   // width of the output; 0 means Dim
	Feat    int  `json:"feat"`            // number of features
	Fourier int  `json:"waves,omitempty"` // further inputs beside x̂: see Config.Waves
	// Encoder makes the last of the features, if there is one.
	Encoder Encoder `json:"encoder,omitzero"`
}

func (a MLP) check() error {
	if a.Fourier < 0 || a.Dim < 1 || a.Hidden < 1 || a.Layers < 1 || a.Feat < 1 || a.Out < 0 {
		return fmt.Errorf("nn: a network needs positive sizes: dim %d, hidden %d, layers %d, features %d", a.Dim, a.Hidden, a.Layers, a.Feat)
	}
	return nil
}

// describe is how saved states of training name the network: a stored format, which
// does not follow the names of the fields.
func (a MLP) describe() string {
	return fmt.Sprintf("{Dim:%d Hidden:%d Layers:%d FiLM:%v Out:%d Feat:%d Waves:%d}", a.Dim, a.Hidden, a.Layers, a.FiLM, a.Out, a.Feat, a.Fourier) + a.Encoder.describe()
}

func (a MLP) in() int { return a.Dim + a.Fourier }

func (a MLP) out() int { return cmp.Or(a.Out, a.Dim) }

func (a MLP) layers() []layerSpec {
	ls := make([]layerSpec, 0, a.Layers+1)
	for l := range a.Layers {
		s := layerSpec{
			name: fmt.Sprintf("layer%d", l), index: l, in: a.Hidden, feat: a.Feat, out: a.Hidden,
			film: a.FiLM, silu: true, skip: l > 0, encoded: a.Encoder.Out,
		}
		if l == 0 {
			s.in = a.in()
		}
		ls = append(ls, s)
	}
	return append(ls, layerSpec{name: "out", in: a.Hidden, feat: a.Feat, out: a.out(), encoded: a.Encoder.Out})
}

// Init returns parameters drawn from the streams of the seed.
func (a MLP) Init(seed uint64) *Params {
	p := a.alloc()
	for _, l := range a.layers() {
		if l.name == "out" {
			continue // zero: see MLP
		}
		p.normal(seed, l.name+".weight", lecun(l.in))
		p.normal(seed, l.name+".feature", lecun(l.feat))
	}
	a.Encoder.init(p, seed)
	return p
}

func (a MLP) alloc() *Params { return newParams(a.arrays()) }

// arrays are the names and shapes of the parameters.
func (a MLP) arrays() (names []string, shapes [][]int) {
	add := func(name string, shape ...int) {
		names, shapes = append(names, name), append(shapes, shape)
	}
	for _, l := range append(a.layers(), a.Encoder.layers()...) {
		add(l.name+".weight", l.in, l.out)
		if l.feat > 0 {
			add(l.name+".feature", l.feat, l.out)
		}
		if l.film {
			add(l.name+".scale", l.feat, l.out)
		}
		add(l.name+".bias", l.out)
	}
	return names, shapes
}

// build adds the network to the graph of x and f. Unless it is nil, e are the last
// features, in the place of those of f. b is where the parameters are.
func build[T kernel.Float](a MLP, b *builder[T], x, f, e *G.Node) (*G.Node, error) {
	h, err := join(x, f, e, BlockRows, a.in(), a.Feat, b.m)
	if err != nil {
		return nil, err
	}
	return b.layers(h, BlockRows, a.layers())
}

// builder adds layers to a graph. Their parameters lie in flat, laid out as p is; bound
// records which node stands for which part of it.
type builder[T kernel.Float] struct {
	p     *Params
	flat  []T
	m     *memory[T]
	bound map[*G.Node][]T
	wrt   G.Nodes // the parameters, as they are added
}

// layers adds layers to x, of so many rows, one after the other.
func (b *builder[T]) layers(x *G.Node, rows int, ls []layerSpec) (*G.Node, error) {
	for _, s := range ls {
		var lp layerParams
		lp.W, lp.atW = b.param(x, s.name+".weight")
		if s.feat > 0 {
			lp.V, lp.atV = b.param(x, s.name+".feature")
		}
		if s.film {
			lp.S, lp.atS = b.param(x, s.name+".scale")
		}
		lp.B, lp.atB = b.param(x, s.name+".bias")
		var err error
		if x, err = newLayer(s, rows, b.m, b.flat, lp).build(x, lp); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// param adds the parameter of that name to the graph of x.
func (b *builder[T]) param(x *G.Node, name string) (*G.Node, int) {
	at := b.p.Get(name)
	shape := tensor.Shape(at.Shape)
	if len(shape) == 1 {
		shape = tensor.Shape{1, shape[0]}
	}
	mem := b.flat[at.At : at.At+len(at.Data)]
	n := G.NewMatrix(x.Graph(), dtype[T](), G.WithName(name), G.WithShape(shape...),
		G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(mem))))
	b.bound[n] = mem
	b.wrt = append(b.wrt, n)
	return n, at.At
}
