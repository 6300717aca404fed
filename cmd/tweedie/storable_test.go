package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A table of which more is to be said than a model file holds is refused before
// it is trained on.
func TestTableTooLongForTheFile(t *testing.T) {
	dir := t.TempDir()
	table, out := filepath.Join(dir, "t.csv"), filepath.Join(dir, "m.st")
	for length, want := range map[int]string{
		1000:     "",
		34 << 20: "t.csv: checkpoint metadata has ",
	} {
		rows := strings.Repeat("1.5,2\n2.5,3\n", 20)
		if err := os.WriteFile(table, []byte("x,"+strings.Repeat("y", length)+"\n"+rows), 0o666); err != nil {
			t.Fatal(err)
		}
		code, errs := tweedie(t, context.Background(), "train", "--data", table, "--out", out, "--steps", "2", "--hidden", "4", "--layers", "1", "--batch", "8")
		steps := strings.Count(errs, "msg=train")
		if want == "" && (code != 0 || steps == 0) {
			t.Errorf("a name of %d bytes: exit code %d, %d reports", length, code, steps)
		}
		if want != "" && (code != 1 || steps > 0 || !strings.Contains(errs, want) || !strings.Contains(errs, "shorten names")) {
			t.Errorf("a name of %d bytes: exit code %d after %d reports: %.300s", length, code, steps, errs[max(0, len(errs)-300):])
		}
	}
}
