package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"
)

// maxFitted bounds the normals fitted to draws of a model.
const maxFitted = 20

// UnmarshalYAML reads any of the forms.
func (l *LawsEntry) UnmarshalYAML(b []byte) error {
	var word string
	if yaml.Unmarshal(b, &word) == nil && word == "fitted" {
		l.Fitted = -1
		return nil
	}
	var items []any
	if yaml.Unmarshal(b, &items) == nil {
		return l.readList(b)
	}
	var fields map[string]any
	if yaml.Unmarshal(b, &fields) != nil {
		return errors.New("laws are given by column, as {age: {law: normal, mean: 40, sd: 12}}, or as fitted")
	}
	if _, column := fields["fitted"].(map[string]any); !column && fields["fitted"] != nil {
		return l.readFitted(b)
	}
	if _, names := fields["columns"].([]any); names {
		return l.readColumns(b)
	}
	var columns map[string]LawEntry
	if err := yaml.UnmarshalWithOptions(b, &columns, yaml.Strict()); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		law := columns[name]
		l.Blocks = append(l.Blocks, LawBlock{Columns: []string{name}, Law: &law})
	}
	return nil
}

func (l *LawsEntry) readList(b []byte) error {
	var list []LawsEntry
	if err := yaml.UnmarshalWithOptions(b, &list, yaml.Strict()); err != nil {
		return err
	}
	for _, e := range list {
		if e.Fitted != 0 {
			return errors.New("fitted is of all columns: it does not go into a list")
		}
		l.Blocks = append(l.Blocks, e.Blocks...)
	}
	return nil
}

func (l *LawsEntry) readFitted(b []byte) error {
	var f struct {
		Fitted int `yaml:"fitted"`
	}
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return err
	}
	if l.Fitted = f.Fitted; f.Fitted < 1 || f.Fitted > maxFitted {
		return fmt.Errorf("fitted is %d: give the number of normals, from 1 to %d", f.Fitted, maxFitted)
	}
	return nil
}

func (l *LawsEntry) readColumns(b []byte) error {
	var j struct {
		Columns []string     `yaml:"columns"`
		Mean    []float64    `yaml:"mean"`
		Cov     [][]float64  `yaml:"cov"`
		Parts   []NormalPart `yaml:"parts"`
	}
	if err := yaml.UnmarshalWithOptions(b, &j, yaml.Strict()); err != nil {
		return err
	}
	if (j.Mean != nil || j.Cov != nil) == (j.Parts != nil) {
		return errors.New("a law of several columns has a mean and a cov, or parts that have them")
	}
	if j.Parts == nil {
		j.Parts = []NormalPart{{1, j.Mean, j.Cov}}
	}
	l.Blocks = []LawBlock{{Columns: j.Columns, Parts: j.Parts}}
	return nil
}
