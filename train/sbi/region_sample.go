package sbi

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// RegionDraws are draws of the prior restricted to a region.
type RegionDraws struct {
	Theta  *mat.Dense
	Mass   float64 // of the region under the prior, an estimate
	Method string  // rejection, or resampling
}

const (
	tried      = 2048 // candidates of a try
	leastShare = 0.02 // of candidates in the region, for rejection
	perDraw    = 16   // candidates that one draw is resampled from
	moves      = 24   // steps that a resampled draw is moved by
)

// Sample returns n draws of the prior restricted to the region. They are exact, by rejection
// from the prior within the box, unless less than a fiftieth of it is in the region. Then
// they are resampled from draws of the posterior by the weights p(θ)/q(θ|x) (SIR), each from
// 16 of its own, and moved by 24 Metropolis steps that leave the restricted prior as it is,
// for SIR alone is too narrow. Draw i is a function of seed and i.
func (r *Region) Sample(ctx context.Context, n int, seed uint64) (*RegionDraws, error) {
	if n < 1 {
		return nil, errors.New("sbi: no draws of a region: give a positive number")
	}
	d := r.post.m.prior.Dim()
	u, z := mat.NewDense(tried, d, nil), mat.NewDense(tried, d, nil)
	found := mat.NewDense(n, d, nil)
	got, accepted := 0, 0
	boxSeed := stream.Seed(seed, "sbi/region/box")
	for first := 0; ; first += tried {
		r.box.Sample(u, boxSeed, first)
		z.Mul(u, r.axes.T())
		r.post.m.prior.Unwhiten(z, z)
		in, _, err := r.contains(ctx, z)
		if err != nil {
			return nil, err
		}
		for i, ok := range in {
			if !ok {
				continue
			}
			if accepted++; got < n {
				found.SetRow(got, z.RawRowView(i))
				got++
			}
		}
		share := float64(accepted) / float64(first+tried)
		if got == n {
			return &RegionDraws{Theta: found, Mass: share * r.mass, Method: "rejection"}, nil
		}
		if share < leastShare {
			return r.resample(ctx, n, seed, moves)
		}
	}
}

// resample draws by SIR and Metropolis steps.
func (r *Region) resample(ctx context.Context, n int, seed uint64, steps int) (*RegionDraws, error) {
	d := r.post.m.prior.Dim()
	c, err := r.post.Sample(ctx, n*perDraw, &DrawOptions{Seed: stream.Seed(seed, "sbi/region/candidates"), Workers: r.o.Workers})
	if err != nil {
		return nil, err
	}
	in, logq, err := r.contains(ctx, c.Theta)
	if err != nil {
		return nil, err
	}
	logp := make([]float64, len(in))
	r.post.m.prior.LogProb(logp, c.Theta)
	found, mass, starts := mat.NewDense(n, d, nil), 0.0, []int(nil)
	for i := range n {
		rng := stream.New(seed, "sbi/region/resample", uint64(i))
		best, at := math.Inf(-1), -1
		for k := i * perDraw; k < (i+1)*perDraw; k++ {
			g := logp[k] - logq[k] - math.Log(rng.ExpFloat64()) // a Gumbel maximum is a draw by weight
			if !in[k] {
				continue
			}
			mass += math.Exp(logp[k]-logq[k]) / float64(len(in))
			if g > best {
				best, at = g, k
			}
		}
		starts = append(starts, at)
	}
	if slices.Max(starts) < 0 {
		return nil, errors.New("sbi: no draw of the posterior is in the region: the rounds contradict each other; train longer, or with more simulations a round")
	}
	for i, at := range starts {
		for k := i; at < 0; k++ { // all candidates are outside: begin where another draw does
			at = starts[k%n]
		}
		found.SetRow(i, c.Theta.RawRowView(at))
	}
	return &RegionDraws{Theta: found, Mass: mass, Method: "resampling"}, r.move(ctx, found, seed, steps)
}

// move takes Metropolis steps of normal proposals, of the shape of the posterior and of
// several lengths.
func (r *Region) move(ctx context.Context, theta *mat.Dense, seed uint64, steps int) error {
	n, d := theta.Dims()
	m := r.post.m
	z, to, x := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	if err := m.prior.Whiten(z, theta); err != nil {
		return err
	}
	noise := mat.NewVecDense(d, nil)
	var step mat.VecDense
	for s := range steps {
		h := 2.4 / math.Sqrt(float64(d)) * []float64{1, 0.4, 0.15}[s%3]
		uniform := make([]float64, n)
		for i := range n {
			rng := stream.New(seed, "sbi/region/move", uint64(s), uint64(i))
			for j := range d {
				noise.SetVec(j, rng.NormFloat64())
			}
			uniform[i] = rng.Float64()
			step.MulVec(r.step, noise)
			for j := range d {
				to.Set(i, j, z.At(i, j)+h*step.AtVec(j))
			}
		}
		m.prior.Unwhiten(x, to)
		in, _, err := r.contains(ctx, x)
		if err != nil {
			return err
		}
		for i, ok := range in {
			if ok && math.Log(uniform[i]) < (square(z.RawRowView(i))-square(to.RawRowView(i)))/2 {
				z.SetRow(i, to.RawRowView(i))
				theta.SetRow(i, x.RawRowView(i))
			}
		}
	}
	return nil
}

func square(v []float64) (s float64) {
	for _, x := range v {
		s += x * x
	}
	return s
}
