package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What a function writes is there, and where it errs what was there before.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	full := errors.New("no more")
	for _, c := range []struct {
		text, want string
		err        error
	}{{"one", "one", nil}, {"tw", "one", full}, {"three", "three", nil}} {
		err := Write(path, func(w io.Writer) error {
			if _, err := io.WriteString(w, c.text); err != nil {
				return err
			}
			return c.err
		})
		if b, e := os.ReadFile(path); !errors.Is(err, c.err) || e != nil || string(b) != c.want {
			t.Errorf("%s: error %v, file %q, %v", c.text, err, b, e)
		}
	}
	if err := Write(filepath.Join(path, "in-a-file"), func(io.Writer) error { t.Error("called"); return nil }); err == nil {
		t.Error("written into a file")
	}
}
