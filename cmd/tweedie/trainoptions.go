package main

import (
	"strconv"
	"strings"

	"tweedie/sde"
	"tweedie/train/tabular"
)

// options are the settings that the user gave; zero fields are left to the library.
// There, a negative number stands for the zero that was given.
func (o *trainFlags) options(a *app) (*tabular.Options, error) {
	r := &tabular.Options{
		Conditions: o.conditions, FiLM: o.film, Steps: o.steps, WeightDecay: o.decay, Every: o.every,
		Seed: a.seed, Workers: a.workers, Version: version(), ConfigNotes: o.notes(),
	}
	if o.changed == nil {
		return r, nil
	}
	if o.levels != "" {
		var err error
		if r.Levels, err = sde.ParseLevels(o.levels); err != nil {
			return nil, badUsage("--levels is %q: give a number of levels, at least 2, or a file of them: %w", o.levels, err)
		}
	}
	for flag, to := range map[string]*string{"encoding": &r.Encoding, "sde": &r.Schedule, "times": &r.Times, "weighting": &r.Weighting, "decay": &r.Decay, "latent": &r.Latent} {
		if o.changed(flag) {
			*to = o.flags.Lookup(flag).Value.String()
		}
	}
	for _, c := range []struct {
		flag     string
		from, to *int
	}{{"hidden", &o.hidden, &r.Hidden}, {"layers", &o.layers, &r.Layers}, {"batch", &o.batch, &r.Batch}, {"fourier-features", &o.fourier, &r.FourierFeatures}, {"patience", &o.patience, &r.Patience}} {
		if o.changed(c.flag) {
			if *c.to = *c.from; *c.to == 0 {
				*c.to = -1
			}
		}
	}
	for _, c := range []struct {
		flag string
		from float64
		to   *float64
		want string // where 0 is no value
	}{
		{"lr", o.lr, &r.Rate, "a positive number"}, {"clip", o.clip, &r.Clip, "a positive bound, or -1 for none"}, {"ema", o.ema, &r.EMA, "a decay between 0 and 1, as 0.999"},
		{"dropout", o.units, &r.Dropout, ""}, {"conditional-share", o.conditional, &r.Conditional, ""}, {"condition-dropout", o.dropout, &r.LabelDropout, ""},
		{"neighbor-mixup", o.mixup, &r.NeighborMixup, ""}, {"holdout", o.holdout, &r.Holdout, ""},
	} {
		switch {
		case !o.changed(c.flag):
		case c.want == "" && c.from == 0:
			*c.to = -1
		case c.want == "" && c.from < 0:
			return nil, badUsage("--%s is %v: give a share from 0 to 1", c.flag, c.from)
		case c.from == 0:
			return nil, badUsage("--%s is 0: give %s", c.flag, c.want)
		default:
			*c.to = c.from
		}
	}
	return r, nil
}

// notes are the flags that say what the data are, to be kept with the model.
func (o *trainFlags) notes() map[string]string {
	m := map[string]string{}
	if strings.HasPrefix(o.data, toyPrefix) {
		m["toy-rows"] = strconv.Itoa(o.toyRows)
	}
	for flag, values := range map[string][]string{"type": o.table.types, "date-format": o.table.formats, "missing": o.table.missing} {
		if len(values) > 0 {
			m[flag] = strings.Join(values, " ")
		}
	}
	if o.table.metadata != "" {
		m["metadata"] = o.table.metadata
	}
	if o.distill != "" {
		m["distill"] = o.distill
	}
	if o.classifier != "" {
		m["classifier"], m["like"] = o.classifier, o.like
	}
	return m
}
