package figure

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// linearTicks are multiples of 1, 2 or 5 times a power of ten, two to six with labels of the
// same least number of decimals, and others between them.
type linearTicks struct{}

func (linearTicks) Ticks(lo, hi float64) []plot.Tick {
	if !(hi > lo) || math.IsInf(hi-lo, 0) {
		return plot.DefaultTicks{}.Ticks(lo, hi)
	}
	step := roundStep((hi - lo) / 5)
	parts := 5.0 // between two with labels
	if m := step / math.Pow(10, math.Floor(math.Log10(step)+1e-9)); m > 1.5 && m < 2.5 {
		parts = 4
	}
	decimals := decimalsOf(step, hi-lo)
	slack := 1e-9 * (hi - lo)
	var ticks []plot.Tick
	for k := math.Ceil((lo - slack) / step * parts); k*step/parts <= hi+slack; k++ {
		v := k * step / parts
		if math.Mod(k, parts) != 0 {
			ticks = append(ticks, plot.Tick{Value: v})
			continue
		}
		v = k / parts * step
		ticks = append(ticks, plot.Tick{Value: v, Label: linearLabel(v, decimals, hi-lo)})
	}
	return ticks
}

// decimalsOf is how many decimals tell v from its neighbors on an axis, at most 12.
func decimalsOf(v, span float64) int {
	for d := range 12 {
		p := math.Pow10(d)
		if math.Abs(v-math.Round(v*p)/p) < 1e-6*span {
			return d
		}
	}
	return 12
}

func linearLabel(v float64, decimals int, span float64) string {
	switch a := math.Abs(v); {
	case a < 1e-9*span:
		return "0"
	case a >= 1e6 && span > 1e5 || a < 1e-4:
		digits := 3 + max(0, int(math.Ceil(math.Log10(a/span))))
		return shortExponent(strconv.FormatFloat(v, 'g', digits, 64))
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// logTicks marks an axis of log10 values: powers of ten, or their multiples where these are
// few. plot.LogScale reserves space for a label at the wrong place.
type logTicks struct{}

func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	decades := hi - lo
	var labelled func(e, m int) bool
	switch {
	case decades < 0.5:
		return narrowLogTicks(lo, hi)
	case decades < 1:
		labelled = func(_, m int) bool { return m <= 3 || m == 5 || m == 7 }
	case decades < 2:
		labelled = func(_, m int) bool { return m == 1 || m == 2 || m == 5 }
	default:
		labelled = func(e, m int) bool { return m == 1 && e%int(math.Ceil(decades/7)) == 0 }
	}
	var ticks []plot.Tick
	for e := int(math.Floor(lo)); e <= int(math.Ceil(hi)); e++ {
		for m := 1; m <= 9; m++ {
			t := plot.Tick{Value: float64(e) + math.Log10(float64(m))}
			if t.Value < lo || t.Value > hi {
				continue
			}
			if labelled(e, m) {
				t.Label = logLabel(e, m)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

func narrowLogTicks(lo, hi float64) []plot.Tick {
	ticks := linearTicks{}.Ticks(math.Pow(10, lo), math.Pow(10, hi))
	in := ticks[:0]
	for _, t := range ticks {
		if t.Value = math.Log10(t.Value); lo <= t.Value && t.Value <= hi {
			in = append(in, t)
		}
	}
	return in
}

// logLabel writes m·10^e, plainly when that is short.
func logLabel(e, m int) string {
	if -3 <= e && e <= 4 {
		return fmt.Sprintf("%.*f", max(0, -e), float64(m)*math.Pow10(e))
	}
	return fmt.Sprintf("%de%d", m, e)
}

// shortExponent turns 1e+06 and 1e-05 into 1e6 and 1e-5.
func shortExponent(s string) string {
	for i := range s {
		if s[i] == 'e' {
			e, _ := strconv.Atoi(s[i+1:])
			return fmt.Sprintf("%se%d", s[:i], e)
		}
	}
	return s
}
