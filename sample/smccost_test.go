//go:build linux || darwin

package sample

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/kernel"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// perceptron is a denoiser of the cost of a small network: four layers of 128, in
// float32, in blocks of 128 rows. Its output is mixed in with so small a weight that
// it is the denoiser of N(0, I).
type perceptron struct {
	dim     int
	weights [][]float32
	bias    []float32
	spare   *sync.Pool
}

const (
	perceptronWidth = 128
	perceptronBlock = 128
)

type perceptronMemory struct {
	ws      kernel.Workspace
	a, b, z []float32
}

func newPerceptron(dim int) perceptron {
	p := perceptron{dim: dim, bias: make([]float32, perceptronWidth), spare: &sync.Pool{New: func() any {
		m := &perceptronMemory{}
		for _, v := range []*[]float32{&m.a, &m.b, &m.z} {
			*v = make([]float32, perceptronBlock*perceptronWidth)
		}
		return m
	}}}
	r := stream.New(1, "perceptron")
	widths := []int{dim, perceptronWidth, perceptronWidth, perceptronWidth, perceptronWidth, dim}
	for l := range len(widths) - 1 {
		w := make([]float32, widths[l]*widths[l+1])
		for i := range w {
			w[i] = float32(r.NormFloat64() / math.Sqrt(float64(widths[l])))
		}
		p.weights = append(p.weights, w)
	}
	return p
}

func (p perceptron) Schedule() sde.Schedule { return sde.VP{} }
func (p perceptron) Dim() int               { return p.dim }

func (p perceptron) Denoise(dst, x *mat.Dense, t []float64) error {
	m := p.spare.Get().(*perceptronMemory)
	defer p.spare.Put(m)
	alpha := sde.VP{}.Coeff(t[0]).Alpha
	n, _ := x.Dims()
	for first := 0; first < n; first += perceptronBlock {
		rows := min(perceptronBlock, n-first)
		for i := range rows {
			for j, v := range x.RawRowView(first + i) {
				m.a[i*p.dim+j] = float32(v)
			}
		}
		in, out, width := m.a, m.b, p.dim
		for l, w := range p.weights {
			next := len(w) / width
			kernel.GemmNN(&m.ws, rows, next, width, in, width, w, next, m.z, next, false)
			if l == len(p.weights)-1 {
				break
			}
			kernel.BiasSiLU(out, m.z, p.bias, rows, next, next)
			in, out, width = out, in, next
		}
		for i := range rows {
			row := dst.RawRowView(first + i)
			for j, v := range x.RawRowView(first + i) {
				row[j] = alpha*v + 1e-9*float64(m.z[i*p.dim+j])
			}
		}
	}
	return nil
}

// gentle is a reward that few steps resample by.
func gentle(dst []float64, x *mat.Dense, _ int) error {
	for i := range dst {
		dst[i] = 0
		for _, v := range x.RawRowView(i) {
			dst[i] += 0.3*v - 0.1*v*v
		}
	}
	return nil
}

// processor is the time that the process has spent computing, in seconds.
func processor(tb testing.TB) float64 {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
}

// peak returns the most that is on the heap during a run of groups of k particles of
// d numbers over steps, in bytes above what there was before.
func peak(tb testing.TB, groups, k, d, steps, workers int, ancestry bool) float64 {
	tb.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, top, events := m.HeapAlloc, m.HeapAlloc, 0
	o := ParticleOptions{Options: Options{Steps: steps, Workers: workers}, Threshold: 2, Ancestry: ancestry}
	o.Observe = func(Progress) error {
		if events++; events%5 == 0 {
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapAlloc)
		}
		return nil
	}
	c, err := RunParticles(context.Background(), FK{Model: free{d}, Reward: gentle}, DDIM{Eta: 1}, groups, k, &o)
	if err != nil {
		tb.Fatal(err)
	}
	runtime.KeepAlive(c)
	return float64(top - before)
}

// heapLimit is what a run may have on its heap: the rows and weights that it returns,
// the effective numbers, thirty matrices and as many vectors for each worker (five of
// a swarm, two of a memo, the rest to spare), twice, for what is not yet collected,
// and 4 MB.
func heapLimit(groups, k, d, steps, workers int) float64 {
	result := 8 * float64(groups*k*(d+1)+groups*(steps+1))
	return 2*(result+8*30*float64(workers*k*(d+1))) + 4e6
}

// 100 groups of 1,000 particles of 32 numbers over 100 steps, resampled at each, fit
// into a bound that does not know of steps but for the effective numbers; with the
// ancestry, which is there for the asking, they do not.
func TestLongParticlesInBoundedMemory(t *testing.T) {
	long(t)
	const groups, k, d, steps, workers = 100, 1000, 32, 100, 2
	got, limit := peak(t, groups, k, d, steps, workers, false), heapLimit(groups, k, d, steps, workers)
	t.Logf("%.1f MB, bound %.1f MB", got/1e6, limit/1e6)
	if got > limit {
		t.Errorf("%.1f MB on the heap, bound %.1f MB", got/1e6, limit/1e6)
	}
	if got := peak(t, groups, k, d, steps, workers, true); got < limit {
		t.Errorf("with the ancestry %.1f MB: the measure is blind", got/1e6)
	} else {
		t.Logf("with the ancestry %.1f MB", got/1e6)
	}
}

// The same in small.
func TestParticlesDoNotGrowWithSteps(t *testing.T) {
	few, many := peak(t, 4, 200, 8, 20, 1, false), peak(t, 4, 200, 8, 400, 1, false)
	if limit := heapLimit(4, 200, 8, 400, 1); many > limit || few > limit {
		t.Errorf("%.2f and %.2f MB, bound %.2f MB", few/1e6, many/1e6, limit/1e6)
	}
}

// Weights, their defense and resampling take less than 15 % of the time with a denoiser of four
// layers of 128: processor time of particles, resampled at every step, less that of
// as many rows of the same method that are rewarded but not weighed, the least of some
// repetitions.
func TestLongWeightsAreCheap(t *testing.T) {
	long(t)
	const groups, k, d, steps = 5, 1000, 32, 100
	net := newPerceptron(d)
	least := func(f func() error) float64 {
		best := math.Inf(1)
		for range 7 {
			from := processor(t)
			if err := f(); err != nil {
				t.Fatal(err)
			}
			best = math.Min(best, processor(t)-from)
		}
		return best
	}
	share := func(r RewardFunc) (float64, string) {
		weighted := least(func() error {
			_, err := RunParticles(context.Background(), FK{Model: net, Reward: r}, DDIM{Eta: 1}, groups, k, &ParticleOptions{Options: Options{Steps: steps, Workers: 1}, Threshold: 2})
			return err
		})
		plain := least(func() error {
			rewards := make([]float64, k)
			_, err := Run(context.Background(), net, DDIM{Eta: 1}, groups*k, &Options{Steps: steps, Workers: 1, Block: k, Observe: func(e Progress) error {
				return gentle(rewards, e.X, 0)
			}})
			return err
		})
		perRow := 1e6 / (groups * k * steps)
		return 1 - plain/weighted, fmt.Sprintf("%.2f µs a particle and step, %.2f without weights: %.1f %%", weighted*perRow, plain*perRow, 100*(1-plain/weighted))
	}
	got, say := share(gentle)
	t.Log(say)
	if got > 0.15 {
		t.Error(say)
	}
	slow := func(dst []float64, x *mat.Dense, g int) error {
		for range 20 {
			_ = gentle(dst, x, g)
		}
		return nil
	}
	if got, say := share(slow); got < 0.15 {
		t.Errorf("a reward of twenty times the cost passes: %s", say)
	}
}
