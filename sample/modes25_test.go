package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// modes25 is a problem of the mixture of 25 unit normals on a grid of spacing 8,
// tiled over d coordinates, with random weights, under m linear observations whose
// singular values are uniform in (0, 1), with the standard deviation of the error
// uniform below the largest (Cardoso et al. 2024, arXiv:2308.07983).
type modes25 struct {
	prior *sde.Mixture
	post  sde.Law
	A     *mat.Dense
	y     *mat.Dense
	sd    float64
}

func newModes25(tb testing.TB, d, m int, seed uint64) modes25 {
	tb.Helper()
	r := rand.New(rand.NewPCG(seed, 25))
	sched := sde.VE{SigmaMin: 0.01, SigmaMax: 80}
	eye := mat.NewSymDense(d, nil)
	for j := range d {
		eye.SetSym(j, j, 1)
	}
	var w []float64
	var comps []*sde.Gaussian
	for i := range 25 {
		mu := make([]float64, d)
		for j := range mu {
			mu[j] = -8 * float64([]int{i/5 - 2, i%5 - 2}[j%2])
		}
		g, err := sde.NewGaussian(mu, eye, sched)
		if err != nil {
			tb.Fatal(err)
		}
		z := r.NormFloat64()
		w, comps = append(w, z*z), append(comps, g)
	}
	p := modes25{A: mat.NewDense(m, d, nil), y: mat.NewDense(1, m, nil)}
	var err error
	if p.prior, err = sde.NewMixture(w, comps); err != nil {
		tb.Fatal(err)
	}
	top := 0.0
	for i := range m { // orthonormal rows, scaled
		row := p.A.RawRowView(i)
		for j := range row {
			row[j] = r.NormFloat64()
		}
		for k := range i {
			prev := p.A.RawRowView(k)
			c := inner(row, prev) / inner(prev, prev)
			for j := range row {
				row[j] -= c * prev[j]
			}
		}
		s := r.Float64()
		top = math.Max(top, s)
		c := s / math.Sqrt(inner(row, row))
		for j := range row {
			row[j] *= c
		}
	}
	p.sd = r.Float64() * top
	x := mat.NewDense(1, d, nil)
	p.prior.Sample(x, seed, 0)
	R := mat.NewSymDense(m, nil)
	for k := range m {
		p.y.Set(0, k, inner(p.A.RawRowView(k), x.RawRowView(0))+p.sd*r.NormFloat64())
		R.SetSym(k, k, p.sd*p.sd)
	}
	if p.post, err = p.prior.Posterior(p.A, p.y.RawRowView(0), R); err != nil {
		tb.Fatal(err)
	}
	return p
}

func inner(a, b []float64) float64 {
	s := 0.0
	for j, v := range a {
		s += v * b[j]
	}
	return s
}

// believed is the twist N(y; A D, SD² + A r² Aᵀ), r² = σ²τ²/(σ²+τ²): its rows of A
// are orthogonal, so that the covariance is diagonal.
type believed struct {
	modes25
	tau2 float64
}

func (w believed) Schedule() sde.Schedule { return w.prior.Schedule() }
func (w believed) Dim() int               { return w.prior.Dim() }

func (w believed) Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	pull, err := w.prior.Linearize(prior, x, t)
	if err != nil {
		return err
	}
	c := w.Schedule().Coeff(t[0])
	s2 := c.Sigma * c.Sigma
	r2 := s2 * w.tau2 / (s2 + w.tau2)
	n, d := x.Dims()
	u := mat.NewDense(n, d, nil)
	for i := range n {
		if logp != nil {
			logp[i] = 0
		}
		for k := range w.y.RawRowView(0) {
			a := w.A.RawRowView(k)
			v := w.sd*w.sd + r2*inner(a, a)
			e := w.y.At(0, k) - inner(a, prior.RawRowView(i))
			if logp != nil {
				logp[i] -= 0.5*e*e/v + 0.5*math.Log(2*math.Pi*v)
			}
			for j, b := range a {
				u.Set(i, j, u.At(i, j)+e/v*b)
			}
		}
	}
	if err := pull(guided, u); err != nil {
		return err
	}
	combine(guided, s2, guided, 1, prior)
	return nil
}

func (w believed) Denoise(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	return w.Evaluate(mat.NewDense(n, d, nil), dst, nil, x, t)
}

func (w believed) LogProb(dst []float64, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	return w.Evaluate(mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), dst, x, t)
}

func (p modes25) logLikelihood(dst []float64, x *mat.Dense, _ int) error {
	for i := range dst {
		dst[i] = 0
		for k, y := range p.y.RawRowView(0) {
			dst[i] += logNormal(y, inner(p.A.RawRowView(k), x.RawRowView(i)), p.sd*p.sd)
		}
	}
	return nil
}

// slicedW1 is the 1-Wasserstein distance, averaged over 50 directions.
func slicedW1(a, b *mat.Dense) float64 {
	n, d := a.Dims()
	r := rand.New(rand.NewPCG(1, 7))
	u, v, dir := make([]float64, n), make([]float64, n), make([]float64, d)
	total := 0.0
	for range 50 {
		for j := range dir {
			dir[j] = r.NormFloat64()
		}
		size := math.Sqrt(inner(dir, dir))
		for i := range n {
			u[i], v[i] = inner(a.RawRowView(i), dir)/size, inner(b.RawRowView(i), dir)/size
		}
		slices.Sort(u)
		slices.Sort(v)
		for i := range u {
			total += math.Abs(u[i]-v[i]) / float64(50*n)
		}
	}
	return total
}

// modes25Times are 100 levels of σ from 80 to .01, geometrically but for the first.
func modes25Times() []float64 {
	spacing := []float64{80}
	for k := 99; k >= 1; k-- {
		spacing = append(spacing, 0.01*math.Pow(8000, float64(k-1)/99))
	}
	sched := sde.VE{SigmaMin: 0.01, SigmaMax: 80}
	ts := make([]float64, len(spacing))
	for k, s := range spacing {
		ts[k] = sde.TimeAt(sched, -math.Log(s))
	}
	ts[0] = 1
	return ts
}

// TDS with 500 particles and the variance of the data in its twist is within twice
// the floor, the distance of two sets of 500 exact draws, averaged over problems;
// the prior is not, nor is a twist of unit variance.
func TestTDSOnTwentyFiveModes(t *testing.T) {
	if testing.Short() {
		t.Skip("8 runs of 500 particles over 100 steps")
	}
	const n, problems = 500, 2
	ts := modes25Times()
	for _, m := range []int{1, 2, 4} {
		sum := map[string]float64{}
		for seed := range uint64(problems) {
			p := newModes25(t, 8, m, 10*uint64(m)+2+seed)
			exact, again, prior := mat.NewDense(n, 8, nil), mat.NewDense(n, 8, nil), mat.NewDense(n, 8, nil)
			p.post.Sample(exact, 1, 0)
			p.post.Sample(again, 2, 0)
			p.prior.Sample(prior, 3, 0)
			sum["floor"] += slicedW1(again, exact)
			sum["prior"] += slicedW1(prior, exact)
			for name, tau2 := range map[string]float64{"TDS": 129, "TDS, unit variance": 1} {
				if tau2 == 1 && m != 2 {
					continue
				}
				tds := TDS{Model: p.prior, Guided: believed{p, tau2}, LogLikelihood: p.logLikelihood}
				c := particles(t, tds, DDIM{Eta: 1}, 1, n, ParticleOptions{Undefended: tau2 == 1, Options: Options{Times: ts, Seed: 2 + seed, Denoise: true}})
				x, err := c.Draw(n, 1)
				if err != nil {
					t.Fatal(err)
				}
				sum[name] += slicedW1(x, exact)
			}
		}
		if sum["TDS"] > 2*sum["floor"] {
			t.Errorf("%d observed: distance %.3f, floor %.3f", m, sum["TDS"]/problems, sum["floor"]/problems)
		}
		if sum["prior"] < 2*sum["floor"] {
			t.Errorf("%d observed: the prior passes", m)
		}
		if m == 2 && sum["TDS, unit variance"] < 2*sum["floor"] {
			t.Error("a twist of unit variance passes")
		}
	}
}
