package sample

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
)

type setting struct {
	name  string
	field func(*Sampler) any // a pointer to it
	valid func(v float64) bool
	want  string   // describes the valid numbers
	names []string // the valid words
}

// settings lists the settings in the order in which they are checked.
func settings() []setting {
	positive := func(v float64) bool { return v > 0 && v <= math.MaxFloat64 }
	notNegative := func(v float64) bool { return v == 0 || positive(v) }
	count := func(name string, field func(*Sampler) any, least float64) setting {
		return setting{name: name, field: field, valid: func(v float64) bool { return v >= least && v <= maxCount }, want: fmt.Sprintf("at least %v and at most %d", least, maxCount)}
	}
	return []setting{
		{"variance", func(s *Sampler) any { return &s.Variance }, nil, "", VarianceNames()},
		{"grid", func(s *Sampler) any { return &s.Grid }, nil, "", GridNames()},
		{"corrector", func(s *Sampler) any { return &s.Corrector }, nil, "", CorrectorNames()},
		{"eta", func(s *Sampler) any { return &s.Eta }, notNegative, "a number that is not negative", nil},
		{"churn", func(s *Sampler) any { return &s.Churn }, notNegative, "a number that is not negative", nil},
		{"tolerance", func(s *Sampler) any { return &s.Tolerance }, func(v float64) bool { return v > 0 && v <= 1 }, "a positive number of at most 1", nil},
		{"snr", func(s *Sampler) any { return &s.SNR }, func(v float64) bool { return v > 0 && v < 1 }, "a number between 0 and 1", nil},
		{"temperature", func(s *Sampler) any { return &s.Temperature }, positive, "a positive number", nil},
		{"start", func(s *Sampler) any { return &s.Start }, func(v float64) bool { return v > 0 && v <= 1 }, "a time above 0, of at most 1", nil},
		{"end", func(s *Sampler) any { return &s.End }, func(v float64) bool { return v > 0 && v < 1 }, "a time above 0 and below 1", nil},
		count("nfe", func(s *Sampler) any { return &s.NFE }, 1),
		count("levels", func(s *Sampler) any { return &s.Levels }, 2),
		count("corrector-steps", func(s *Sampler) any { return &s.CorrectorSteps }, 1),
		count("recurrence", func(s *Sampler) any { return &s.Recurrence }, 0),
		{name: "denoise", field: func(s *Sampler) any { return &s.Denoise }},
	}
}

// maxCount is the largest number of evaluations, levels, steps and repetitions.
const maxCount = 1 << 20

func settingNames() []string {
	var names []string
	for _, c := range settings() {
		names = append(names, c.name)
	}
	return names
}

// set parses value into the field and checks it.
func (c setting) set(s *Sampler, value string) (err error) {
	want := "a number"
	switch p := c.field(s).(type) {
	case *string:
		*p = value
	case *bool:
		*p, err = strconv.ParseBool(value)
		want = "true or false"
	case *int:
		*p, err = strconv.Atoi(value)
		want = "a whole number"
	case *float64:
		*p, err = strconv.ParseFloat(value, 64)
	case **float64:
		var v float64
		v, err = strconv.ParseFloat(value, 64)
		*p = &v
	}
	if err != nil {
		return settingError(c.name, value, "%s is %q: give %s", ref(c.name), value, want)
	}
	return c.check(s)
}

func (c setting) given(s *Sampler) bool { return !reflect.ValueOf(c.field(s)).Elem().IsZero() }

func (c setting) check(s *Sampler) error {
	v, number := reflect.ValueOf(c.field(s)).Elem(), 0.0
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.String && v.Len() > 0 && !slices.Contains(c.names, v.String()):
		return notOneOf(c.name, v.String(), c.names)
	case c.valid == nil:
		return nil
	case v.CanInt():
		number = float64(v.Int())
	default:
		number = v.Float()
	}
	if !c.valid(number) {
		return settingError(c.name, v.Interface(), "%s is %v: give %s", ref(c.name), v.Interface(), c.want)
	}
	return nil
}
