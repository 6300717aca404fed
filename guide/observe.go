package guide

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// Diagnostics is what an observer sees of one evaluation. The slices are
// read-only and valid during the call.
type Diagnostics struct {
	T     []float64 // one time for all rows, or one per row
	Ratio []float64 // |Σ g|/|score| of each row: above 1 the guide is longer than the score of the prior
	// Residual is, for each row, the root mean square of y - A(D_guided) in
	// units of the error's standard deviation; NaN without an observation.
	// A draw from the posterior ends near 1.
	Residual []float64
	Pulls    int // backward passes
}

// WithObserver returns p with f called at every evaluation, from whichever
// goroutine evaluates: f must be safe for concurrent use. Observing allocates
// nothing and changes no result.
func (p *Posterior) WithObserver(f func(Diagnostics)) *Posterior {
	q := *p
	q.observe = f
	return &q
}

// diagnose shifts dst by g and tells the observer.
func (p *Posterior) diagnose(dst, g *mat.Dense, at State) error {
	n, d := g.Dims()
	ws := at.ws
	ws.ratio, ws.resid, ws.one = fit(ws.ratio, n), fit(ws.resid, n), fit(ws.one, n)
	for i := range n {
		ws.ratio[i] = norm(g.RawRowView(i)) / norm(at.Score.RawRowView(i))
	}
	shift(dst, g, at)
	guided := at.Scratch(n, d)
	guided.Copy(dst)
	clear(ws.resid)
	clear(ws.one)
	base := ws.arena.used
	for _, t := range p.terms {
		if r, ok := t.(ResidualTerm); ok {
			ws.arena.used = base
			if err := r.AddResidual(ws.resid, ws.one, guided, at); err != nil {
				return fmt.Errorf("guide: %w", err)
			}
		}
	}
	for i, s := range ws.resid {
		ws.resid[i] = math.Sqrt(s / ws.one[i])
	}
	p.observe(Diagnostics{at.T, ws.ratio, ws.resid, ws.pulls})
	return nil
}

func fit(s []float64, n int) []float64 { return slices.Grow(s[:0], n)[:n] }

func norm(v []float64) float64 { return math.Sqrt(numeric.Dot(v, v)) }

// Monitor collects the diagnostics of a run in bins of time and warns when the guide
// moves rows away from the data. Its zero value is ready; Observe goes to WithObserver.
type Monitor struct {
	MaxRatio float64 // a mean ratio above it is warned of; zero means 10

	mu   sync.Mutex
	bins [monitorBins]bin
}

const monitorBins = 20

type bin struct{ n, ratio, resid, nr float64 }

// Observe adds one evaluation.
func (m *Monitor) Observe(d Diagnostics) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, r := range d.Ratio {
		t := d.T[0]
		if len(d.T) > 1 {
			t = d.T[i]
		}
		b := &m.bins[min(int(t*monitorBins), monitorBins-1)]
		if !math.IsNaN(r) && !math.IsInf(r, 0) {
			b.n++
			b.ratio += r
		}
		if v := d.Residual[i]; !math.IsNaN(v) {
			b.nr++
			b.resid += v
		}
	}
}

// TimeBin is the mean over the rows of a run within a bin of time.
type TimeBin struct{ From, To, Ratio, Residual float64 }

// Bins returns the bins that were visited, from noise to data.
func (m *Monitor) Bins() []TimeBin {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []TimeBin
	for k := monitorBins - 1; k >= 0; k-- {
		if b := m.bins[k]; b.n+b.nr > 0 {
			list = append(list, TimeBin{float64(k+1) / monitorBins, float64(k) / monitorBins, b.ratio / b.n, b.resid / b.nr})
		}
	}
	return list
}

// Warnings says where the guide was much stronger than the prior, and whether
// the residual rose towards the data.
func (m *Monitor) Warnings() []string {
	bound := cmp.Or(m.MaxRatio, 10)
	var list []string
	st := m.Bins()
	for _, s := range st {
		if s.Ratio > bound {
			list = append(list, fmt.Sprintf("for t in %.2f to %.2f the guide is %.1f times as long as the prior's score, which carries rows off the data: take more steps there, or ask for less (a lower strength, a larger error, a wider interval)", s.From, s.To, s.Ratio))
			break
		}
	}
	if n := len(st); n > 1 && st[n-1].Residual > 1.1*st[n-2].Residual && st[n-1].Residual > 2 {
		list = append(list, fmt.Sprintf("the residual rises towards the data, from %.2f to %.2f standard deviations of the error: take more steps, or a corrector", st[n-2].Residual, st[n-1].Residual))
	}
	return list
}
