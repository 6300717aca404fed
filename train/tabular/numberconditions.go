package tabular

import (
	"maps"
	"math"
	"strconv"

	"tweedie/datasets"
	"tweedie/nn"
)

// fewLevels is the number of different whole numbers up to which a condition column is
// one of categories, as labels are.
const fewLevels = 20

// inferConditions finds out what the columns of a table are. Those of untold, label
// columns whose types infer does not say, are categories: their texts are levels. But
// columns of numbers, with decimals or of more than 20 different whole ones, are
// numbers, unless their texts are codes.
func inferConditions(table datasets.Source, infer *datasets.InferOptions, untold []string) (*datasets.Metadata, error) {
	levels := *infer
	levels.Types = map[string]datasets.Type{}
	maps.Copy(levels.Types, infer.Types)
	for _, name := range untold {
		if _, told := infer.Types[name]; !told {
			levels.Types[name] = datasets.TypeCategorical
		}
	}
	m, err := datasets.Infer(table, &levels)
	if err != nil {
		return nil, err
	}
	free := levels
	free.Types = maps.Clone(levels.Types)
	var open []string
	for _, name := range untold {
		if _, told := infer.Types[name]; !told && allNumbers(m.Field(name)) {
			delete(free.Types, name)
			open = append(open, name)
		}
	}
	if len(open) == 0 {
		return m, nil
	}
	found, err := datasets.Infer(table, &free)
	if err != nil {
		return m, nil // numbers that cannot be read as such are names
	}
	again := false
	for _, name := range open {
		if f := found.Field(name); !f.IsNumber() {
			free.Types[name], again = datasets.TypeCategorical, true
		}
	}
	if again {
		return datasets.Infer(table, &free)
	}
	return found, nil
}

// allNumbers reports whether the levels of a column are numbers, and not few whole ones.
func allNumbers(f *datasets.Field) bool {
	whole := true
	for _, l := range f.Levels {
		v, err := strconv.ParseFloat(l.Name, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
		whole = whole && v == math.Trunc(v)
	}
	return len(f.Levels) > 1 && (!whole || len(f.Levels) > fewLevels)
}

// conditions are those of the network, numbers with their mean and standard deviation
// in the training rows.
func (t *Training) conditions() []nn.Condition {
	cs := conditions(t.data.Codec.Metadata())
	for k := range cs {
		if cs[k].Levels == 0 {
			cs[k].Mean, cs[k].Std = t.labels.moments(k)
		}
	}
	return cs
}

// moments are the mean and the standard deviation of a column of numbers, 1 if it
// does not vary.
func (t labelTable) moments(k int) (mean, std float64) {
	n, middle := 0.0, t.Values[k][len(t.Values[k])/2] // near the mean, for the digits
	sum, square := 0.0, 0.0
	for i, r := range t.Rows {
		c, v := float64(t.Count[i]), t.Values[k][r[k]]-middle
		n, sum, square = n+c, sum+c*v, square+c*v*v
	}
	if std = math.Sqrt(max(square/n-sum/n*(sum/n), 0)); std == 0 {
		std = 1
	}
	return middle + sum/n, std
}

// sameCondition compares what a table says of a condition with what a network does.
func sameCondition(a, b nn.Condition) bool {
	return a.Name == b.Name && a.Levels == b.Levels && (a.Levels == 0) == (b.Std > 0)
}
