package datasets

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realFile returns the path of a file of real data, which is not part of the
// repository.
func realFile(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", "tabular", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no real data here: ", err)
	}
	return path
}

// What is read, encoded and written again reads as the same table.
func TestRealFilesRoundTrip(t *testing.T) {
	for name, labels := range map[string][]string{
		"abalone.csv":       {"sex"},
		"breast_cancer.csv": {"diagnosis"},
		"california.csv":    nil,
		"concrete.csv":      nil,
		"insurance.csv":     {"sex", "smoker", "region"},
		"iris.csv":          {"species"},
		"pima_diabetes.csv": {"outcome"},
		"wine.csv":          {"class"},
	} {
		t.Run(name, func(t *testing.T) {
			path := realFile(t, name)
			table, err := OpenCSV(path, &Options{Labels: labels})
			if err != nil {
				t.Fatal(err)
			}
			s, err := NewSchema(table)
			if err != nil {
				t.Fatal(err)
			}
			x, c := encode(t, table, s)
			var out bytes.Buffer
			if err := NewCSVWriter(&out, s).WriteBlock(x, c); err != nil {
				t.Fatal(err)
			}
			back, err := ReadCSV(&out, "back", &Options{Schema: s})
			if err != nil {
				t.Fatal(err)
			}
			if difference := differ(table, back); difference != "" {
				t.Error(difference)
			}
		})
	}
}

// differ says where two tables differ, or "".
func differ(a, b *Table) string {
	if a.Rows() != b.Rows() || len(a.Columns) != len(b.Columns) {
		return "sizes differ"
	}
	for j := range a.Columns {
		p, q := &a.Columns[j], &b.Columns[j]
		if p.Name != q.Name || p.Kind != q.Kind || p.Integer != q.Integer || !slices.Equal(p.Levels, q.Levels) {
			return "column " + p.Name + " differs"
		}
		if !slices.Equal(p.Values, q.Values) {
			return "values of " + p.Name + " differ"
		}
	}
	return ""
}

func TestRealFilesWarn(t *testing.T) {
	for _, c := range []struct {
		file   string
		labels []string
		atoms  []string
	}{
		{"concrete.csv", nil, []string{"slag", "ash", "superplastic"}},
		{"pima_diabetes.csv", []string{"outcome"}, []string{"skin_thickness", "insulin"}},
		{"california.csv", nil, []string{"MedHouseVal"}},
		{"abalone.csv", []string{"sex"}, nil},
		{"wine.csv", []string{"class"}, nil},
		{"iris.csv", []string{"species"}, nil},
		{"breast_cancer.csv", []string{"diagnosis"}, nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			table, err := OpenCSV(realFile(t, c.file), &Options{Labels: c.labels})
			if err != nil {
				t.Fatal(err)
			}
			s, err := NewSchema(table)
			if err != nil {
				t.Fatal(err)
			}
			var atoms []string
			for _, col := range s.Columns {
				if col.Atom != nil {
					atoms = append(atoms, col.Name)
				}
			}
			if !slices.Equal(atoms, c.atoms) {
				t.Errorf("columns with atoms: %v, want %v", atoms, c.atoms)
			}
			all := strings.Join(s.Warnings(), "\n")
			t.Log(all)
			for _, name := range c.atoms {
				if !strings.Contains(all, `"`+name+`"`) {
					t.Errorf("%s is in no warning", name)
				}
			}
		})
	}
}

// Files that need what is not there yet say so, by name.
func TestRealFilesRefused(t *testing.T) {
	for file, want := range map[string]string{
		"adult.csv":    `adult.csv: row 2, column "workclass": "State-gov" is not a number; correct the cell, or if it is a label use --condition workclass,education,`,
		"penguins.csv": `penguins.csv: row 2, column "species": "Adelie" is not a number`,
		"wine.csv":     ``,
	} {
		path := realFile(t, file)
		_, err := OpenCSV(path, nil)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
