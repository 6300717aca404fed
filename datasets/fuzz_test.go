package datasets

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Whatever the bytes, reading gives either a one-line *Error or a consistent
// table, and a table that can be modelled survives encode, write and read.
func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{
		flowers,
		"",
		"a\n1\n2\n",
		"\ufeffa, b ,\"c\n,\"\"\"\r\n1,2e3,x\r\n\r\n-0.5,.25,\"x \"\r\n",
		"a,b\n1,0.1234567890123456789\n2,1e300\n",
		"a,b\n1,\"x\r\ny\"\n2,\ufeff\n",
		"a,b\n1,NaN\n2,1_0\n",
		"a;b\n1;2\n",
		"a,b,c\n1,2\n",
		"a,b\n9007199254740993,x\n-9007199254740993,y\n",
	} {
		f.Add([]byte(text), "b")
		f.Add([]byte(text), "")
	}
	f.Fuzz(func(t *testing.T, data []byte, label string) {
		o := &Options{}
		if label != "" {
			o.Labels = strings.Split(label, "|")
		}
		table, err := ReadCSV(bytes.NewReader(data), "f.csv", o)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Remedy == "" || table != nil {
				t.Fatalf("error %#v with table %v", err, table)
			}
			checkMessage(t, err)
			return
		}
		if _, err := NewTable("f.csv", table.Columns); err != nil {
			t.Fatalf("inconsistent table: %v", err)
		}
		s, err := NewSchema(table)
		if err != nil {
			checkMessage(t, err)
			return
		}
		checkRoundTrip(t, table, s)
	})
}

func checkRoundTrip(t *testing.T, table *Table, s *Schema) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	s = new(Schema)
	if err := json.Unmarshal(text, s); err != nil {
		t.Fatalf("own schema is refused: %v", err)
	}
	x, c := encode(t, table, s)
	for _, z := range x.RawMatrix().Data {
		if math.Abs(z) > 2*math.Sqrt(float64(table.Rows())) {
			t.Fatalf("a standardised value of %g among %d rows", z, table.Rows())
		}
	}
	var out bytes.Buffer
	if err := NewCSVWriter(&out, s).WriteBlock(x, c); err != nil {
		t.Fatal(err)
	}
	written := out.String()
	back, err := ReadCSV(&out, "back", &Options{Schema: s})
	if err != nil {
		t.Fatalf("%v, in %q", err, written)
	}
	// Encoding loses a few units in the last place of the column's largest
	// value; a column whose decimals are coarser comes back exactly.
	for j := range table.Columns {
		a, b := &table.Columns[j], back.Column(table.Columns[j].Name)
		for i, v := range a.Values {
			w := b.Values[i]
			if a.Kind == Label {
				v, w = float64(strings.Compare(a.Levels[int(v)], b.Levels[int(w)])), 0
			}
			if tolerance := 1e-14 * largest(a.Values); math.Abs(v-w) > tolerance {
				t.Fatalf("column %q: %v came back as %v in %q", a.Name, v, w, written)
			}
		}
	}
}

func FuzzSchema(f *testing.F) {
	for _, o := range []*Options{nil, {Labels: []string{"kind"}}} {
		if table, err := ReadCSV(strings.NewReader(flowers), "", o); err == nil {
			s, _ := NewSchema(table)
			text, _ := json.Marshal(s)
			f.Add(text)
		}
	}
	f.Add([]byte(`{"version":1,"columns":[{"name":"a","kind":"numeric","max":1,"std":1e-320}]}`))
	f.Add([]byte(`{"version":9}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := new(Schema)
		if json.Unmarshal(data, s) != nil {
			return
		}
		// An accepted schema can be used, whatever is in it.
		e := NewEncoder(s)
		x := mat.NewDense(2, e.Dim(), nil)
		e.Decode(x, x)
		x.Zero()
		var out bytes.Buffer
		var labels *mat.Dense
		if k := len(s.Labels()); k > 0 {
			labels = mat.NewDense(2, k, nil)
		}
		if err := NewCSVWriter(&out, s).WriteBlock(x, labels); err != nil {
			t.Fatal(err)
		}
		s.Warnings()
	})
}
