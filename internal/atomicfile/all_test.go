package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// All files are there, or none: a failure of the last leaves no new one, and no old one changed.
func TestCommitAll(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(dir string, files []*File)
		ok    bool
	}{
		{"whole", func(string, []*File) {}, true},
		{"one is aborted", func(_ string, f []*File) { f[2].Abort() }, false},
		{"a write has failed", func(_ string, f []*File) { f[1].file.Close() }, false},
		{"the last cannot be moved", func(dir string, f []*File) {
			if err := os.MkdirAll(filepath.Join(dir, "c", "in the way"), 0o777); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		dir := t.TempDir()
		var files []*File
		for _, name := range []string{"a", "b", "c"} {
			f, err := Create(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Abort()
			f.WriteString("content of " + name)
			files = append(files, f)
		}
		c.spoil(dir, files)
		err := CommitAll(files...)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, name := range []string{"a", "b"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if (err == nil) != c.ok || c.ok && string(b) != "content of "+name {
				t.Errorf("%s: %s has %q, %v", c.name, name, b, err)
			}
		}
		left, _ := filepath.Glob(filepath.Join(dir, ".*.tmp"))
		if len(left) > 0 {
			t.Errorf("%s: %s are left", c.name, strings.Join(left, ", "))
		}
	}
	// A file that is replaced is not removed.
	dir := t.TempDir()
	old := filepath.Join(dir, "a")
	if err := os.WriteFile(old, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := Create(old)
	if err != nil {
		t.Fatal(err)
	}
	if f.fresh {
		t.Error("a file that replaces one is fresh")
	}
	f.Abort()
}
