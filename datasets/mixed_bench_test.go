package datasets

import (
	"io"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func reportRows(b *testing.B, rows int) {
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkInfer(b *testing.B) {
	src := stock(20000)
	for b.Loop() {
		if _, err := Infer(src, nil); err != nil {
			b.Fatal(err)
		}
	}
	reportRows(b, 20000)
}

func benchCodec(b *testing.B) (*Cells, *Codec, *mat.Dense) {
	b.Helper()
	src := stock(20000)
	m, err := Infer(src, nil)
	if err != nil {
		b.Fatal(err)
	}
	c, err := ReadCells(src, m)
	if err != nil {
		b.Fatal(err)
	}
	e, err := Fit(c, nil)
	if err != nil {
		b.Fatal(err)
	}
	z := mat.NewDense(1024, e.Dim(), nil)
	e.Encode(z, c, seq(1024), 1)
	return c, e, z
}

func BenchmarkReadCells(b *testing.B) {
	src := stock(20000)
	m, err := Infer(src, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := ReadCells(src, m); err != nil {
			b.Fatal(err)
		}
	}
	reportRows(b, 20000)
}

func BenchmarkEncodeCells(b *testing.B) {
	c, e, z := benchCodec(b)
	idx := seq(1024)
	for b.Loop() {
		e.Encode(z, c, idx, 1)
	}
	reportRows(b, 1024)
}

func BenchmarkDecodeCells(b *testing.B) {
	_, e, z := benchCodec(b)
	back := NewCells(e.Metadata(), 1024)
	for b.Loop() {
		if err := e.Decode(back, z, Decoding{}); err != nil {
			b.Fatal(err)
		}
	}
	reportRows(b, 1024)
}

func BenchmarkWriteCells(b *testing.B) {
	_, e, z := benchCodec(b)
	back := NewCells(e.Metadata(), 1024)
	if err := e.Decode(back, z, Decoding{}); err != nil {
		b.Fatal(err)
	}
	for name, open := range map[string]func(io.Writer, *Metadata, int) CellWriter{"csv": NewCSVCells, "parquet": NewParquetCells} {
		b.Run(name, func(b *testing.B) {
			w := open(io.Discard, e.Metadata(), 0)
			for b.Loop() {
				if err := w.Write(back); err != nil {
					b.Fatal(err)
				}
			}
			reportRows(b, 1024)
		})
	}
}
