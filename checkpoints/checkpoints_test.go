package checkpoints

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// example has every kind of array, and values whose bits are easily lost.
func example() *File {
	f := New("model")
	f.Meta["model"] = `{"hidden":[64,64],"name":"<&> \"é\" \u2028"}`
	f.Arrays = []Array{
		{Name: "w", Shape: []int{2, 3}, F32: []float32{1, -2, float32(math.Inf(1)), math.SmallestNonzeroFloat32, 0, 1e-7}},
		{Name: "b/β", Shape: []int{3}, F64: []float64{math.Pi, math.Copysign(0, -1), math.MaxFloat64}},
		{Name: "scalar", Shape: []int{}, F64: []float64{0.1}},
		{Name: "empty", Shape: []int{0, 4}, F32: []float32{}},
		{Name: "a", Shape: []int{1}, F32: []float32{3}},
	}
	return f
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// differ says where b departs from what was saved as a.
func differ(a, b *File) string {
	for key, value := range a.Meta {
		if b.Meta[key] != value {
			return "metadata " + key
		}
	}
	if len(a.Arrays) != len(b.Arrays) {
		return "number of arrays"
	}
	for i := range a.Arrays {
		x, y := &a.Arrays[i], b.Find(a.Arrays[i].Name)
		switch {
		case y == nil:
			return "missing " + x.Name
		case !reflect.DeepEqual(x.Shape, y.Shape):
			return "shape of " + x.Name
		case view{x}.DType() != view{y}.DType() || !bytes.Equal(view{x}.Data(), view{y}.Data()):
			return "data of " + x.Name
		}
	}
	return ""
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	want := example()
	if err := Save(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(want, got); d != "" {
		t.Errorf("read back with another %s", d)
	}
	var names []string
	for i := range got.Arrays {
		names = append(names, got.Arrays[i].Name)
	}
	if !slices.Equal(names, []string{"a", "b/β", "empty", "scalar", "w"}) {
		t.Errorf("arrays in the order %q, want them by name", names)
	}
	if got.Kind() != "model" || got.Meta[FormatKey] != "1" || len(got.Meta[ChecksumKey]) != 64 {
		t.Errorf("metadata %v", got.Meta)
	}
	if len(want.Meta) != 2 {
		t.Errorf("Save changed its argument: %v", want.Meta)
	}
	// The comparison must see the sign of a zero.
	got.Find("b/β").F64[1] = 0
	if differ(want, got) == "" {
		t.Error("differ overlooks -0")
	}
}

func TestRoundTripProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := New(rapid.StringN(1, 5, -1).Draw(t, "kind"))
		for _, key := range rapid.SliceOf(rapid.String()).Draw(t, "keys") {
			if !strings.HasPrefix(key, "tweedie.") {
				want.Meta[key] = rapid.String().Draw(t, "value")
			}
		}
		for _, name := range rapid.SliceOfDistinct(rapid.StringN(1, 8, -1), rapid.ID).Draw(t, "names") {
			a := Array{Name: name, Shape: rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "shape")}
			n := a.size()
			if rapid.Bool().Draw(t, "double") {
				a.F64 = rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "data")
			} else {
				a.F32 = rapid.SliceOfN(rapid.Float32(), n, n).Draw(t, "data")
			}
			want.Arrays = append(want.Arrays, a)
		}
		var b bytes.Buffer
		if err := Encode(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if d := differ(want, got); d != "" {
			t.Fatalf("read back with another %s", d)
		}
	})
}

// Equal content gives equal bytes, whatever the order of the arrays and of the
// maps; a loaded file written again is the same file.
func TestDeterministicBytes(t *testing.T) {
	want := encode(t, example())
	for range 20 {
		f := example()
		f.Arrays[0], f.Arrays[4] = f.Arrays[4], f.Arrays[0]
		if !bytes.Equal(encode(t, f), want) {
			t.Fatal("bytes depend on the order of the arrays or of a map")
		}
	}
	f, err := Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, f), want) {
		t.Error("a loaded file is written differently")
	}
	f.Arrays[0].F32[0]++
	if bytes.Equal(encode(t, f), want) {
		t.Error("the bytes do not depend on the data")
	}
}

func TestSaveKeepsOldOnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m")
	if err := Save(path, example()); err != nil {
		t.Fatal(err)
	}
	bad := New("model")
	bad.Meta["schema"] = "\xff"
	if err := Save(path, bad); err == nil || !strings.Contains(err.Error(), `"schema" is not valid UTF-8`) {
		t.Errorf("error %v", err)
	}
	if _, err := Load(path); err != nil {
		t.Errorf("the old file is gone: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	long := New("model")
	long.Meta["schema"] = strings.Repeat("x", maxHeader)
	if err := Save(path, long); err == nil || !strings.Contains(err.Error(), "the format allows") {
		t.Errorf("a header that is too long: %v", err)
	}
	if err := Save(filepath.Join(dir, "no", "m"), example()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestEncodePanics(t *testing.T) {
	for name, f := range map[string]*File{
		"no kind":   {},
		"no name":   {Meta: New("m").Meta, Arrays: []Array{{Shape: []int{0}}}},
		"reserved":  {Meta: New("m").Meta, Arrays: []Array{{Name: "__metadata__", Shape: []int{0}}}},
		"twice":     {Meta: New("m").Meta, Arrays: []Array{{Name: "a", Shape: []int{0}}, {Name: "a", Shape: []int{0}}}},
		"too short": {Meta: New("m").Meta, Arrays: []Array{{Name: "a", Shape: []int{2}, F32: []float32{1}}}},
		"too long":  {Meta: New("m").Meta, Arrays: []Array{{Name: "a", Shape: []int{1}, F32: []float32{1, 2}}}},
		"both":      {Meta: New("m").Meta, Arrays: []Array{{Name: "a", Shape: []int{2}, F32: []float32{1}, F64: []float64{1}}}},
		"negative":  {Meta: New("m").Meta, Arrays: []Array{{Name: "a", Shape: []int{-1, -1}, F32: []float32{1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			Encode(new(bytes.Buffer), f)
		})
	}
}

func TestProvenance(t *testing.T) {
	want := Provenance{Version: "0.1.0", Seed: math.MaxUint64, Steps: 7, KernelPath: "avx2", Config: map[string]string{"sde": "vp", "batch": "256"}}
	f := New("model")
	if err := f.SetJSON(ProvenanceKey, want); err != nil {
		t.Fatal(err)
	}
	g, err := Decode(encode(t, f))
	if err != nil {
		t.Fatal(err)
	}
	var got Provenance
	if err := g.JSON(ProvenanceKey, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestMetadataErrors(t *testing.T) {
	f := New("model")
	f.Meta["unknown"] = `{"seed":1,"speed":2}`
	f.Meta["type"] = `{"seed":-1}`
	f.Meta["trailing"] = `{"seed":1}}`
	var p Provenance
	for key, want := range map[string]error{"none": ErrMissing, "unknown": ErrCorrupt, "type": ErrCorrupt, "trailing": ErrCorrupt} {
		if err := f.JSON(key, &p); !errors.Is(err, want) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v, want %v", key, err, want)
		}
	}
	if err := f.SetJSON("x", math.NaN()); err == nil {
		t.Error("SetJSON accepts NaN")
	}
}
