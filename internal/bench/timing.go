package bench

import (
	"runtime"
	"slices"
	"time"

	"tweedie/internal/kernel"
)

// Timing summarizes the repetitions of a measurement, in milliseconds per step.
type Timing struct {
	Median float64 `json:"median"`
	P10    float64 `json:"p10"`
	P90    float64 `json:"p90"`
	Best   float64 `json:"best"`
}

// summarize sorts ms, which must not be empty.
func summarize(ms []float64) *Timing {
	slices.Sort(ms)
	return &Timing{Quantile(ms, 0.5), Quantile(ms, 0.1), Quantile(ms, 0.9), ms[0]}
}

// Quantile interpolates linearly between the order statistics of sorted, which must
// not be empty.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// repetition is the shortest stretch that is timed as one: long beside the resolution
// of the clock, short beside the time slices that other processes take.
const repetition = 5 * time.Millisecond

// stopwatch collects repetitions of steps.
type stopwatch struct {
	now   func() time.Time
	ms    []float64 // per step, of each repetition
	steps int       // in all
	begin time.Time // of the current repetition
	n     int       // its steps so far
}

func newStopwatch(clock func() time.Time) *stopwatch {
	return &stopwatch{now: clock, ms: make([]float64, 0, 1<<14)}
}

// start begins a repetition and drops the current one.
func (s *stopwatch) start() { s.begin, s.n = s.now(), 0 }

// lap counts n steps done since the last call.
func (s *stopwatch) lap(n int) {
	s.n += n
	s.steps += n
	if now := s.now(); now.Sub(s.begin) >= repetition {
		s.ms = append(s.ms, now.Sub(s.begin).Seconds()*1e3/float64(s.n))
		s.begin, s.n = now, 0
	}
}

// stop ends the measurement for now. The current repetition counts only if there is no
// other.
func (s *stopwatch) stop() {
	if len(s.ms) == 0 && s.n > 0 {
		s.ms = append(s.ms, s.now().Sub(s.begin).Seconds()*1e3/float64(s.n))
	}
}

// heap counts allocations of the whole process.
type heap struct{ objects, bytes uint64 }

func heapNow() heap {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return heap{m.Mallocs, m.TotalAlloc}
}

// since returns the allocations since h.
func (h heap) since() heap {
	now := heapNow()
	return heap{now.objects - h.objects, now.bytes - h.bytes}
}

// peakTime is how long each measurement of the peak takes.
const peakTime = 150 * time.Millisecond

func measurePeak(clock func() time.Time) float64 { return kernel.MeasurePeak(peakTime, clock) }
