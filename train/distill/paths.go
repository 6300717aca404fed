package distill

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sample"
	"tweedie/sde"
)

// Options say how paths are drawn. The zero value is ready to use.
type Options struct {
	Evaluations int     // of the teacher, for each path, about; 0 means 24
	End         float64 // last time of the teacher, 0 for sde.MinTime
	Denoise     bool    // end with the posterior mean there
	Seed        uint64
	Workers     int                  // 0 for one per core; changes no bit
	Progress    func(done int) error // called as paths are finished
}

// Paths are ways of rows along a teacher's probability flow, at the times of a student.
type Paths struct {
	m     sample.FlowMap
	sched sde.Schedule
	dim   int
	x     []float32 // of each path: its states at m.At, and its end
}

// Draw draws n paths from noise at m.At[0] to the data. A teacher with something of its own for
// each row (sde.PerRow) has it for n paths. It errs for times that do not decrease from 1 at most
// to above the end, and as sample.Run does.
func Draw(ctx context.Context, teacher sde.Denoiser, m sample.FlowMap, n int, o *Options) (*Paths, error) {
	if o == nil {
		o = &Options{}
	}
	sched := teacher.Schedule()
	times, at, err := grid(sched, m, cmp.Or(o.End, sde.MinTime(sched)), cmp.Or(o.Evaluations, 24))
	if err != nil {
		return nil, err
	}
	p := &Paths{m, sched, teacher.Dim(), make([]float32, n*(len(m.At)+1)*teacher.Dim())}
	keep := func(first, k int, x *mat.Dense) {
		rows, _ := x.Dims()
		for i := range rows {
			dst := p.state(first+i, k)
			for j, v := range x.RawRowView(i) {
				dst[j] = float32(v)
			}
		}
	}
	_, err = sample.Run(ctx, teacher, sample.UniPC2{}, n, &sample.Options{
		Times: times, Denoise: o.Denoise, Workers: o.Workers, Seed: stream.Seed(o.Seed, "train/distill"),
		Observe: func(e sample.Progress) error {
			if k, ok := at[e.Step]; ok {
				keep(e.First, k, e.X)
			}
			return nil
		},
		Sink: func(first int, x *mat.Dense) error {
			keep(first, len(m.At), x)
			if rows, _ := x.Dims(); o.Progress != nil {
				return o.Progress(first + rows)
			}
			return nil
		},
	})
	return p, err
}

// grid returns the times of the teacher, and which of the student each is: between two of those
// steps are equal in λ, and about the same over all.
func grid(s sde.Schedule, m sample.FlowMap, end float64, evaluations int) (times []float64, at map[int]int, err error) {
	all := append(append([]float64{}, m.At...), end)
	if len(m.At) == 0 || m.At[0] > 1 || m.Fresh < 0 || m.Fresh >= max(1, len(m.At)) {
		return nil, nil, fmt.Errorf("distill: a student of times %v, of which %d start anew: give times of at most 1, and fewer than those", m.At, m.Fresh)
	}
	lambda := func(k int) float64 { return s.Coeff(all[k]).Lambda() }
	at = map[int]int{}
	for k := range m.At {
		if !(all[k+1] < all[k]) {
			return nil, nil, fmt.Errorf("distill: the times of a student must decrease to the teacher's end, %.4g, and are %v", end, m.At)
		}
		at[len(times)] = k
		steps := max(1, int(math.Round(float64(evaluations)*(lambda(k+1)-lambda(k))/(lambda(len(m.At))-lambda(0)))))
		times = append(times, sample.LogSNRGrid{}.Times(s, all[k], all[k+1], steps)[:steps]...)
	}
	return append(times, end), at, nil
}

// state is path i at time k of the student; its end for k = K.
func (p *Paths) state(i, k int) []float32 {
	first := (i*(len(p.m.At)+1) + k) * p.dim
	return p.x[first : first+p.dim]
}

// count is the number of paths.
func (p *Paths) count() int { return len(p.x) / ((len(p.m.At) + 1) * p.dim) }
