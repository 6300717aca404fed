package checkpoints

import (
	"fmt"
	"io"
	"maps"
	"strconv"
	"unicode/utf8"

	"github.com/nlpodyssey/safetensors"
	"tweedie/internal/atomicfile"
)

// maxHeader bounds the JSON header, in bytes.
const maxHeader = 32 << 20

// Save writes f to path, atomically: on an error the old file, if any, is
// untouched. Equal Files give equal bytes. It panics as Encode does.
func Save(path string, f *File) error {
	out, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	if err := Encode(out, f); err != nil {
		return err
	}
	return out.Commit()
}

// Encode writes f to w. It panics when f has no kind, an array has no name or
// one used twice, or its data do not fill its shape; it errs when w does, or
// when the text of f is not valid UTF-8.
func Encode(w io.Writer, f *File) error {
	if err := validate(f); err != nil {
		return err
	}
	g := &File{Meta: maps.Clone(f.Meta), Arrays: f.Arrays}
	g.Meta[FormatKey] = strconv.Itoa(FormatVersion)
	g.Meta[ChecksumKey] = checksum(g)

	views := make(map[string]view, len(g.Arrays))
	for _, v := range sortedViews(g) {
		views[v.Name] = v
	}
	return safetensors.SerializeToWriter(views, g.Meta, &limitHeader{w: w})
}

func validate(f *File) error {
	if f.Kind() == "" {
		panic("checkpoints: file has no kind")
	}
	for key, value := range f.Meta {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return fmt.Errorf("checkpoint metadata %q is not valid UTF-8: convert the names and labels of the data to UTF-8", key)
		}
	}
	seen := make(map[string]bool, len(f.Arrays))
	for i := range f.Arrays {
		a := &f.Arrays[i]
		switch {
		case a.Name == "" || a.Name == "__metadata__":
			panic("checkpoints: array has no name or a reserved one")
		case seen[a.Name]:
			panic("checkpoints: two arrays have one name")
		case len(a.F32) > 0 && len(a.F64) > 0:
			panic("checkpoints: array has both float32 and float64 data")
		case len(a.F32)+len(a.F64) != a.size():
			panic("checkpoints: data do not fill the array's shape")
		case !utf8.ValidString(a.Name):
			return fmt.Errorf("checkpoint array name %q is not valid UTF-8", a.Name)
		}
		seen[a.Name] = true
	}
	return nil
}

// size is the product of the shape, 1 for a scalar.
func (a *Array) size() int {
	n := 1
	for _, d := range a.Shape {
		if d < 0 {
			panic("checkpoints: negative dimension")
		}
		n *= d
	}
	return n
}

// limitHeader refuses, at the first write, a header that Load would refuse.
type limitHeader struct {
	w     io.Writer
	begun bool
}

func (l *limitHeader) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		if n := headerLen(p); n > maxHeader {
			return 0, fmt.Errorf("checkpoint metadata has %d bytes, the format allows %d", n, maxHeader)
		}
	}
	return l.w.Write(p)
}
