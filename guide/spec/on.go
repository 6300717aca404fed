package spec

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// fitRows is how many rows of the model normals are fitted to.
const fitRows = 4000

// subject is the model that the laws of a guide file are of.
type subject struct {
	model sde.Differentiable
	codec *datasets.Codec
	seed  uint64
	ctx   context.Context // of Start
	once  sync.Once
	drawn *mat.Dense
	err   error
}

// On returns f for rows of a model, encoded by c, which affine and prior need: its schedule,
// and, where they say fitted, 4000 draws of it, made once, by the seed given. Other entries
// do without. A file that is on the model already is returned.
func (f *File) On(model sde.Differentiable, c *datasets.Codec, seed uint64) *File {
	if s := f.subject; s != nil && s.model == model && s.codec == c {
		return f
	}
	g := *f
	g.subject = &subject{model: model, codec: c, seed: seed, ctx: f.ctx}
	if g.subject.ctx == nil {
		g.subject.ctx = context.Background()
	}
	return &g
}

var errNoSubject = errors.New("affine and prior need the model that is guided: use File.On")

// draws are rows of the model.
func (s *subject) draws() (*mat.Dense, error) {
	s.once.Do(func() {
		if law, ok := s.model.(sde.Law); ok {
			s.drawn = mat.NewDense(fitRows, law.Dim(), nil)
			law.Sample(s.drawn, s.seed, 0)
			return
		}
		res, err := sample.Run(s.ctx, s.model, sample.DPMpp2MSDE{}, fitRows, &sample.Options{Steps: 50, Seed: s.seed})
		if err != nil {
			s.err = fmt.Errorf("fitted: %w", err)
			return
		}
		s.drawn = res.X
	})
	return s.drawn, s.err
}

// fit fits k normals to the positions index of draws of the model; nil stands for all.
func (s *subject) fit(k int, index []int) (*guide.FittedMixture, error) {
	x, err := s.draws()
	if err != nil {
		return nil, err
	}
	if index != nil {
		part := mat.NewDense(fitRows, len(index), nil)
		for j, at := range index {
			for i := range fitRows {
				part.Set(i, j, x.At(i, at))
			}
		}
		x = part
	}
	return guide.FitMixture(x, k, s.model.Schedule(), s.seed)
}
