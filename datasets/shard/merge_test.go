package shard

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const header = "a,\"two\nlines, \"\"quoted\"\"\"\n"

// part writes a part and its manifest, which edit may change.
func part(t *testing.T, dir, name, text string, index, first, rows int, edit func(*Manifest)) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		text = b.String()
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	m := Manifest{Command: "sample", Part: index, Parts: 3, First: first, Rows: rows, Total: 5, Seed: 1, Kernels: "go", Arch: "amd64", Version: "v1",
		Inputs: map[string]string{"model": "ab"}, Settings: map[string]string{"rows": "5"}}
	if edit != nil {
		edit(&m)
	}
	if err := m.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// three are the parts of five rows; the second has none, and the third is compressed.
func three(t *testing.T, edit func(*Manifest)) []string {
	dir := t.TempDir()
	return []string{
		part(t, dir, "3.csv.gz", header+"3,\"x\ny\"\n4,\n5,\"\"\n", 3, 2, 3, edit),
		part(t, dir, "1.csv", header+"1,p\n2,q\n", 1, 0, 2, nil),
		part(t, dir, "2.csv", header, 2, 2, 0, nil),
	}
}

// TestOpenKernels: parts of paths that give the same bits belong together, and those of
// manifests of before, which do not tell the architecture.
func TestOpenKernels(t *testing.T) {
	for _, c := range []struct {
		list [3]Manifest
		says string
	}{
		{[3]Manifest{{Kernels: "avx512", Arch: "amd64"}, {Kernels: "avx2", Arch: "amd64"}, {Kernels: "avx2"}}, ""},
		{[3]Manifest{{Kernels: "go", Arch: "amd64"}, {Kernels: "go"}, {Kernels: "go", Arch: "amd64"}}, ""},
		{[3]Manifest{{Kernels: "neon", Arch: "arm64"}, {Kernels: "neon"}, {Kernels: "avx2", Arch: "amd64"}}, "the architecture is arm64 there and amd64 here"},
		{[3]Manifest{{Kernels: "neon"}, {Kernels: "avx512"}, {Kernels: "neon"}}, "the architecture is arm64 there and amd64 here"},
		{[3]Manifest{{Kernels: "avx2"}, {Kernels: "avx2"}, {Kernels: "go"}}, "the kernel path is avx2 there and go here"},
		{[3]Manifest{{Kernels: "go", Arch: "amd64"}, {Kernels: "go", Arch: "arm64"}, {Kernels: "go"}}, "the architecture is amd64 there and arm64 here"},
	} {
		dir := t.TempDir()
		var paths []string
		for i, k := range c.list {
			edit := func(m *Manifest) { m.Kernels, m.Arch = k.Kernels, k.Arch }
			paths = append(paths, part(t, dir, fmt.Sprint(i+1, ".csv"), header+strings.Repeat("1,p\n", 2-i%2), i+1, []int{0, 2, 3}[i], 2-i%2, edit))
		}
		if _, err := Open(paths); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: error %v, want %q", c.list, err, c.says)
		}
	}
}

const whole = header + "1,p\n2,q\n3,\"x\ny\"\n4,\n5,\"\"\n"

func TestMerge(t *testing.T) {
	paths := three(t, nil)
	parts, err := Open(append(paths, Path(paths[0]), Path(paths[1])))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "all.csv")
	if err := parts.Merge(out); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(out); string(b) != whole {
		t.Errorf("merged %q, want %q", b, whole)
	}
	if err := parts.Merge(out + ".gz"); err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	z := gzip.NewWriter(&want)
	for k := range whole { // however the one run writes it
		z.Write([]byte{whole[k]})
	}
	z.Close()
	if b, _ := os.ReadFile(out + ".gz"); !bytes.Equal(b, want.Bytes()) {
		t.Error("the compressed file is not that of one run")
	}
	if err := parts.Merge(filepath.Join(t.TempDir(), "all.parquet")); err == nil || !strings.Contains(err.Error(), "same format") {
		t.Errorf("CSV becomes Parquet: %v", err)
	}
}

// Each difference that changes rows is seen, and named.
func TestOpenRefuses(t *testing.T) {
	for says, edit := range map[string]func(*Manifest){
		"the command is sample there and impute here":    func(m *Manifest) { m.Command = "impute" },
		"the version is v1 there and v2 here":            func(m *Manifest) { m.Version = "v2" },
		"the seed is 1 there and 2 here":                 func(m *Manifest) { m.Seed = 2 },
		"the kernel path is go there and avx2 here":      func(m *Manifest) { m.Kernels = "avx2" },
		"the architecture is amd64 there and arm64 here": func(m *Manifest) { m.Arch = "arm64" },
		"the number of parts is 3 there and 4 here":      func(m *Manifest) { m.Parts = 4 },
		"the number of rows is 5 there and 6 here":       func(m *Manifest) { m.Total = 6 },
		"the file of --model is another":                 func(m *Manifest) { m.Inputs = map[string]string{"model": "cd"} },
		"the file of --guide is another":                 func(m *Manifest) { m.Inputs = map[string]string{"model": "ab", "guide": "x"} },
		"--rows is 5 there and not given here":           func(m *Manifest) { m.Settings = nil },
		"--nfe is not given there and 9 here":            func(m *Manifest) { m.Settings = map[string]string{"rows": "5", "nfe": "9"} },
		"one is  and the other draw 2":                   func(m *Manifest) { m.Settings = map[string]string{"rows": "5", FileSetting: "draw 2"} },
		"are both part 2 of 3: leave one away":           func(m *Manifest) { m.Part = 2 },
		"begins with row 1, and the parts before it":     func(m *Manifest) { m.First = 1 },
		"the parts have 4 rows of 5":                     func(m *Manifest) { m.Rows = 2 },
		"part 3 of 3 with rows 2 to 6 of 5: the file is": func(m *Manifest) { m.Rows = 4 },
	} {
		if _, err := Open(three(t, edit)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
	paths := three(t, nil)
	for says, list := range map[string][]string{
		"these are missing: 1, 3": paths[2:],
		"there are no parts":      {Path(paths[0])},
		"run that part again":     {paths[0] + ".absent"},
		"these are missing: 2":    paths[:2],
		"are both part 1 of 3":    append(paths[:3:3], paths[1]),
	} {
		if _, err := Open(list); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
}

// A part that was cut short or written again without its manifest is none.
func TestBytesAreThoseOfTheManifest(t *testing.T) {
	paths := three(t, nil)
	if err := os.WriteFile(paths[1], []byte(header+"1,p\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(paths); err == nil || !strings.Contains(err.Error(), "its bytes are not those") {
		t.Errorf("error %v", err)
	}
	other := three(t, nil)
	part(t, filepath.Dir(other[1]), "1.csv", "a,b\n1,p\n2,q\n", 1, 0, 2, nil)
	parts, err := Open(other)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "all.csv")
	if err := parts.Merge(out); err == nil || !strings.Contains(err.Error(), "has another header") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file is left behind")
	}
	for b, says := range map[string]string{"": "run that part again", "{": "run that part again", `{"format":2,"part":1,"parts":1}`: "format 2, and this version reads 1", `{"format":1}`: "the file is damaged"} {
		if err := os.WriteFile(Path(other[0]), []byte(b), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(other[0]); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("a manifest of %q: error %v, want %q", b, err, says)
		}
	}
}
