package nn

import (
	"cmp"
	"fmt"
	"math"
)

// Encoder is a trainable embedding of numbers that a row is conditioned on: e = Out
// features that join those of the time, f, in every layer of the network.
//
// Of a vector u of Width numbers it is an MLP,
//
//	h_0 = silu(u W_0 + b_0),  h_l = h_{l-1} + silu(h_{l-1} W_l + b_l),  e = h W + b.
//
// Of a set of points u_p of Width numbers it is an MLP φ of each point, their mean, and
// an MLP of that (deep sets, Zaheer et al. 2017, arXiv:1703.06114): e = ρ(1/P Σ_p φ(u_p)).
// The points are sorted first, so that their order does not change a bit.
//
// The numbers stand behind the conditions in the labels of Model.Conditional and in
// Regression.Cond; they should be standardized. A vector has one null token: NaN in any of
// its numbers stands for all. A point with a NaN is absent, and a set without any point
// has the null token. A set may have any number of points, which is a feature of ρ:
// ln(P/Points). That has a meaning if the number varies in training. The zero value is no
// encoder.
type Encoder struct {
	Width        int  `json:"width"`
	Points       int  `json:"points,omitempty"`        // of a set, as many as the rows of training have at most; 0 for a vector
	Hidden       int  `json:"hidden"`                  // width of the MLPs; 0 means 64
	Layers       int  `json:"layers"`                  // of the MLP of the vector, or ρ; 0 means 2
	PointLayers  int  `json:"point_layers,omitempty"`  // of φ, of a set; 0 means 2
	SecondMoment bool `json:"second_moment,omitempty"` // of the points: pool 1/P Σ φ² as well
	Out          int  `json:"out"`                     // features; 0 means 32
}

// maxEncoder bounds the sizes of an encoder, so that no product of them overflows.
const maxEncoder = 1 << 14

func (e Encoder) withDefaults() (Encoder, error) {
	e.Hidden, e.Layers, e.Out = cmp.Or(e.Hidden, 64), cmp.Or(e.Layers, 2), cmp.Or(e.Out, 32)
	if e.Points > 0 {
		e.PointLayers = cmp.Or(e.PointLayers, 2)
	}
	return e, e.check()
}

func (e Encoder) check() error {
	for _, n := range []int{e.Width, e.Hidden, e.Layers, e.Out} {
		if n < 1 || n > maxEncoder {
			return fmt.Errorf("nn: an encoder needs sizes from 1 to %d: width %d, hidden %d, layers %d, out %d", maxEncoder, e.Width, e.Hidden, e.Layers, e.Out)
		}
	}
	if e.Points < 0 || e.Points > maxEncoder || e.PointLayers < 0 || e.PointLayers > maxEncoder {
		return fmt.Errorf("nn: an encoder of %d points by %d layers: from 1 to %d are possible", e.Points, e.PointLayers, maxEncoder)
	}
	if e.set() != (e.PointLayers > 0) || !e.set() && e.SecondMoment {
		return fmt.Errorf("nn: an encoder of a vector has no layers of points and no second moment of them: give Points, or leave these away")
	}
	return nil
}

// none reports whether there is no encoder, and set whether it is one of sets.
func (e Encoder) none() bool { return e == Encoder{} }
func (e Encoder) set() bool  { return e.Points > 0 }

// inputs is the number of labels that it takes in training.
func (e Encoder) inputs() int { return e.Width * max(1, e.Points) }

// pooled is the width of the input of ρ, and flags the number of features of its layers:
// the null flag, and of sets the number of points.
func (e Encoder) pooled() int {
	switch {
	case !e.set():
		return e.Width
	case e.SecondMoment:
		return 2 * e.Hidden
	}
	return e.Hidden
}

func (e Encoder) flags() int {
	if e.set() {
		return 2
	}
	return 1
}

// describe is how saved states of training name the encoder: a stored format.
func (e Encoder) describe() string {
	if e.none() {
		return ""
	}
	return fmt.Sprintf(" encoder {Width:%d Points:%d Hidden:%d Layers:%d PointLayers:%d SecondMoment:%v Out:%d}",
		e.Width, e.Points, e.Hidden, e.Layers, e.PointLayers, e.SecondMoment, e.Out)
}

// pointLayers are the layers of φ, and rowLayers those of the MLP of vectors, or ρ. Units of them
// are not dropped.
func (e Encoder) pointLayers() []layerSpec {
	return mlpLayers("encoder.point", e.Width, 0, e.Hidden, e.PointLayers)
}

func (e Encoder) rowLayers() []layerSpec {
	return append(mlpLayers("encoder.layer", e.pooled(), e.flags(), e.Hidden, e.Layers),
		layerSpec{name: "encoder.out", in: e.Hidden, feat: e.flags(), out: e.Out})
}

func mlpLayers(name string, in, feat, hidden, n int) []layerSpec {
	var ls []layerSpec
	for l := range n {
		s := layerSpec{name: fmt.Sprint(name, l), in: hidden, feat: feat, out: hidden, silu: true, skip: l > 0, whole: true}
		if l == 0 {
			s.in = in
		}
		ls = append(ls, s)
	}
	return ls
}

// layers are those of the encoder, none without one.
func (e Encoder) layers() []layerSpec {
	if e.none() {
		return nil
	}
	return append(e.pointLayers(), e.rowLayers()...)
}

// init draws the parameters of the encoder. The number of points has no effect at first.
func (e Encoder) init(p *Params, seed uint64) {
	for _, l := range e.layers() {
		p.normal(seed, l.name+".weight", lecun(l.in))
		if l.feat == 0 {
			continue
		}
		p.normal(seed, l.name+".feature", lecun(l.feat))
		if e.set() {
			clear(p.Get(l.name + ".feature").Data[l.out:])
		}
	}
}

// logPoints is the feature of the number of points.
func (e Encoder) logPoints(n int) float32 {
	if n == 0 {
		return 0
	}
	return float32(math.Log(float64(n) / float64(e.Points)))
}

// encoder is the Config.Encoder of the network.
func (a MLP) encoder() *Encoder {
	if a.Encoder.none() {
		return nil
	}
	return &a.Encoder
}
