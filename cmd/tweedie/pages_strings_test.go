package main

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var pagePath = regexp.MustCompile(`\bdocs/[\w./-]*\w`)

// absentPages are the pages under root that the string literals of Go source name, and that
// are not there, and how many they name.
func absentPages(root string, src []byte) (absent []string, named int) {
	var s scanner.Scanner
	files := token.NewFileSet()
	s.Init(files.AddFile("", files.Base(), len(src)), src, nil, 0)
	for {
		_, kind, text := s.Scan()
		if kind == token.EOF {
			return absent, named
		}
		if kind != token.STRING {
			continue
		}
		for _, page := range pagePath.FindAllString(text, -1) {
			named++
			if _, err := os.Stat(filepath.Join(root, page)); err != nil {
				absent = append(absent, page)
			}
		}
	}
}

// Pages that help texts, messages and errors name are there.
func TestPagesThatStringsName(t *testing.T) {
	if absent, _ := absentPages("../..", []byte("package p\n// docs/comment.md\nvar s = `see docs/nowhere.md`\n")); len(absent) != 1 || absent[0] != "docs/nowhere.md" {
		t.Errorf("planted: %q", absent)
	}
	all := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		absent, named := absentPages("../..", src)
		all += named
		for _, page := range absent {
			t.Errorf("%s names %s, which is not there", path, page)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if all < 5 {
		t.Errorf("%d pages are named: the search finds too few", all)
	}
}
