package datasets

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

const flowers = `petal,kind,site,count,ph
1.25,rose,7.50,3,1e-3
2.50,aster,7.50,5,2e-3
0.75,rose,7.50,4,4e-3
-3.00,iris,7.50,3,0.0011
`

func read(t *testing.T, text string, labels ...string) (*Table, *Schema) {
	t.Helper()
	table, err := ReadCSV(strings.NewReader(text), "t.csv", &Options{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSchema(table)
	if err != nil {
		t.Fatal(err)
	}
	return table, s
}

func TestNewSchema(t *testing.T) {
	_, s := read(t, flowers, "kind")
	want := []ColumnSchema{
		{Name: "petal", Kind: Numeric, Decimals: 2, Min: -3, Max: 2.5, Mean: .375, Std: math.Sqrt((.875*.875 + 2.125*2.125 + .375*.375 + 3.375*3.375) / 4), Distinct: 4},
		{Name: "kind", Kind: Label, Levels: []Level{{Name: "aster", Count: 1}, {Name: "iris", Count: 1}, {Name: "rose", Count: 2}}},
		{Name: "site", Kind: Numeric, Decimals: 2, Min: 7.5, Max: 7.5, Mean: 7.5, Distinct: 1, Constant: true},
		{Name: "count", Kind: Numeric, Integer: true, Min: 3, Max: 5, Mean: 3.75, Std: math.Sqrt(.6875), Distinct: 3},
		{Name: "ph", Kind: Numeric, Decimals: 4, Min: .001, Max: .004, Mean: .002025, Std: s.Columns[4].Std, Distinct: 4},
	}
	for j, g := range s.Columns {
		w := want[j]
		if math.Abs(g.Mean-w.Mean) > 1e-15 || math.Abs(g.Std-w.Std) > 1e-15 {
			t.Errorf("%s: mean %g, std %g, want %g, %g", g.Name, g.Mean, g.Std, w.Mean, w.Std)
		}
		g.Mean, g.Std = w.Mean, w.Std
		if !reflect.DeepEqual(g, w) {
			t.Errorf("column %+v, want %+v", g, w)
		}
	}
	if s.Dim() != 3 || s.Rows != 4 {
		t.Errorf("%d modelled columns, %d rows", s.Dim(), s.Rows)
	}
}

func TestSchemaSurvivesJSON(t *testing.T) {
	_, s := read(t, flowers, "kind")
	s.Columns[0].Atom = &Atom{.1, 1. / 3}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Schema
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s, &back) {
		t.Errorf("%s came back as %+v", data, back)
	}
	if !strings.Contains(string(data), `"kind":"label"`) {
		t.Errorf("kinds are not words in %s", data)
	}
}

func TestSchemaRejectsDamage(t *testing.T) {
	for name, damage := range map[string]func(*Schema){
		"newer than":     func(s *Schema) { s.Version = SchemaVersion + 1 },
		"version 0":      func(s *Schema) { s.Version = 0 },
		"no columns":     func(s *Schema) { s.Columns = nil },
		"no spread":      func(s *Schema) { s.Columns[0].Std = 0 },
		"statistics":     func(s *Schema) { s.Columns[0].Min = 9 },
		"decimals":       func(s *Schema) { s.Columns[0].Decimals = 1 << 40 },
		"out of order":   func(s *Schema) { s.Columns[1].Levels[0].Name = "z" },
		"no levels":      func(s *Schema) { s.Columns[1].Levels = nil },
		"same name":      func(s *Schema) { s.Columns[1].Name = "petal" },
		"without a colu": func(s *Schema) { s.Columns = s.Columns[1:3] },
	} {
		_, s := read(t, flowers, "kind")
		damage(s)
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		err = json.Unmarshal(data, new(Schema))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"version":1,"columns":[{"name":"a","kind":"date"}]}`), new(Schema)); err == nil || !strings.Contains(err.Error(), `"date"`) {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestNewSchemaErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a,b\n1,2\n1,2\n":      "every numeric column is constant",
		"a\n-1e308\n1.7e308\n": "beyond a float64",
		"a\n1e-310\n2e-310\n":  "beyond a float64",
	} {
		table, err := ReadCSV(strings.NewReader(text), "t.csv", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewSchema(table); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "t.csv: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
	// Near both ends of the range of a float64 the statistics are still right.
	for _, unit := range []float64{1e307, 1e-280} {
		table, err := FromDense("x", []string{"a"}, mat.NewDense(4, 1, []float64{-unit, unit, unit, -unit}))
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSchema(table)
		if err != nil {
			t.Fatal(err)
		}
		if c := s.Columns[0]; math.Abs(c.Std/unit-1) > 1e-14 || math.Abs(c.Mean/unit) > 1e-14 {
			t.Errorf("unit %g: mean %g, std %g", unit, c.Mean, c.Std)
		}
	}
}

func TestEncodeStandardises(t *testing.T) {
	table, s := read(t, flowers, "kind")
	e := NewEncoder(s)
	x := mat.NewDense(4, 3, nil)
	if err := e.Encode(x, table); err != nil {
		t.Fatal(err)
	}
	for j := range 3 {
		mean, variance := stat.PopMeanVariance(mat.Col(nil, j, x), nil)
		if math.Abs(mean) > 1e-14 || math.Abs(variance-1) > 1e-14 {
			t.Errorf("%s: mean %g, variance %g", e.Names()[j], mean, variance)
		}
	}
	e.Decode(x, x)
	want := mat.NewDense(4, 3, []float64{1.25, 3, .001, 2.5, 5, .002, .75, 4, .004, -3, 3, .0011})
	if !mat.Equal(x, want) {
		t.Errorf("decoded\n%v\nwant\n%v", mat.Formatted(x), mat.Formatted(want))
	}
	c := mat.NewDense(4, 1, nil)
	if err := e.Conditions(c, table); err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(c, mat.NewDense(4, 1, []float64{2, 0, 2, 1})) {
		t.Errorf("conditions %v", mat.Formatted(c.T()))
	}
}

// A Gaussian has the same density in both units, but for LogDet.
func TestLogDetConvertsDensities(t *testing.T) {
	_, s := read(t, flowers, "kind")
	e := NewEncoder(s)
	sum := 0.0
	for _, c := range s.Columns {
		if c.Std > 0 {
			normal := func(x, m, s float64) float64 {
				return -(x-m)*(x-m)/(2*s*s) - math.Log(s*math.Sqrt(2*math.Pi))
			}
			v := c.Mean + .3*c.Std
			sum += normal(v, c.Mean, c.Std) - normal((v-c.Mean)/c.Std, 0, 1)
		}
	}
	if math.Abs(sum+e.LogDet()) > 1e-12 {
		t.Errorf("densities differ by %g, LogDet is %g", sum, e.LogDet())
	}
}

// Another file is encoded by name: its order and its levels are its own.
func TestEncodeAnotherFile(t *testing.T) {
	_, s := read(t, flowers, "kind")
	e := NewEncoder(s)
	const other = "ph,site,kind,petal,count\n0.002,7.5,rose,1.25,3\n"
	table, err := ReadCSV(strings.NewReader(other), "o.csv", &Options{Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	x, c := mat.NewDense(1, 3, nil), mat.NewDense(1, 1, nil)
	if err := errors.Join(e.Encode(x, table), e.Conditions(c, table)); err != nil {
		t.Fatal(err)
	}
	e.Decode(x, x)
	if !mat.Equal(x, mat.NewDense(1, 3, []float64{1.25, 3, .002})) || c.At(0, 0) != 2 {
		t.Errorf("%v, label %v", mat.Formatted(x), c.At(0, 0))
	}
	for text, want := range map[string]string{
		"ph,site,kind,petal,count\n\n0.002,7.5,rosa,1,3\n": `o.csv: row 3, column "kind": unknown label "rosa"; did you mean "rose"?`,
		"ph,site,kind,petal,count\n0.002,7.6,rose,1,3\n":   `o.csv: row 2, column "site": 7.6; the model knows no other value than 7.5 here`,
		"ph,site,kind,petl,count\n0.002,7.5,rose,1,3\n":    `o.csv: column "petl": the model does not know this column; remove it; did you mean "petal"?`,
		"ph,site,kind,petal\n0.002,7.5,rose,1\n":           `o.csv: column "count": this column of the model is not in the header`,
	} {
		table, err := ReadCSV(strings.NewReader(text), "o.csv", &Options{Schema: s})
		if err == nil {
			err = errors.Join(e.Encode(x, table), e.Conditions(c, table))
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if _, err := ReadCSV(strings.NewReader(other), "o.csv", &Options{Schema: s, Labels: []string{"kind"}}); err == nil {
		t.Error("labels beside a schema are accepted")
	}
}

func TestLabelIndex(t *testing.T) {
	_, s := read(t, flowers, "kind")
	for k, level := range []string{"aster", "iris", "rose"} {
		if i, err := s.LabelIndex("kind", level); i != k || err != nil {
			t.Errorf("%s: %d, %v", level, i, err)
		}
	}
	for _, c := range []struct{ column, label, want string }{
		{"kind", "asters", `column "kind": unknown label "asters"; did you mean "aster"? choose from "aster", "iris", "rose"`},
		{"kidn", "rose", `column "kidn": no such label column; did you mean "kind"? choose from "kind"`},
		{"petal", "1", `column "petal": is numeric, not a label column; choose from "kind"`},
	} {
		if _, err := s.LabelIndex(c.column, c.label); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	_, s = read(t, "a\n1\n2\n")
	if _, err := s.LabelIndex("a", "1"); err == nil || !strings.Contains(err.Error(), "has no conditions") {
		t.Errorf("no label columns: %v", err)
	}
}

func TestSizesArePanics(t *testing.T) {
	table, s := read(t, flowers, "kind")
	e := NewEncoder(s)
	for name, f := range map[string]func(){
		"encode":     func() { e.Encode(mat.NewDense(4, 2, nil), table) },
		"conditions": func() { e.Conditions(mat.NewDense(3, 1, nil), table) },
		"decode":     func() { e.Decode(mat.NewDense(4, 3, nil), mat.NewDense(3, 3, nil)) },
		"names":      func() { FromDense("", []string{"a"}, mat.NewDense(1, 2, nil)) },
		"split":      func() { Split(3, 1, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
