package nn

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
)

// embedder computes the features of an Encoder without the network, once for each row
// that conditions are bound to. It takes sets of any number of points, in blocks of
// points, and gives the bits of the training graph.
type embedder struct {
	Encoder
	points, rows embedding // φ, of sets only; and ρ, or the MLP of vectors
	pool         pool[float32]
	at           []embedded // the points of the block: where they go
	order        [][]float64
}

// embedding is a compiled part of an encoder.
type embedding struct {
	memory[float32]
	in, out []float32
	fwd     program[float32]
}

// embedded is the row of a block that a point is of, and its weight.
type embedded struct {
	row    int
	weight float32
}

func newEmbedder(a Encoder, p *Params) (*embedder, error) {
	graphs.Lock()
	defer graphs.Unlock()
	e := &embedder{Encoder: a, pool: pool[float32]{Encoder: a}}
	if a.set() {
		if err := e.points.compile(p, stride(a.Width), a.pointLayers()); err != nil {
			return nil, err
		}
	}
	return e, e.rows.compile(p, stride(a.pooled()+a.flags()), a.rowLayers())
}

func (e *embedding) compile(p *Params, cols int, ls []layerSpec) error {
	e.lean = true
	g := G.NewGraph()
	b := &builder[float32]{p: p, flat: p.Flat, m: &e.memory, bound: map[*G.Node][]float32{}}
	y, err := b.layers(b.input(g, "in", BlockRows, cols, &e.in), BlockRows, ls)
	if err != nil {
		return err
	}
	e.out = y.Op().(*op[float32]).buf
	return e.fwd.compile(g, b.bound, map[*op[float32]]bool{}, y)
}

// features stores those of rows of inputs in dst, Out for each. A nil row has the null token.
func (e *embedder) features(dst []float32, n int, inputs func(i int) []float64) {
	ld := stride(e.pooled() + e.flags())
	for first := 0; first < n; first += BlockRows {
		rows := min(BlockRows, n-first)
		clear(e.rows.in)
		for i := range rows {
			in, y := inputs(first+i), e.rows.in[i*ld:(i+1)*ld]
			if e.set() {
				e.addSet(y, in, i)
			} else {
				fillVector(e.Encoder, y, in)
			}
		}
		if e.set() {
			e.flush()
		}
		e.rows.fwd.run()
		copy(dst[first*e.Out:], e.rows.out[:rows*e.Out])
	}
}

func noInputs(int) []float64 { return nil }

// addSet starts row i of the block, y, and passes its points to φ.
func (e *embedder) addSet(y []float32, in []float64, i int) {
	var flags [2]float32
	ps := e.sort(in)
	setFlags(e.Encoder, flags[:], len(ps))
	e.pool.start(y, flags[:])
	for _, p := range ps {
		at := e.points.in[len(e.at)*stride(e.Width):]
		for j, v := range p {
			at[j] = float32(v)
		}
		if e.at = append(e.at, embedded{i, 1 / float32(len(ps))}); len(e.at) == BlockRows {
			e.flush()
		}
	}
}

// flush runs φ and adds the points of the block to their rows.
func (e *embedder) flush() {
	if len(e.at) == 0 {
		return
	}
	e.points.fwd.run()
	for k, at := range e.at {
		e.pool.add(e.rows.in[at.row*e.pool.ldy():], e.points.out[k*e.pool.ldh():], at.weight)
	}
	e.at = e.at[:0]
}

// sort returns the points of a set that are there, in ascending order of their numbers.
func (e *embedder) sort(in []float64) [][]float64 {
	e.order = sortPoints(e.order[:0], in, e.Width)
	return e.order
}

func sortPoints(ps [][]float64, in []float64, width int) [][]float64 {
	for at := 0; at+width <= len(in); at += width {
		p := in[at : at+width]
		if !slices.ContainsFunc(p, math.IsNaN) {
			ps = append(ps, p)
		}
	}
	slices.SortFunc(ps, slices.Compare[[]float64])
	return ps
}

// setFlags stores the features of ρ for a set of n points.
func setFlags[T ~float32 | ~float64](a Encoder, flags []T, n int) {
	flags[0], flags[1] = 0, T(a.logPoints(n))
	if n == 0 {
		flags[0] = 1
	}
}

// fillVector stores [u | null flag].
func fillVector[T ~float32 | ~float64](a Encoder, y []T, in []float64) {
	clear(y)
	if in == nil || slices.ContainsFunc(in, math.IsNaN) {
		y[a.Width] = 1
		return
	}
	for j, v := range in {
		y[j] = T(v)
	}
}

// fill stores the inputs of row i of a block of the training graph.
func (e *encoderInputs[T]) fill(i int, in []float64) {
	if !e.set() {
		ld := stride(e.Width + e.Encoder.flags())
		fillVector(e.Encoder, e.rows[i*ld:(i+1)*ld], in)
		return
	}
	e.order = sortPoints(e.order[:0], in, e.Width)
	ps, ld := e.order, stride(e.Width)
	if len(ps) > e.Points {
		panic("nn: a set of more points than the encoder's in training")
	}
	setFlags(e.Encoder, e.flags[i*e.Encoder.flags():], len(ps))
	weight := e.weight[i*e.Points : (i+1)*e.Points]
	clear(weight)
	clear(e.points[i*e.Points*ld : (i+1)*e.Points*ld])
	for k, p := range ps {
		weight[k] = 1 / T(len(ps))
		at := e.points[(i*e.Points+k)*ld:]
		for j, v := range p {
			at[j] = T(v)
		}
	}
}

// clear makes the rows from n on, which are padding, null.
func (e *encoderInputs[T]) clear(n int) {
	for i := n; i < BlockRows; i++ {
		e.fill(i, nil)
	}
}

// encoded are the inputs of the encoder in the labels of a row, nil of nil.
func (m *inputs) encoded(labels []float64) []float64 {
	if labels == nil {
		return nil
	}
	return labels[len(m.Conds) : len(labels)-m.moments()]
}

// withFeatures returns what is given with the features of the encoder, unless there is
// none or they are known. Without labels they are one row, which goes to null if that is
// not nil.
func (m *Model) withFeatures(c conds, null []float32) (conds, error) {
	a := m.Net.Encoder
	if a.none() || c.features != nil {
		return c, nil
	}
	e, err := m.embedders.take()
	if err != nil {
		return c, err
	}
	defer m.embedders.put(e)
	if c.values == nil {
		if null == nil {
			null = make([]float32, a.Out)
		}
		c.features = null
		e.features(null, 1, noInputs)
		return c, nil
	}
	n := 1
	if !c.shared {
		n = c.rows()
	}
	c.features = make([]float32, n*a.Out)
	e.features(c.features, n, func(i int) []float64 { return m.encoded(c.row(i)) })
	return c, nil
}

// checkEncoded reports the first input of the encoder that it cannot take.
func (m *inputs) checkEncoded(in []float64) error {
	e := m.Net.Encoder
	if e.set() && (len(in) == 0 || len(in)%e.Width != 0) || !e.set() && len(in) != e.inputs() {
		return fmt.Errorf("nn: %d inputs of an encoder of %s", len(in), e.takes())
	}
	if j := slices.IndexFunc(in, func(v float64) bool { return math.IsInf(v, 0) }); j >= 0 {
		return fmt.Errorf("nn: input %d of the encoder is %v: give a finite number, or NaN for none", j, in[j])
	}
	return nil
}

func (e Encoder) takes() string {
	if e.set() {
		return fmt.Sprintf("points of %d numbers", e.Width)
	}
	return fmt.Sprintf("%d numbers", e.Width)
}

// missing reports whether the inputs are those of the null token.
func (e Encoder) missing(in []float64) bool {
	if e.set() {
		return len(sortPoints(nil, in, e.Width)) == 0
	}
	return slices.ContainsFunc(in, math.IsNaN)
}
