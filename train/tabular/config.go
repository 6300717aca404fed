package tabular

import (
	"fmt"
	"maps"
	"strings"
)

// config are the settings that repeat the run, by the names of the command's flags.
func (s *settings) config(t *Training) map[string]string {
	if t.teacher != nil {
		return t.studentConfig()
	}
	m := map[string]string{
		"sde": s.Schedule, "times": s.Times, "weighting": s.Weighting, "decay": s.Decay,
		"hidden": fmt.Sprint(s.Hidden), "layers": fmt.Sprint(s.Layers), "film": fmt.Sprint(s.FiLM),
		"steps": fmt.Sprint(t.cfg.Steps), "batch": fmt.Sprint(s.Batch), "lr": fmt.Sprint(s.Rate),
		"weight-decay": fmt.Sprint(s.WeightDecay), "clip": fmt.Sprint(s.Clip), "ema": fmt.Sprint(s.EMA),
		"holdout": fmt.Sprint(s.Holdout), "patience": fmt.Sprint(s.Patience),
	}
	if s.Network != nil {
		delete(m, "hidden")
		delete(m, "layers")
		delete(m, "film")
		m["network"] = s.Network.Name
	}
	for key, v := range map[string]any{
		"fourier-features": s.FourierFeatures, "every": s.Every,
		"dropout": s.Dropout, "conditional-share": s.Conditional, "neighbor-mixup": s.NeighborMixup,
	} {
		if text := fmt.Sprint(v); text != "0" {
			m[key] = text
		}
	}
	if s.Latent != "" {
		m["latent"] = s.Latent
	}
	if s.Levels != nil {
		m["levels"] = s.levelsText()
		delete(m, "times")
		if s.Weighting == "" {
			delete(m, "weighting")
		}
	}
	if !t.data.Open {
		m["encoding"] = s.Encoding
	}
	if t.like == nil && len(t.labels.Rows) > 0 {
		m["condition"], m["condition-dropout"] = strings.Join(s.Conditions, ","), fmt.Sprint(s.LabelDropout)
	}
	maps.Copy(m, s.ConfigNotes)
	return m
}
