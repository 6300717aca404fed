package spec

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/goccy/go-yaml"
)

// Values are the observed numbers of a formula or a command. In YAML they are a number or a list.
type Values []float64

// UnmarshalYAML reads either form.
func (v *Values) UnmarshalYAML(b []byte) error {
	var one float64
	if yaml.Unmarshal(b, &one) == nil {
		*v = Values{one}
		return nil
	}
	var list []float64
	if err := yaml.Unmarshal(b, &list); err != nil {
		return errors.New("value: give a number, or a list of numbers")
	}
	*v = list
	return nil
}

// check errs unless there are values, and all of them are numbers.
func (v Values) check() error {
	if len(v) == 0 {
		return errors.New("value is missing: the observed number, or a list of them")
	}
	for _, u := range v {
		if math.IsNaN(u) || math.IsInf(u, 0) {
			return fmt.Errorf("value is %v: give a number", u)
		}
	}
	return nil
}

// Timeout is how long a program may take for an answer. In YAML it is a number of seconds, or
// a duration such as 500ms or 2m.
type Timeout time.Duration

// UnmarshalYAML reads either form.
func (d *Timeout) UnmarshalYAML(b []byte) error {
	var seconds float64
	var text string
	err := yaml.Unmarshal(b, &seconds)
	v := seconds * float64(time.Second)
	if err != nil {
		if err := yaml.Unmarshal(b, &text); err != nil {
			return err
		}
		long, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("timeout %q: give seconds, or a duration such as 500ms or 2m", text)
		}
		v = float64(long)
	}
	if !(v >= float64(time.Millisecond) && v <= float64(1000*time.Hour)) {
		return errors.New("timeout: give between 1ms and 1000h")
	}
	*d = Timeout(v)
	return nil
}
