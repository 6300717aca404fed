package inference

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tweedie/datasets/shard"
	"tweedie/guide/calibration"
)

// The folder of a whole has all files, that of a part the numbers, and those are read as they
// were; the files of parts are joined, and figures of either kind of report are drawn.
func TestFolder(t *testing.T) {
	p := rounded{newOracle(t, "line", right)}
	dir := t.TempDir()
	write := func(name string, r *Report) string {
		at := filepath.Join(dir, name)
		if err := os.Mkdir(at, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := r.WriteFolder(at, calibration.Page{Command: "once more"}); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(at, calibration.NumbersFile)
	}
	whole := part(t, p, shard.Part{}, 9)
	file := write("whole", whole)
	if r, err := Read(file); err != nil || !reflect.DeepEqual(r, whole) {
		t.Errorf("read %+v, %v", r, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "whole", PageFile))
	if err != nil || !strings.Contains(string(page), "once more") {
		t.Errorf("the page does not tell of its command, %v", err)
	}
	if list, _ := os.ReadDir(filepath.Join(dir, "whole")); len(list) != 4 {
		t.Errorf("files %v", list)
	}
	var paths []string
	for _, name := range []string{"2", "3", "1"} {
		paths = append(paths, write(name, part(t, p, shard.Part{Index: int(name[0] - '0'), Of: 3}, 9)))
		if list, _ := os.ReadDir(filepath.Join(dir, name)); len(list) != 1 {
			t.Errorf("files %v of a part", list)
		}
	}
	if r, err := JoinFiles(paths); err != nil || !reflect.DeepEqual(r, whole) {
		t.Errorf("joined %+v, %v", r, err)
	}

	guide := &calibration.Report{Columns: []calibration.Column{{Name: "x", Ranks: []int{0, 3, 9}}}, Replicas: 3, Draws: 9}
	if err := guide.WriteFolder(dir, calibration.Page{}); err != nil {
		t.Fatal(err)
	}
	for path, covers := range map[string]bool{file: true, filepath.Join(dir, calibration.NumbersFile): false} {
		if ranks, cover, err := ReadFigures(path); err != nil || ranks == nil || (cover != nil) != covers {
			t.Errorf("%s: %v, %v, %v", path, ranks, cover, err)
		}
	}
	for text, want := range map[string]string{
		"{}": "is no calibration.json", "x": "is no calibration.json", `{"parameters": [{"column": "a", "ranks": [1]}]}`: "is damaged",
	} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadFigures(file); err == nil || !strings.Contains(err.Error(), file+" "+want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}
