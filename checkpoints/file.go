package checkpoints

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"tweedie/internal/suggest"
)

// FormatVersion is what this version writes and the newest that it reads.
const FormatVersion = 1

// Metadata keys that every file has.
const (
	FormatKey   = "tweedie.format"
	KindKey     = "tweedie.kind"
	ChecksumKey = "tweedie.sha256"
)

// File is the content of a checkpoint.
type File struct {
	// Meta has the kind under KindKey and whatever its owner puts there. Save
	// sets FormatKey and ChecksumKey in the file; Load returns them.
	Meta   map[string]string
	Arrays []Array // by name in a loaded File

	path string // where it was loaded from, for messages
}

// Array is a named array in row-major order. Exactly one of F32 and F64 is
// used; an array without elements and with both nil is float32. The length is
// the product of Shape, 1 for an empty Shape (a scalar).
type Array struct {
	Name  string
	Shape []int
	F32   []float32
	F64   []float64
}

// New returns an empty File of that kind.
func New(kind string) *File {
	return &File{Meta: map[string]string{KindKey: kind}}
}

// Kind returns what the file is: "model", "training", "classifier", ….
func (f *File) Kind() string { return f.Meta[KindKey] }

// CheckKind errs with ErrKind unless the file is of one of the kinds.
func (f *File) CheckKind(kinds ...string) error {
	if slices.Contains(kinds, f.Kind()) {
		return nil
	}
	return f.fail(ErrKind, "is a %q checkpoint, want %s: give another file", f.Kind(), suggest.List(kinds, len(kinds)))
}

// Find returns the array of that name, or nil.
func (f *File) Find(name string) *Array {
	for i := range f.Arrays {
		if f.Arrays[i].Name == name {
			return &f.Arrays[i]
		}
	}
	return nil
}

// Array returns the array of that name and shape. It errs with ErrMissing or
// ErrShape, naming the array and what was found. A negative dimension in shape
// matches any; no shape means a scalar.
func (f *File) Array(name string, shape ...int) (*Array, error) {
	a := f.Find(name)
	if a == nil {
		names := make([]string, len(f.Arrays))
		for i := range f.Arrays {
			names[i] = f.Arrays[i].Name
		}
		return nil, f.fail(ErrMissing, "has no array %q, it has %s: the file is from another model or version", name, suggest.List(names, 5))
	}
	ok := len(shape) == len(a.Shape)
	for i := 0; ok && i < len(shape); i++ {
		ok = shape[i] < 0 || shape[i] == a.Shape[i]
	}
	if !ok {
		return nil, f.fail(ErrShape, "array %q has shape %v, want %v: the file is from another model or version", name, a.Shape, shape)
	}
	return a, nil
}

// Float32s returns the data of the array of that name and shape, as Array does;
// an array of float64 errs with ErrShape.
func (f *File) Float32s(name string, shape ...int) ([]float32, error) {
	a, err := f.Array(name, shape...)
	if err != nil {
		return nil, err
	}
	return a.F32, f.checkType(a, len(a.F64), "float64", "float32")
}

// Float64s is Float32s for float64.
func (f *File) Float64s(name string, shape ...int) ([]float64, error) {
	a, err := f.Array(name, shape...)
	if err != nil {
		return nil, err
	}
	return a.F64, f.checkType(a, len(a.F32), "float32", "float64")
}

// checkType errs if others, the number of elements of the type found, is not 0.
func (f *File) checkType(a *Array, others int, found, want string) error {
	if others == 0 {
		return nil
	}
	return f.fail(ErrShape, "array %q is of %s, want %s: the file is from another model or version", a.Name, found, want)
}

// SetJSON stores v as JSON under the metadata key.
func (f *File) SetJSON(key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("checkpoint metadata %q: %w", key, err)
	}
	if f.Meta == nil {
		f.Meta = map[string]string{}
	}
	f.Meta[key] = string(b)
	return nil
}

// JSON decodes the metadata under key into v. A missing key errs with
// ErrMissing, an unknown field or a wrong type with ErrCorrupt: a setting that
// is not understood must not be dropped in silence.
func (f *File) JSON(key string, v any) error {
	s, ok := f.Meta[key]
	if !ok {
		return f.fail(ErrMissing, "has no metadata %q: the file is from another model or version", key)
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(s)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return f.fail(ErrCorrupt, "metadata %q cannot be read: %v", key, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return f.fail(ErrCorrupt, "metadata %q has text after its JSON value", key)
	}
	return nil
}

// The ways in which a checkpoint can be wrong, for errors.Is. A file that does
// not exist gives fs.ErrNotExist.
var (
	ErrEmpty          = errors.New("empty file")
	ErrTruncated      = errors.New("truncated file")
	ErrCorrupt        = errors.New("corrupted file")
	ErrNotSafetensors = errors.New("not a safetensors file")
	ErrForeign        = errors.New("not a tweedie checkpoint")
	ErrNewer          = errors.New("written by a newer version")
	ErrKind           = errors.New("wrong kind of checkpoint")
	ErrMissing        = errors.New("missing from checkpoint")
	ErrShape          = errors.New("array of wrong shape")
)

type fileError struct {
	path string
	kind error
	text string
}

func (e *fileError) Error() string {
	if e.path == "" {
		return "checkpoint " + e.text
	}
	return fmt.Sprintf("%s: %s", e.path, e.text)
}

func (e *fileError) Unwrap() error { return e.kind }

func (f *File) fail(kind error, format string, args ...any) error {
	return &fileError{f.path, kind, fmt.Sprintf(format, args...)}
}

// ProvenanceKey is the metadata key of a Provenance.
const ProvenanceKey = "provenance"

// Provenance says how a file came to be, completely enough to make it again
// bit for bit on the same kernel path. It has no clock, so that doing so gives
// the same file.
type Provenance struct {
	Version    string            `json:"version"`               // of the program that wrote the file
	Seed       uint64            `json:"seed"`                  // of every random stream
	Steps      int               `json:"steps"`                 // of training that went into the numbers
	KernelPath string            `json:"kernel_path"`           // "avx512", "avx2", "neon", "go": sets the rounding
	Config     map[string]string `json:"config,omitempty"`      // resolved settings by flag name
	Data       string            `json:"data,omitempty"`        // name of the data as given
	DataSHA256 string            `json:"data_sha256,omitempty"` // hexadecimal digest of the data file
	Early      bool              `json:"early,omitempty"`       // training stopped early, by validation
}

// Unfinished returns after which step of how many training was left, or 0, 0 if it came
// to its end. Files of before Early do not tell a run that stopped early from one that
// was left.
func (p *Provenance) Unfinished() (step, of int) {
	if of, err := strconv.Atoi(p.Config["steps"]); err == nil && p.Steps < of && !p.Early {
		return p.Steps, of
	}
	return 0, 0
}
