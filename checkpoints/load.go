package checkpoints

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nlpodyssey/safetensors"
	"tweedie/internal/suggest"
)

// Load reads the checkpoint at path and verifies it. Every error names the
// path; the package's variables say which kinds there are.
func Load(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, explainOpen(path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a folder, want a checkpoint file", path)
	}
	f := &File{path: path}
	// Look at the start first: a large file that is something else is not read.
	head := make([]byte, 9)
	n, err := io.ReadFull(file, head)
	if err == nil && !plausible(head) {
		return nil, f.notSafetensors()
	}
	b := head[:n]
	if err == nil {
		var rest []byte
		rest, err = io.ReadAll(file)
		b = append(b, rest...)
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, explainOpen(path, err)
	}
	return f.decode(b)
}

func explainOpen(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &fileError{path, fs.ErrNotExist, "checkpoint does not exist: check the name"}
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: cannot read checkpoint: %w", path, err)
}

// Decode reads a checkpoint from the bytes of a file. It keeps no reference to b.
func Decode(b []byte) (*File, error) { return new(File).decode(b) }

func (f *File) decode(b []byte) (*File, error) {
	header, err := f.header(b)
	if err != nil {
		return nil, err
	}
	// The metadata go first: what is not ours, or newer, is judged by nothing else.
	f.Meta = maps.Clone(header.Metadata())
	if err := f.checkFormat(header); err != nil {
		return nil, err
	}
	st, err := safetensors.Deserialize(b)
	if err != nil {
		return nil, f.corrupt("inconsistent header: %v", err)
	}
	for _, t := range st.Tensors() {
		a := Array{Name: t.Name, Shape: make([]int, len(t.TensorView.Shape()))}
		dtype := t.TensorView.DType()
		if dtype != safetensors.F32 && dtype != safetensors.F64 {
			return nil, f.corrupt("array %q has type %v, want F32 or F64", a.Name, dtype)
		}
		for i, d := range t.TensorView.Shape() {
			if d > math.MaxInt {
				return nil, f.corrupt("array %q has a dimension of %d", a.Name, d)
			}
			a.Shape[i] = int(d)
		}
		a.setData(dtype, t.TensorView.Data())
		f.Arrays = append(f.Arrays, a)
	}
	slices.SortFunc(f.Arrays, func(a, b Array) int { return strings.Compare(a.Name, b.Name) })
	if got := checksum(f); got != f.Meta[ChecksumKey] {
		return nil, f.corrupt("its checksum is %.12q…, recorded is %.12q…", got, f.Meta[ChecksumKey])
	}
	if f.Kind() == "" {
		return nil, f.corrupt("it has no %s", KindKey)
	}
	return f, nil
}

// header parses the header alone, and checks the size of b.
func (f *File) header(b []byte) (*safetensors.Metadata, error) {
	if len(b) == 0 {
		return nil, f.fail(ErrEmpty, "checkpoint is empty (0 bytes): %s", restore)
	}
	if !plausible(b) {
		return nil, f.notSafetensors()
	}
	if want := 8 + headerLen(b); int64(len(b)) < want || len(b) < 8 {
		return nil, f.fail(ErrTruncated, "checkpoint is truncated: has %d bytes, its header alone needs %d: %s", len(b), max(want, 9), restore)
	}
	text := b[8 : 8+headerLen(b)]
	header := new(safetensors.Metadata)
	if err := json.Unmarshal(text, header); err != nil {
		if bytes.Contains(text, []byte(FormatKey)) {
			return nil, f.corrupt("its header cannot be read")
		}
		return nil, f.notSafetensors()
	}
	data := uint64(0)
	for _, t := range header.Tensors() {
		data = max(data, t.DataOffsets[1])
	}
	found := uint64(len(b) - 8 - len(text))
	switch {
	case found < data:
		return nil, f.fail(ErrTruncated, "checkpoint is truncated: has %d bytes, want %d: %s", len(b), uint64(8+len(text))+min(data, math.MaxInt64), restore)
	case found > data:
		return nil, f.corrupt("has %d bytes, want %d", len(b), uint64(8+len(text))+data)
	}
	return header, nil
}

const restore = "restore it from a copy or write it again"

func (f *File) checkFormat(header *safetensors.Metadata) error {
	format, ok := f.Meta[FormatKey]
	if !ok {
		names := slices.Sorted(maps.Keys(header.Tensors()))
		return f.fail(ErrForeign, "not a tweedie checkpoint, has arrays %s: give a file written by tweedie train", cmp.Or(suggest.List(names, 5), "none"))
	}
	version, err := strconv.Atoi(format)
	if err != nil || version < 1 {
		return f.corrupt("%s is %.20q", FormatKey, format)
	}
	if version > FormatVersion {
		return f.fail(ErrNewer, "written by a newer version (format %d, this one reads up to %d): upgrade tweedie", version, FormatVersion)
	}
	return nil
}

func (f *File) corrupt(format string, args ...any) error {
	return f.fail(ErrCorrupt, "checkpoint is corrupted: %s: %s", fmt.Sprintf(format, args...), restore)
}

func (f *File) notSafetensors() error {
	return f.fail(ErrNotSafetensors, "not a safetensors file: give a file written by tweedie train")
}

// plausible reports whether b starts as a safetensors file: a possible length, then a brace.
func plausible(b []byte) bool {
	if len(b) < 8 {
		return true // too short to tell
	}
	n := headerLen(b)
	return 2 <= n && n <= maxHeader && (len(b) == 8 || b[8] == '{')
}

// headerLen is the header's length by the first eight bytes, -1 when there are fewer.
func headerLen(b []byte) int64 {
	if len(b) < 8 {
		return -1
	}
	n := binary.LittleEndian.Uint64(b)
	if n > math.MaxInt32 {
		return math.MaxInt32
	}
	return int64(n)
}
