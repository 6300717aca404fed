package checkpoints

import (
	"errors"
	"fmt"
)

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
