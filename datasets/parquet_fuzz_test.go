package datasets

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// Whatever the bytes, a Parquet file is an error of one line or a table that can be
// read, written and copied.
func FuzzParquet(f *testing.F) {
	for _, nulls := range []bool{false, true} {
		data, err := os.ReadFile(typedFile(f, typedColumns()[:12], nulls))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "t.parquet")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		src := &parquetFile{path, path}
		m, err := Infer(src, &InferOptions{MaxLevels: 6, OneHot: 3})
		if err != nil {
			checkError(t, err)
			return
		}
		c, err := ReadCells(src, throughJSON(t, m))
		if err != nil {
			t.Fatalf("inferred, but not read: %v", err)
		}
		if err := NewParquetCells(new(bytes.Buffer), c.meta, 0).Write(c); err != nil {
			checkError(t, err)
		}
		for _, format := range []Format{CSV, Parquet} {
			o, err := OpenOriginal(src, m, format)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.Next(1 << 10); err != nil {
				t.Fatal(err)
			}
			if err := o.NewCopy(new(bytes.Buffer)).Write(o.Cells()); err != nil {
				checkError(t, err)
			}
			o.Close()
		}
	})
}

// withFooter is a file that says of its footer what it likes.
func withFooter(footer []byte, size uint32) []byte {
	b := append([]byte("PAR1"), footer...)
	return append(binary.LittleEndian.AppendUint32(b, size), "PAR1"...)
}

// What a file claims is not allocated, and nothing is followed without end.
func TestParquetHostile(t *testing.T) {
	whole, err := os.ReadFile(typedFile(t, typedColumns()[2:4], true))
	if err != nil {
		t.Fatal(err)
	}
	deep := bytes.Repeat([]byte{0x1c}, 1<<22) // structs within structs
	lists := append([]byte{0x19}, bytes.Repeat([]byte{0x19}, 1<<22)...)
	large := bytes.Clone(whole)
	at := bytes.Index(large[4:], []byte{0x15, 0x00, 0x15}) + 4 // the header of a data page: its type, its size
	if at < 4 {
		at = 4
	}
	huge := append(bytes.Clone(large[:at+3]), 0xfe, 0xff, 0xff, 0xff, 0x0f)
	huge = append(huge, large[at+8:]...)
	for name, data := range map[string][]byte{
		"footer beyond the file": withFooter(make([]byte, 20), 1<<32-1),
		"deep structs":           withFooter(deep, uint32(len(deep))),
		"deep lists":             withFooter(lists, uint32(len(lists))),
		"no footer":              []byte("PAR1PAR1"),
		"empty footer":           withFooter(nil, 0),
		"a page of 2 GB":         huge,
	} {
		path := filepath.Join(t.TempDir(), "t.parquet")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		src, err := OpenTable(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Infer(src, nil); err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		checkError(t, err)
	}
}
