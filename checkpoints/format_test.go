package checkpoints

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// stored is an array as a file has it.
type stored struct {
	name, dtype string
	shape       []int
	data        []byte
}

// digest is the checksum as its comment defines it, of arrays in order of their names.
func digest(meta map[string]string, keys []string, arrays ...stored) string {
	h := sha256.New()
	put := func(b []byte) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	for _, k := range keys {
		put([]byte(k))
		put([]byte(meta[k]))
	}
	for _, a := range arrays {
		put([]byte(a.name))
		put([]byte(a.dtype))
		var shape []byte
		for _, n := range a.shape {
			shape = binary.LittleEndian.AppendUint64(shape, uint64(n))
		}
		put(shape)
		put(a.data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// file is a safetensors file by hand, the arrays in the order given.
func file(meta map[string]string, arrays ...stored) []byte {
	head := map[string]any{"__metadata__": meta}
	var data []byte
	for _, a := range arrays {
		head[a.name] = map[string]any{"dtype": a.dtype, "shape": a.shape, "data_offsets": []int{len(data), len(data) + len(a.data)}}
		data = append(data, a.data...)
	}
	text, err := json.Marshal(head)
	if err != nil {
		panic(err)
	}
	return raw(string(text), string(data))
}

func floats(v any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(err)
	}
	return b
}

// A file that another program writes by the description of the format is read, whatever
// the order of its arrays, and what is written by this one is what that program expects.
func TestFilesOfAnotherProgram(t *testing.T) {
	w := stored{"w", "F32", []int{2, 3}, floats([]float32{1, 2, 3, 4, 5, 6})}
	a := stored{"a", "F64", []int{2}, floats([]float64{0.1, -7})}
	meta := map[string]string{"tweedie.format": "1", "tweedie.kind": "model", "model": "{}"}
	keys := []string{"model", "tweedie.format", "tweedie.kind"}
	sum := digest(meta, keys, a, w)
	meta["tweedie.sha256"] = sum
	for _, order := range [][]stored{{w, a}, {a, w}} {
		f, err := Decode(file(meta, order...))
		if err != nil {
			t.Fatal(err)
		}
		if f.Arrays[0].Name != "a" || f.Arrays[1].Name != "w" || f.Kind() != "model" {
			t.Errorf("arrays %v", f.Arrays)
		}
		if v, err := f.Float32s("w", 2, 3); err != nil || !slices.Equal(v, []float32{1, 2, 3, 4, 5, 6}) {
			t.Errorf("w is %v (%v)", v, err)
		}
		if v, err := f.Float64s("a", 2); err != nil || !slices.Equal(v, []float64{0.1, -7}) {
			t.Errorf("a is %v (%v)", v, err)
		}
	}
	f := New("model")
	f.Meta["model"] = "{}"
	f.Arrays = []Array{{Name: "w", Shape: []int{2, 3}, F32: []float32{1, 2, 3, 4, 5, 6}}, {Name: "a", Shape: []int{2}, F64: []float64{0.1, -7}}}
	got, err := Decode(encode(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if got.Meta["tweedie.sha256"] != sum || got.Meta["tweedie.format"] != "1" {
		t.Errorf("written with %v, want the checksum %s", got.Meta, sum)
	}
	// What the checksum covers: any of it, changed, is seen.
	for what, other := range map[string][]byte{
		"metadata": file(map[string]string{"tweedie.format": "1", "tweedie.kind": "model", "model": "[]", "tweedie.sha256": sum}, a, w),
		"kind":     file(map[string]string{"tweedie.format": "1", "tweedie.kind": "training", "model": "{}", "tweedie.sha256": sum}, a, w),
		"a key":    file(map[string]string{"tweedie.format": "1", "tweedie.kind": "model", "mode": "{}", "tweedie.sha256": sum}, a, w),
		"shape":    file(meta, a, stored{"w", "F32", []int{3, 2}, w.data}),
		"name":     file(meta, a, stored{"v", "F32", []int{2, 3}, w.data}),
		"type":     file(meta, stored{"a", "F32", []int{4}, a.data}, w),
		"an array": file(meta, w),
		"no sum":   file(map[string]string{"tweedie.format": "1", "tweedie.kind": "model", "model": "{}"}, a, w),
	} {
		if _, err := Decode(other); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestFilesThatAreNoCheckpoints(t *testing.T) {
	signed := func(format, kind string) []byte {
		meta, keys := map[string]string{"tweedie.format": format}, []string{"tweedie.format"}
		if kind != "" {
			meta["tweedie.kind"], keys = kind, append(keys, "tweedie.kind")
		}
		meta["tweedie.sha256"] = digest(meta, keys)
		return file(meta)
	}
	for what, c := range map[string]struct {
		b  []byte
		is error
	}{
		"no kind":    {signed("1", ""), ErrCorrupt},
		"format 0":   {signed("0", "model"), ErrCorrupt},
		"format 2":   {signed("2", "model"), ErrNewer},
		"no brace":   {raw(" {}", ""), ErrNotSafetensors},
		"long head":  {append(binary.LittleEndian.AppendUint64(nil, maxHeader+1), '{'), ErrNotSafetensors},
		"short head": {append(binary.LittleEndian.AppendUint64(nil, 1), "{}"...), ErrNotSafetensors},
	} {
		if _, err := Decode(c.b); !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want %v", what, err, c.is)
		}
	}
	if _, err := Decode(signed("1", "model")); err != nil {
		t.Error(err)
	}
	whole := encode(t, example())
	for cut := range 9 { // not one byte may be missing
		if _, err := Decode(whole[:len(whole)-cut]); cut > 0 && !errors.Is(err, ErrTruncated) || cut == 0 && err != nil {
			t.Errorf("without %d bytes: %v", cut, err)
		}
	}
	if _, err := Decode(append(bytes.Clone(whole), 0)); !errors.Is(err, ErrCorrupt) {
		t.Error("a byte too many is accepted")
	}
}

// Every dimension of an array counts, and how many there are.
func TestShapesAreCompared(t *testing.T) {
	f := example()
	for _, shape := range [][]int{{3, 3}, {2, 2}, {2}, {2, 3, 1}, {}, {6}, {3, 2}, {-1, 2}, {3, -1}} {
		if _, err := f.Array("w", shape...); !errors.Is(err, ErrShape) {
			t.Errorf("shape %v: %v", shape, err)
		}
	}
	for _, shape := range [][]int{{2, 3}, {-1, 3}, {2, -1}, {-1, -1}} {
		if _, err := f.Array("w", shape...); err != nil {
			t.Errorf("shape %v: %v", shape, err)
		}
	}
	if _, err := f.Float64s("w", 2, 3); !errors.Is(err, ErrShape) {
		t.Error("float32 as float64")
	}
	if _, err := f.Float32s("b/β", 3); !errors.Is(err, ErrShape) {
		t.Error("float64 as float32")
	}
}

// A header of many arrays is written, up to a bound.
func TestLongHeader(t *testing.T) {
	f := New("model")
	for i := range 2000 {
		f.Arrays = append(f.Arrays, Array{Name: fmt.Sprint("layer", i), Shape: []int{1}, F32: []float32{float32(i)}})
	}
	got, err := Decode(encode(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := got.Float32s("layer1234", 1); err != nil || v[0] != 1234 {
		t.Errorf("%v (%v)", v, err)
	}
}
