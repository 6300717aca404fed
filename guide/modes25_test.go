package guide_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// problem is one of the mixture of 25 unit normals on a grid of spacing 8, tiled
// over d coordinates, with random weights, under m linear observations whose
// singular values are uniform in (0, 1), with the standard deviation of the error
// uniform below the largest (Cardoso et al. 2024, arXiv:2308.07983).
type problem struct {
	prior *sde.Mixture
	post  sde.Law
	obs   sde.Observation
}

func newProblem(d, m int, seed uint64) problem {
	r := rand.New(rand.NewPCG(seed, 25))
	sched := sde.VE{SigmaMin: 0.01, SigmaMax: 80}
	eye := mat.NewSymDense(d, nil)
	for j := range d {
		eye.SetSym(j, j, 1)
	}
	var w []float64
	var comps []*sde.Gaussian
	for i := -2; i <= 2; i++ {
		for k := -2; k <= 2; k++ {
			mu := make([]float64, d)
			for j := range mu {
				mu[j] = -8 * float64([]int{i, k}[j%2])
			}
			z := r.NormFloat64()
			w, comps = append(w, z*z), append(comps, must(sde.NewGaussian(mu, eye, sched)))
		}
	}
	prior := must(sde.NewMixture(w, comps))
	raw := mat.NewDense(m, d, nil)
	for i := range m {
		for j := range d {
			raw.Set(i, j, r.NormFloat64())
		}
	}
	var svd mat.SVD
	if !svd.Factorize(raw, mat.SVDThin) {
		panic("no singular values")
	}
	var u, v, us, A mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := make([]float64, m)
	for i := range s {
		s[i] = r.Float64()
	}
	top := slices.Max(s)
	us.Mul(&u, mat.NewDiagDense(m, s))
	A.Mul(&us, v.T())
	sd := r.Float64() * top
	x := mat.NewDense(1, d, nil)
	prior.Sample(x, seed, 0)
	var y mat.Dense
	y.Mul(x, A.T())
	R := mat.NewSymDense(m, nil)
	for i := range m {
		y.Set(0, i, y.At(0, i)+sd*r.NormFloat64())
		R.SetSym(i, i, sd*sd)
	}
	return problem{prior, must(prior.Posterior(&A, y.RawRowView(0), R)), sde.Observation{A: sde.NewLinearMap(&A), Y: &y, Error: sde.NormalError{SD: sd}}}
}

// draw takes n rows from d by ancestral sampling on steps uniform in ln σ.
func (p problem) draw(tb testing.TB, d sde.Denoiser, n, steps int, r *rand.Rand) *mat.Dense {
	tb.Helper()
	x, z := mat.NewDense(n, d.Dim(), nil), mat.NewDense(n, d.Dim(), nil)
	p.prior.Sample(x, 99, 0)
	for i := range x.RawMatrix().Data {
		x.RawMatrix().Data[i] += 80 * r.NormFloat64()
	}
	for k := steps; k > 0; k-- {
		for i := range z.RawMatrix().Data {
			z.RawMatrix().Data[i] = r.NormFloat64()
		}
		if err := ddim(1)(d, x, z, float64(k)/float64(steps), float64(k-1)/float64(steps), nil); err != nil {
			tb.Fatal(err)
		}
	}
	return must(mean(d, x, 0))
}

// sliced is the 1-Wasserstein distance, averaged over random directions.
func sliced(a, b *mat.Dense, r *rand.Rand) float64 {
	n, d := a.Dims()
	u, v, dir := make([]float64, n), make([]float64, n), make([]float64, d)
	total := 0.0
	const directions = 60
	for range directions {
		s := 0.0
		for j := range dir {
			dir[j] = r.NormFloat64()
			s += dir[j] * dir[j]
		}
		for i := range n {
			u[i], v[i] = 0, 0
			for j, e := range dir {
				u[i] += a.At(i, j) * e / math.Sqrt(s)
				v[i] += b.At(i, j) * e / math.Sqrt(s)
			}
		}
		slices.Sort(u)
		slices.Sort(v)
		for i := range u {
			total += math.Abs(u[i]-v[i]) / float64(n*directions)
		}
	}
	return total
}

// distances returns the sliced distance of each method to exact posterior draws.
func (p problem) distances(tb testing.TB, n, steps int, seed uint64) map[string]float64 {
	tb.Helper()
	d := p.prior.Dim()
	// Every number has a generator of its own: no distance depends on the order
	// in which the methods are tried. All are seen from the same directions.
	noise := func() *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }
	directions := func() *rand.Rand { return rand.New(rand.NewPCG(seed, 8)) }
	law := func(l sde.Law, seed uint64) *mat.Dense {
		x := mat.NewDense(n, d, nil)
		l.Sample(x, seed, 0)
		return x
	}
	ref, out := law(p.post, 1), map[string]float64{}
	out["floor"] = sliced(law(p.post, 2), ref, directions())
	out["prior"] = sliced(law(p.prior, 3), ref, directions())
	for name, t := range map[string]guide.Term{
		// ζ is what the published 1 per step is here, on 100 steps over 18 units of
		// log-SNR. The likelihood form diverges on these problems.
		"DPS, norm": guide.DPSNorm{Observation: p.obs, Zeta: 5.6}, "MMPS": guide.MMPS{Observation: p.obs},
		"PiGDM, τ² = 1": guide.PiGDM{Observation: p.obs, DataVariance: 1}, "PiGDM": guide.PiGDM{Observation: p.obs},
	} {
		out[name] = sliced(p.draw(tb, guide.New(p.prior, t), n, steps, noise()), ref, directions())
	}
	return out
}

// On the mixture of 25 modes no gradient guide is exact, and they differ: MMPS
// comes within half of the distance of ΠGDM with τ² = 1.
func TestTwentyFiveModes(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	sum := map[string]float64{}
	const problems = 20
	for k := range uint64(problems) {
		for name, v := range newProblem(8, 2, k).distances(t, 150, 60, k) {
			sum[name] += v / problems
		}
	}
	t.Logf("%v", sum)
	if sum["MMPS"] > sum["PiGDM, τ² = 1"]/2 {
		t.Errorf("MMPS %.2f, PiGDM with τ² = 1 %.2f", sum["MMPS"], sum["PiGDM, τ² = 1"])
	}
	if sum["MMPS"] > sum["prior"]/2 {
		t.Errorf("MMPS %.2f, prior %.2f", sum["MMPS"], sum["prior"])
	}
}
