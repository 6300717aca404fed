package datasets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadNumbers(t *testing.T) {
	read := func(text string) (string, error) {
		path := filepath.Join(t.TempDir(), "n.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		src, err := OpenTable(path)
		if err != nil {
			return "", err
		}
		columns, rows, err := ReadNumbers(src)
		if err != nil {
			return "", err
		}
		if rows.At(1, 1) != -2.5e-3 || rows.At(0, 0) != 1 {
			t.Errorf("rows %v", rows)
		}
		return strings.Join(columns, "|"), nil
	}
	if got, err := read("a,b\n1,2\n3, -2.5e-3\n"); err != nil || got != "a|b" {
		t.Errorf("%q, %v", got, err)
	}
	for text, want := range map[string]string{
		"a,b\n1,x\n":     `row 1, column "b": "x" is not a finite number; give a number`,
		"a,b\n1,2\n,3\n": `row 2, column "a": the cell is empty`,
		"a,b\n1,NaN\n":   `"NaN" is not a finite number`,
		"a,b\n1,1e999\n": "is not a finite number",
		"a,b\n":          "a header without rows",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
