package calibration

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// folder writes a report, and names the files that are there.
func folder(t *testing.T, r *Report) (dir, files string) {
	t.Helper()
	dir = t.TempDir()
	if err := r.WriteFolder(dir, Page{}); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return dir, strings.Join(names, " ")
}

// The folder of a whole has all files, that of a part the numbers, and those are read as they
// were; the files of parts are joined.
func TestFolder(t *testing.T) {
	whole := ranked(0, 60)
	dir, files := folder(t, whole)
	if files != "calibration.json check.html coverage.png ranks.png" {
		t.Errorf("files %s", files)
	}
	if r, err := Read(filepath.Join(dir, NumbersFile)); err != nil || !reflect.DeepEqual(r, whole) {
		t.Errorf("read %+v, %v", r, err)
	}
	var paths []string
	for _, p := range []*Report{ranked(20, 60), ranked(0, 20), empty(60)} {
		dir, files := folder(t, p)
		if files != NumbersFile {
			t.Errorf("files %s of a part", files)
		}
		paths = append(paths, filepath.Join(dir, NumbersFile))
		if r, err := Read(paths[len(paths)-1]); err != nil || !reflect.DeepEqual(r, p) {
			t.Errorf("read %+v of a part, %v", r, err)
		}
	}
	if r, err := JoinFiles(paths); err != nil || !reflect.DeepEqual(r, whole) {
		t.Errorf("joined %+v, %v", r, err)
	}
	if _, err := JoinFiles(paths[:1]); err == nil {
		t.Error("joined without a part")
	}
}

func TestReadRefuses(t *testing.T) {
	dir, _ := folder(t, ranked(0, 60))
	path := filepath.Join(dir, NumbersFile)
	for want, write := range map[string]func() error{
		"no such file":       func() error { return os.Remove(path) },
		path + ": ":          func() error { return os.WriteFile(path, []byte("[1]"), 0o666) },
		path + " is damaged": func() error { return os.WriteFile(path, []byte(`{"columns": [], "replicas": 3}`), 0o666) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		if r, err := Read(path); err == nil || r != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("read %v, error %v, want %q", r, err, want)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
