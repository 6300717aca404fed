package main

import (
	"runtime"
	"slices"
	"time"

	"tweedie/internal/kernel"
	"tweedie/nn"
)

// timing sums up the repetitions of a measurement, in milliseconds per step.
type timing struct {
	Median float64 `json:"median"`
	P10    float64 `json:"p10"`
	P90    float64 `json:"p90"`
	Best   float64 `json:"best"`
}

// summarise sorts ms, which must not be empty.
func summarise(ms []float64) timing {
	slices.Sort(ms)
	return timing{quantile(ms, 0.5), quantile(ms, 0.1), quantile(ms, 0.9), ms[0]}
}

// quantile interpolates between the order statistics of sorted.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// repetition is the shortest stretch that is timed as one: long beside the
// clock, short beside the time slices that others take from us.
const repetition = 5 * time.Millisecond

// stopwatch collects repetitions of steps.
type stopwatch struct {
	ms    []float64 // per step, of each repetition
	steps int       // in all
	begin time.Time // of the repetition at hand
	n     int       // its steps so far
}

func newStopwatch() *stopwatch { return &stopwatch{ms: make([]float64, 0, 1<<14)} }

// start begins a repetition; what was in hand is dropped.
func (s *stopwatch) start() { s.begin, s.n = time.Now(), 0 }

// lap counts n steps done since the last call.
func (s *stopwatch) lap(n int) {
	s.n += n
	s.steps += n
	if now := time.Now(); now.Sub(s.begin) >= repetition {
		s.ms = append(s.ms, now.Sub(s.begin).Seconds()*1e3/float64(s.n))
		s.begin, s.n = now, 0
	}
}

// stop ends the measurement for now: what is in hand counts only if there is
// nothing else.
func (s *stopwatch) stop() {
	if len(s.ms) == 0 && s.n > 0 {
		s.ms = append(s.ms, time.Since(s.begin).Seconds()*1e3/float64(s.n))
	}
}

// benchRounds is how often measurements take turns: what disturbs the machine
// disturbs all of them.
const benchRounds = 5

func inTurn[B any](runs []B, rounds int, measure func(B) error) error {
	for range rounds {
		for _, b := range runs {
			if err := measure(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// share is the time of one of n measurements in a round.
func (o *benchFlags) share(n int) time.Duration { return o.seconds / time.Duration(benchRounds*n) }

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

// peakTime is how long the peak is looked for, each time.
const peakTime = 150 * time.Millisecond

func measurePeak() float64 { return kernel.MeasurePeak(peakTime, time.Now) }

// product is the shape of one layer's work for a row.
type product struct{ in, feat, out int }

// products lists the layers of the network from input to output. With FiLM the
// features meet two matrices, except in the last layer.
func products(a nn.MLP) []product {
	feat := a.Feat
	if a.FiLM {
		feat *= 2
	}
	ps := make([]product, 0, a.Layers+1)
	for l := range a.Layers {
		p := product{a.Hidden, feat, a.Hidden}
		if l == 0 {
			p.in = a.Dim
		}
		ps = append(ps, p)
	}
	out := a.Out
	if out == 0 {
		out = a.Dim
	}
	return append(ps, product{a.Hidden, a.Feat, out})
}

// forwardFlop counts the operations of the products of one row of a forward
// pass: every layer multiplies its input and the features.
func forwardFlop(a nn.MLP) float64 {
	sum := 0
	for _, p := range products(a) {
		sum += (p.in + p.feat) * p.out
	}
	return 2 * float64(sum)
}

// backwardFlop is the same for the gradient in the parameters: that of each
// matrix costs what its product did, and so does that of each layer's input,
// which the first layer does not need.
func backwardFlop(a nn.MLP) float64 {
	sum := 0
	for l, p := range products(a) {
		sum += (p.in + p.feat) * p.out
		if l > 0 {
			sum += p.in * p.out
		}
	}
	return 2 * float64(sum)
}

// pullbackFlop is the same for the gradient in the input of the network.
func pullbackFlop(a nn.MLP) float64 {
	sum := 0
	for _, p := range products(a) {
		sum += p.in * p.out
	}
	return 2 * float64(sum)
}
