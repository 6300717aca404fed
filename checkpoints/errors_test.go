package checkpoints

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// raw builds a safetensors file from its header and data.
func raw(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func TestLoadErrors(t *testing.T) {
	good := encode(t, example())
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)-1] ^= 1
	kindless := &File{Meta: map[string]string{FormatKey: "1"}}
	const foreign = `{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`
	dir := t.TempDir()
	for name, c := range map[string]struct {
		content []byte // nil: no such file
		is      error
		parts   []string
	}{
		"absent":       {nil, fs.ErrNotExist, []string{"does not exist"}},
		"zero":         {[]byte{}, ErrEmpty, []string{"is empty", "0 bytes"}},
		"3 bytes":      {good[:3], ErrTruncated, []string{"has 3 bytes"}},
		"in header":    {good[:100], ErrTruncated, []string{"has 100 bytes", "header"}},
		"in data":      {good[:len(good)-5], ErrTruncated, []string{strconv.Itoa(len(good) - 5), strconv.Itoa(len(good))}},
		"last byte":    {good[:len(good)-1], ErrTruncated, []string{strconv.Itoa(len(good) - 1), strconv.Itoa(len(good))}},
		"checksum":     {raw(`{"__metadata__":{"tweedie.format":"1","tweedie.kind":"model","tweedie.sha256":"00"}}`, ""), ErrCorrupt, []string{"checksum"}},
		"flipped":      {flipped, ErrCorrupt, []string{"corrupted", "checksum"}},
		"longer":       {append(append([]byte(nil), good...), 0), ErrCorrupt, []string{strconv.Itoa(len(good) + 1), strconv.Itoa(len(good))}},
		"text":         {[]byte("a,b,c\n1,2,3\n4,5,6\n"), ErrNotSafetensors, []string{"not a safetensors file"}},
		"zeros":        {make([]byte, 100), ErrNotSafetensors, nil},
		"braces":       {raw(`{"x":[1,2]}`, ""), ErrNotSafetensors, nil},
		"foreign":      {raw(foreign, "12345678"), ErrForeign, []string{"not a tweedie checkpoint, has arrays", `"x"`}},
		"no arrays":    {raw(`{}`, ""), ErrForeign, []string{"arrays none"}},
		"newer":        {raw(`{"__metadata__":{"tweedie.format":"3"}}`, ""), ErrNewer, []string{"format 3", "up to 1", "upgrade"}},
		"format":       {raw(`{"__metadata__":{"tweedie.format":"one"}}`, ""), ErrCorrupt, []string{`"one"`}},
		"bad header":   {raw(`{"__metadata__":{"tweedie.format":"1"},}`, ""), ErrCorrupt, []string{"header"}},
		"no kind":      {raw(fmt.Sprintf(`{"__metadata__":{"tweedie.format":"1","tweedie.sha256":%q}}`, checksum(kindless)), ""), ErrCorrupt, []string{"has no tweedie.kind"}},
		"version 0":    {raw(`{"__metadata__":{"tweedie.format":"0"}}`, ""), ErrCorrupt, []string{`"0"`}},
		"claimed more": {append(binary.LittleEndian.AppendUint64(nil, maxHeader+1), '{'), ErrNotSafetensors, nil},
		"claimed":      {append(binary.LittleEndian.AppendUint64(nil, maxHeader), '{'), ErrTruncated, []string{"has 9 bytes"}},
		"short":        {append(binary.LittleEndian.AppendUint64(nil, 1), '{'), ErrNotSafetensors, nil},
		"8 bytes":      {good[:8], ErrTruncated, []string{"has 8 bytes"}},
		"more data":    {raw(`{"__metadata__":{"tweedie.format":"1"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "12345"), ErrCorrupt, []string{"has ", "want "}},
		"type": {raw(`{"__metadata__":{"tweedie.format":"1"},"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, "12345678"),
			ErrCorrupt, []string{`"x"`, "I64"}},
		"huge": {raw(`{"__metadata__":{"tweedie.format":"1"},"x":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,18446744073709551615]}}`, ""),
			ErrTruncated, nil},
		"dimension": {raw(`{"__metadata__":{"tweedie.format":"1"},"x":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}`, ""),
			ErrCorrupt, []string{"dimension"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if c.content != nil {
				if err := os.WriteFile(path, c.content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f, err := Load(path)
			if f != nil {
				t.Error("a file comes with the error")
			}
			checkError(t, err, c.is, append(c.parts, path)...)
			if c.content != nil {
				if _, err := Decode(c.content); !errors.Is(err, c.is) {
					t.Errorf("Decode: %v", err)
				}
			}
		})
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("folder: %v", err)
	}
}

func TestLookupErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	if err := Save(path, example()); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CheckKind("training", "model"); err != nil {
		t.Error(err)
	}
	checkError(t, f.CheckKind("classifier", "training"), ErrKind, path, `"model"`, `want "classifier", "training"`)
	_, err = f.Array("nope", 3)
	checkError(t, err, ErrMissing, path, `"nope"`, `"scalar"`)
	_, err = f.Array("w", 3, 2)
	checkError(t, err, ErrShape, path, `"w"`, "[2 3]", "[3 2]")
	for _, shape := range [][]int{{1, 3}, {0, 3}, {2, 2}, {-1, 2}, {3, -1}, {2}, {2, 3, 1}, {}} {
		_, err = f.Array("w", shape...)
		checkError(t, err, ErrShape, fmt.Sprint(shape))
	}
	_, err = f.Array("w", 6)
	checkError(t, err, ErrShape, "[6]")
	_, err = f.Float64s("w", 2, 3)
	checkError(t, err, ErrShape, path, "float32, want float64")
	_, err = f.Float32s("scalar")
	checkError(t, err, ErrShape, "float64, want float32")
	if f.Find("nope") != nil || f.Find("w") != &f.Arrays[4] {
		t.Error("Find")
	}
	if v, err := f.Float32s("empty", 0, 4); err != nil || len(v) != 0 {
		t.Errorf("empty: %v, %v", v, err)
	}
	if a, err := f.Array("w", 2, -1); err != nil || a.F32[1] != -2 {
		t.Errorf("any second dimension: %v, %v", a, err)
	}
	if v, err := f.Float64s("scalar"); err != nil || v[0] != 0.1 {
		t.Errorf("scalar: %v, %v", v, err)
	}
}

func checkError(t *testing.T, err, is error, parts ...string) {
	t.Helper()
	if !errors.Is(err, is) {
		t.Fatalf("%v: is not %v", err, is)
	}
	for _, other := range []error{fs.ErrNotExist, ErrEmpty, ErrTruncated, ErrCorrupt, ErrNotSafetensors, ErrForeign, ErrNewer, ErrKind, ErrMissing, ErrShape} {
		if other != is && errors.Is(err, other) {
			t.Errorf("%v: is also %v", err, other)
		}
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%v: does not mention %q", err, p)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q has more than one line", err)
	}
}
