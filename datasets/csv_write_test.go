package datasets

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// encode returns everything that a writer needs to reproduce a table.
func encode(t *testing.T, table *Table, s *Schema) (x, c *mat.Dense) {
	t.Helper()
	e := NewEncoder(s)
	x = mat.NewDense(table.Rows(), e.Dim(), nil)
	err := e.Encode(x, table)
	if k := len(s.Labels()); k > 0 {
		c = mat.NewDense(table.Rows(), k, nil)
		err = errors.Join(err, e.Conditions(c, table))
	}
	if err != nil {
		t.Fatal(err)
	}
	return x, c
}

func TestWriteReproducesTheFile(t *testing.T) {
	const text = `"a ""b"", c",petal,kind,site,count,"two
lines"
0.5,1.25,"rose, red",7.50,3,0.001
1.5,2.50,aster,7.50,-5,0.002
-0.5,0.75,"rose, red",7.50,4,0.004
-3.0,-3.00,"""iris""",7.50,3,0.010
`
	table, s := read(t, text, "kind")
	x, c := encode(t, table, s)
	var out strings.Builder
	w := NewCSVWriter(&out, s)
	for i := range table.Rows() { // one row a block: the header comes once
		if err := w.WriteBlock(x.Slice(i, i+1, 0, 4).(*mat.Dense), c.Slice(i, i+1, 0, 1).(*mat.Dense)); err != nil {
			t.Fatal(err)
		}
	}
	if out.String() != text {
		t.Errorf("got\n%s\nwant\n%s", out.String(), text)
	}
}

func TestWriteWithoutLabels(t *testing.T) {
	table, s := read(t, flowers, "kind")
	x, c := encode(t, table, s)
	var out strings.Builder
	w := NewCSVWriter(&out, s)
	if err := w.WriteBlock(x, nil); err != nil {
		t.Fatal(err)
	}
	if want := "petal,site,count,ph\n1.25,7.50,3,0.0010\n2.50"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("got\n%s", out.String())
	}
	defer func() {
		if recover() == nil {
			t.Error("a block with labels follows one without")
		}
	}()
	w.WriteBlock(x, c)
}

func TestWriteUnknownLabel(t *testing.T) {
	table, s := read(t, flowers, "kind")
	x, c := encode(t, table, s)
	c.Set(1, 0, math.NaN())
	var out strings.Builder
	if err := NewCSVWriter(&out, s).WriteBlock(x, c); err != nil {
		t.Fatal(err)
	}
	if line := strings.Split(out.String(), "\n")[2]; line != "2.50,,7.50,5,0.0020" {
		t.Errorf("row %q", line)
	}
	c.Set(1, 0, 3)
	defer func() {
		if recover() == nil {
			t.Error("an index beyond the levels is written")
		}
	}()
	NewCSVWriter(&out, s).WriteBlock(x, c)
}

func TestWriteRefusesNonFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.MaxFloat64} {
		table, s := read(t, "a,b\n1,2e10\n3,4e10\n")
		x, _ := encode(t, table, s)
		x.Set(1, 1, bad)
		var out strings.Builder
		err := NewCSVWriter(&out, s).WriteBlock(x, nil)
		if err == nil || !strings.Contains(err.Error(), `column "b"`) || out.Len() > 0 {
			t.Errorf("%g: error %v, written %q", bad, err, out.String())
		}
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteReportsFullDisk(t *testing.T) {
	_, s := read(t, "a,b\n1,2\n3,4\n")
	w := NewCSVWriter(&fullDisk{left: 200000}, s)
	if err := w.WriteBlock(mat.NewDense(10000, 2, nil), nil); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteBlock(mat.NewDense(100000, 2, nil), nil); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

// The fast formatter agrees with strconv, and what it writes reads as the
// value that round returned.
func TestFormatAgreesWithStrconv(t *testing.T) {
	rng := stream.New(1, "format")
	for range 200000 {
		f := newFormat(rng.IntN(maxDecimals+2)-1, rng.IntN(4) == 0)
		v := f.round(rng.NormFloat64() * math.Pow(10, 30*rng.Float64()-14))
		got := string(f.append(nil, v))
		want := strconv.FormatFloat(v, 'f', f.decimals, 64)
		if f.decimals == Shortest {
			want = strconv.FormatFloat(v, 'g', -1, 64)
		}
		if got != want {
			t.Fatalf("%+v: %v is written %s, want %s", f, v, got, want)
		}
		back, err := strconv.ParseFloat(got, 64)
		if err != nil || back != v {
			t.Fatalf("%+v: %v is written %s and read %v, %v", f, v, got, back, err)
		}
	}
	if got := string(newFormat(2, false).append(nil, newFormat(2, false).round(-.004))); got != "0.00" {
		t.Errorf("-0.004 is written %s", got)
	}
}

func TestWriteDoesNotAllocatePerRow(t *testing.T) {
	table, s := read(t, flowers, "kind")
	x, c := encode(t, table, s)
	var out bytes.Buffer
	out.Grow(1 << 20)
	w := NewCSVWriter(&out, s)
	w.WriteBlock(x, c)
	if a := testing.AllocsPerRun(100, func() { out.Reset(); w.WriteBlock(x, c) }); a > 0 {
		t.Errorf("%g allocations a block", a)
	}
}

func BenchmarkWriteBlock(b *testing.B) {
	const n = 4096
	rng := stream.New(1, "bench")
	x := mat.NewDense(n, 2, nil)
	x.Apply(func(int, int, float64) float64 { return rng.NormFloat64() }, x)
	for _, decimals := range []int{3, Shortest} {
		b.Run("decimals="+strconv.Itoa(decimals), func(b *testing.B) {
			column := ColumnSchema{Kind: Numeric, Decimals: decimals, Max: 1, Std: 3}
			s := &Schema{Version: 1, Columns: []ColumnSchema{column, column}}
			w := NewCSVWriter(new(fullDisk), s)
			w.w = discard{}
			for b.Loop() {
				w.WriteBlock(x, nil)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
