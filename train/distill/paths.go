package distill

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

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
	marks []float64 // times of m at which paths are kept, decreasing
	x     []float32 // of each path: its states at the marks, and its end
}

// Draw draws n paths from noise at m.At[0] to the data. A teacher with something of its own for
// each row (sde.PerRow) has it for n paths. It errs for times that do not decrease from 1 at most
// to above the end, and as sample.Run does.
func Draw(ctx context.Context, teacher sde.Denoiser, m sample.FlowMap, n int, o *Options) (*Paths, error) {
	if o == nil {
		o = &Options{}
	}
	sched := teacher.Schedule()
	end := cmp.Or(o.End, sde.MinTime(sched))
	marks, err := marksOf(m, end)
	if err != nil {
		return nil, err
	}
	times, at := grid(sched, append(slices.Clone(marks), end), cmp.Or(o.Evaluations, 24))
	p := &Paths{m, sched, teacher.Dim(), marks, make([]float32, n*(len(marks)+1)*teacher.Dim())}
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
			keep(first, len(marks), x)
			if rows, _ := x.Dims(); o.Progress != nil {
				return o.Progress(first + rows)
			}
			return nil
		},
	})
	return p, err
}

// marksOf are the times of a student and where its stretches end, without the data.
func marksOf(m sample.FlowMap, end float64) ([]float64, error) {
	ok := len(m.At) > 0 && m.At[0] <= 1 && len(m.Reach) == len(m.At)-1
	for k, t := range m.At {
		ok = ok && t > end && (k == 0 || t < m.At[k-1] && m.Reach[k-1] <= t && (m.Reach[k-1] == 0 || m.Reach[k-1] > end))
	}
	if !ok {
		return nil, fmt.Errorf("distill: the times of a student must decrease from 1 at most to the teacher's end, %.4g, and its stretches end below the next time: times %v, ends %v", end, m.At, m.Reach)
	}
	all := slices.Concat(m.At, m.Reach)
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	all = slices.Compact(all)
	if all[len(all)-1] == 0 {
		all = all[:len(all)-1]
	}
	return all, nil
}

// grid returns times of the teacher, and which of the marks each is: between two of those steps
// are equal in λ, and about the same over all.
func grid(s sde.Schedule, marks []float64, evaluations int) (times []float64, at map[int]int) {
	lambda := func(k int) float64 { return s.Coeff(marks[k]).Lambda() }
	last := len(marks) - 1
	at = map[int]int{}
	for k := range last {
		at[len(times)] = k
		steps := max(1, int(math.Round(float64(evaluations)*(lambda(k+1)-lambda(k))/(lambda(last)-lambda(0)))))
		times = append(times, sample.LogSNRGrid{}.Times(s, marks[k], marks[k+1], steps)[:steps]...)
	}
	return append(times, marks[last]), at
}

// state is path i at a mark; its end for that behind the last.
func (p *Paths) state(i, mark int) []float32 {
	first := (i*(len(p.marks)+1) + mark) * p.dim
	return p.x[first : first+p.dim]
}

// at is path i at a time of the student.
func (p *Paths) at(i int, t float64) []float32 { return p.state(i, slices.Index(p.marks, t)) }

// count is the number of paths.
func (p *Paths) count() int { return len(p.x) / ((len(p.marks) + 1) * p.dim) }
