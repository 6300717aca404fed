package main

import (
	"fmt"
	"strings"
)

// settings are what repeats a run of that many steps, by flag name.
func (o *trainFlags) settings(steps int, toy, labelled bool) map[string]string {
	m := map[string]string{
		"sde": o.sde, "times": o.times, "weighting": o.weighting, "decay": o.rate,
		"hidden": fmt.Sprint(o.hidden), "layers": fmt.Sprint(o.layers), "film": fmt.Sprint(o.film),
		"steps": fmt.Sprint(steps), "batch": fmt.Sprint(o.batch), "lr": fmt.Sprint(o.lr),
		"weight-decay": fmt.Sprint(o.decay), "clip": fmt.Sprint(o.clip), "ema": fmt.Sprint(o.ema),
		"holdout": fmt.Sprint(o.holdout), "patience": fmt.Sprint(o.patience),
	}
	if o.waves > 0 {
		m["waves"] = fmt.Sprint(o.waves)
	}
	if o.units > 0 {
		m["dropout"] = fmt.Sprint(o.units)
	}
	if o.every > 0 {
		m["every"] = fmt.Sprint(o.every)
	}
	if toy {
		m["toy-rows"] = fmt.Sprint(o.toyRows)
	} else {
		m["encoding"] = o.table.encoding
	}
	if o.partial > 0 {
		m["partial"] = fmt.Sprint(o.partial)
	}
	if o.blend > 0 {
		m["blend"] = fmt.Sprint(o.blend)
	}
	if len(o.table.types) > 0 {
		m["type"] = strings.Join(o.table.types, " ")
	}
	if o.table.metadata != "" {
		m["metadata"] = o.table.metadata
	}
	if o.classifier != "" {
		m["classifier"], m["like"] = o.classifier, o.like
	} else if labelled {
		m["condition"], m["condition-dropout"] = strings.Join(o.conditions, ","), fmt.Sprint(o.dropout)
	}
	return m
}
