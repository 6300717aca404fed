package prior

import (
	"errors"
	"fmt"
	"math"
	"os"

	"tweedie/internal/yamlfile"
)

// Read returns the prior in the YAML file at path. Errors name the file and the entry.
func Read(path string) (*Prior, error) {
	b, err := yamlfile.Read(path)
	switch {
	case os.IsNotExist(err):
		return nil, fmt.Errorf("%s: no such file: give a file of a prior, or task:NAME", path)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// mostParameters bounds what a file can ask for.
const mostParameters = 10_000

// Parse returns the prior of a text of YAML, which has one key, prior: a list of Entry.
func Parse(text []byte) (*Prior, error) {
	var f struct {
		Prior []Entry `yaml:"prior"`
	}
	if err := yamlfile.Unmarshal(text, &f, true); err != nil {
		return nil, fmt.Errorf("read as a prior: %w", err)
	}
	if f.Prior == nil {
		return nil, errors.New("has no prior: give a list, as prior: [{name: rate, law: uniform, low: 0, high: 1}]")
	}
	p, err := New(f.Prior)
	if err != nil {
		return nil, err
	}
	if p.Dim() > mostParameters {
		return nil, fmt.Errorf("has %d parameters: give at most %d", p.Dim(), mostParameters)
	}
	return p, nil
}

// number reads a mean of one parameter.
func number(v any) (float64, error) {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case int:
		f = float64(v)
	case int64:
		f = float64(v)
	case uint64:
		f = float64(v)
	default:
		return 0, fmt.Errorf("mean is %v: give a number", v)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("mean is %g: give a finite number", f)
	}
	return f, nil
}

// numbers reads the means of several parameters.
func numbers(v any) ([]float64, error) {
	switch v := v.(type) {
	case []float64:
		return v, nil
	case []any:
		list := make([]float64, len(v))
		for k, e := range v {
			var err error
			if list[k], err = number(e); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return nil, fmt.Errorf("mean is %v: give a list of numbers, one for each parameter", v)
}
