package datasets

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Metadata are read as they were written; what cannot be used is refused by its file.
func TestReadMetadata(t *testing.T) {
	dir := t.TempDir()
	table, path := filepath.Join(dir, "t.csv"), filepath.Join(dir, "m.json")
	var text strings.Builder
	text.WriteString("a,job <x>\n")
	for i := range 40 {
		text.WriteString([]string{"1.5,u\n", "2.25,v\n", ",u\n"}[i%3])
	}
	if err := os.WriteFile(table, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	src, err := OpenTable(table)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := m.WriteJSON(&b); err != nil || !strings.Contains(b.String(), "job <x>") {
		t.Fatalf("%s, %v", b.String(), err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadMetadata(path); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("%+v, %v, want %+v", got, err, m)
	}
	for edit, want := range map[[2]string]string{
		{`"version": 1`, `"version": 99`}:    "metadata of version 99",
		{b.String(), "[]"}:                   "describe --json",
		{`"min": 1.5`, `"min": 9`}:           "exchange the two",
		{`"name": "a"`, `"name": "job <x>"`}: path,
	} {
		if !strings.Contains(b.String(), edit[0]) {
			t.Fatalf("the file has no %s: %s", edit[0], b.String())
		}
		if err := os.WriteFile(path, []byte(strings.Replace(b.String(), edit[0], edit[1], 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadMetadata(path); err == nil || got != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, error %v, want %q", edit[1], got, err, want)
		}
	}
	if _, err := ReadMetadata(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
