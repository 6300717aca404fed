package train

import (
	"cmp"
	"fmt"
	"math"
)

// Rate is a learning-rate schedule: a linear warm-up over Warmup steps, then
// Decay from Peak over the remaining steps of the run.
type Rate struct {
	Peak   float64 `json:"peak"`   // 0 means 5e-3
	Warmup int     `json:"warmup"` // steps; negative means none, 0 a twentieth of the run, at most 500
	Decay  string  `json:"decay"`  // "cosine" (default, to 0), "linear" (to 0), "rsqrt" (Peak √(Warmup/step)) or "constant"
}

func (r Rate) withDefaults(steps int) (Rate, error) {
	r.Peak = cmp.Or(r.Peak, 5e-3)
	r.Warmup = cmp.Or(r.Warmup, min(500, steps/20))
	r.Warmup = max(0, r.Warmup)
	r.Decay = cmp.Or(r.Decay, "cosine")
	switch r.Decay {
	case "cosine", "linear", "rsqrt", "constant":
	default:
		return r, fmt.Errorf("train: no rate schedule %q: use cosine, linear, rsqrt or constant", r.Decay)
	}
	if !(r.Peak > 0) || math.IsInf(r.Peak, 0) {
		return r, fmt.Errorf("train: the learning rate must be positive, not %v", r.Peak)
	}
	return r, nil
}

func (r Rate) at(step, steps int) float64 {
	if step < r.Warmup {
		return r.Peak * float64(step+1) / float64(r.Warmup)
	}
	u := float64(step-r.Warmup) / float64(max(1, steps-r.Warmup))
	switch r.Decay {
	case "cosine":
		return r.Peak * 0.5 * (1 + math.Cos(math.Pi*u))
	case "linear":
		return r.Peak * (1 - u)
	case "rsqrt":
		return r.Peak * math.Sqrt(float64(max(1, r.Warmup))/float64(max(1, step)))
	default:
		return r.Peak
	}
}
