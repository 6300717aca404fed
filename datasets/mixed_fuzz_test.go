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

// Whatever the bytes, inferring gives a one-line *Error or metadata with which
// the same bytes can be read, fitted, encoded, decoded, written and read again,
// and no cell changes. Metadata survives JSON, and giving it back changes
// nothing.
func FuzzInfer(f *testing.F) {
	for _, seed := range []string{
		flowers, zoo, "", "a\n1\n2\n", "a;b\n1;2\n3;4\n", "a\tb\nx\t1\ny\t2\n",
		"a,b\n0.1,x\n0.1,\n0.25,y\n,?\n",
		"a,b\n1e300,2020-01-01\n-1e300,2020-02-30\n",
		"a,b\n1,2020-01-01 00:00:00.5\n2,1999-12-31 23:59:59\n3,\n",
		"a\n0.1234567890123456789\n0.2\n1e-9\n",
		"a,b\n007,true\n08,False\n",
		"a,b\n1.5,p\n2.5,q\n3,r\n4,s\n5,\n6,t\n7,u\n7,v\n",
		"🐱,\"b\"\"\n\"\n1,\"x,\ny\"\n2,z\n",
		"a\n\"x\n1\n",
		"a\n9007199254740993\n1\n",
		"a\n1/2/2020\n2/1/2020\n13/1/2020\n",
		"a,b\n1,1\n1,NaN\n1,inf\n",
		"a\n-0\n0\n+5\n5e1\n1E2\n",
		"a;b\n$1,200.50;5 %\n-$3.00;7 %\n$0.10;12 %\n", "a;b\n1.234,5 €;1.10\n-2,5 €;1.9\n0,1 €;1.1\n",
		"a;b\n(1.5);1.50e+03\n2.5;2.25e-01\n.5;1.00e+10\n", "a,b\n20240101,02-JAN-24\n20240215,03-FEB-24\n20240301,31-DEC-23\n",
		"a,b\n2024-01-01T10:00:00+02:00,1/2/24 9:05\n2024-01-02T10:00:00+01:00,11/12/24 10:05\n2024-01-02T10:00:00+02:00,1/2/24 9:06\n",
		"a\n1.99\n2.99\n3.49\n12.99\n17.49\n23.99\n29.99\n31.49\n", "a\n0\n500\n1500\n99500\n20000\n7500\n",
	} {
		f.Add([]byte(seed), int8(0))
		f.Add([]byte(seed), int8(5))
	}
	f.Fuzz(func(t *testing.T, data []byte, knots int8) {
		src := text(string(data))
		m, err := Infer(src, &InferOptions{MaxLevels: 6, OneHot: 3})
		if err != nil {
			checkError(t, err)
			return
		}
		m = throughJSON(t, m)
		again, err := Infer(src, &InferOptions{MaxLevels: 6, OneHot: 3, Metadata: m})
		if err != nil {
			t.Fatalf("own metadata is refused: %v", err)
		}
		if a, b := asJSON(t, m), asJSON(t, again); a != b {
			t.Fatalf("given back, metadata changes from\n%s\nto\n%s", a, b)
		}
		m.Summary()
		m.Warnings()
		c, err := ReadCells(src, m)
		if err != nil {
			t.Fatalf("inferred, but not read: %v", err)
		}
		e, err := Fit(c, &FitOptions{Knots: int(knots), SmallTable: -1})
		if err != nil {
			checkError(t, err)
			return
		}
		e, err = NewCodec(throughJSON(t, e.Metadata()), false)
		if err != nil {
			t.Fatalf("own metadata is refused: %v", err)
		}
		checkCells(t, c, e)
	})
}

// Metadata that is accepted can be used, whatever is in it.
func FuzzMetadata(f *testing.F) {
	for _, csv := range []string{zoo, flowers, "a,b\n0.1,x\n0.1,\n0.25,y\n,?\n", "a,b\n1.5,p\n2.5,q\n3,r\n4,s\n5,\n6,t\n"} {
		m, err := Infer(text(csv), &InferOptions{OneHot: 3})
		if err != nil {
			f.Fatal(err)
		}
		c, err := ReadCells(text(csv), m)
		if err != nil {
			f.Fatal(err)
		}
		for _, o := range []*FitOptions{nil, {SmallTable: -1, Knots: 3}} {
			e, err := Fit(c, o)
			if err != nil {
				f.Fatal(err)
			}
			data, err := json.Marshal(e.Metadata())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte(`{"version":1,"rows":2,"columns":[{"name":"a","type":"numeric","range":{"min":0,"max":1},"digits":{"min":0,"max":-1},"map":{"mean":1,"std":0}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := new(Metadata)
		if json.Unmarshal(data, m) != nil {
			return
		}
		e, err := NewCodec(m, len(data)%2 == 0)
		if err != nil || e.Dim() == 0 {
			return
		}
		m.Summary()
		m.Warnings()
		z := mat.NewDense(2, e.Dim(), nil)
		z.Set(1, 0, 1)
		c := NewCells(m, 0)
		if err := e.Decode(c, z, Decoding{}); err != nil {
			return
		}
		e.Encode(z, c, nil, 1)
		var out bytes.Buffer
		if err := NewCSVCells(&out, m, 0).Write(c); err != nil {
			t.Fatal(err)
		}
		if err := NewParquetCells(&out, m, 0).Write(c); err != nil {
			t.Fatal(err)
		}
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Remedy == "" {
		t.Fatalf("error %#v", err)
	}
	checkMessage(t, err)
}

func asJSON(t *testing.T, m *Metadata) string {
	t.Helper()
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func throughJSON(t *testing.T, m *Metadata) *Metadata {
	t.Helper()
	back := new(Metadata)
	if err := json.Unmarshal([]byte(asJSON(t, m)), back); err != nil {
		t.Fatal(err)
	}
	return back
}

// checkCells encodes, decodes, writes and reads c. Columns without decimals
// may lose a few units in the last place.
func checkCells(t *testing.T, c *Cells, e *Codec) {
	t.Helper()
	z := mat.NewDense(c.Rows(), e.Dim(), nil)
	e.Encode(z, c, nil, 3)
	for _, v := range z.RawMatrix().Data {
		if math.IsInf(v, 0) {
			t.Fatal("an infinite code")
		}
	}
	e.LogDet(make([]float64, c.Rows()), z)
	back := NewCells(e.Metadata(), 0)
	if err := e.Decode(back, z, Decoding{}); err != nil {
		t.Fatal(err)
	}
	near(t, c, back)
	var out bytes.Buffer
	w := NewCSVCells(&out, e.Metadata(), 0)
	if err := w.Write(c); err != nil {
		t.Fatal(err)
	}
	written := out.String()
	again, err := ReadCells(text(written), e.Metadata())
	if err != nil {
		t.Fatalf("%v, in %q", err, written)
	}
	if d := differing(c, again); d != "" {
		t.Fatalf("written and read: %s, in %q", d, written)
	}
}

func near(t *testing.T, a, b *Cells) {
	t.Helper()
	for j := range a.meta.Columns {
		f := &b.meta.Columns[j] // fitted: the ranges of dates are known
		for i := range a.Rows() {
			switch {
			case f.IsNumber():
				v, w, tolerance := a.Number(i, j), b.Number(i, j), 0.0
				if f.Step() == 0 || f.Type == TypeDateTime && f.Digits.Max > 0 {
					tolerance = 1e-12 * math.Max(math.Abs(f.Range.Max), math.Abs(f.Range.Min))
				}
				if math.Abs(v-w) > tolerance || (v != v) != (w != w) {
					t.Fatalf("column %q: %v came back as %v", f.Name, v, w)
				}
			case f.HasLevels():
				k, l := a.Level(i, j), b.Level(i, j)
				if k != l && !(k >= 0 && l >= 0 && f.Levels[k].Grouped && f.Levels[l].Grouped) {
					t.Fatalf("column %q: level %d came back as %d", f.Name, k, l)
				}
			}
		}
	}
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	if s := err.Error(); strings.ContainsAny(s, "\r\n") || len(s) > 1000 {
		t.Errorf("message of %d bytes, or of several lines: %.200q", len(s), s)
	}
}

const flowers = `petal,kind,site,count,ph
1.25,rose,7.50,3,1e-3
2.50,aster,7.50,5,2e-3
0.75,rose,7.50,4,4e-3
-3.00,iris,7.50,3,0.0011
`
