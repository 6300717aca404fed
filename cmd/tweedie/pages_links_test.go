package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	pageLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingLine = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
	fencedText  = regexp.MustCompile("(?ms)^```.*?^```")
)

// anchor is the name by which a heading can be linked: lower case, blanks as hyphens, and
// neither marks nor the syntax of links.
func anchor(heading string) string {
	heading = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(heading, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(heading))
}

// Links to a heading lead to one. That their files are there is what the gate of documents
// sees.
func TestLinksToHeadings(t *testing.T) {
	if got := anchor("Many modes, m = 1: what was tried"); got != "many-modes-m--1-what-was-tried" {
		t.Error(got)
	}
	anchors := map[string]map[string]bool{}
	text := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		b, err := os.ReadFile(path)
		page := fencedText.ReplaceAllString(string(b), "")
		text[path], anchors[path] = page, map[string]bool{}
		for _, m := range headingLine.FindAllStringSubmatch(page, -1) {
			anchors[path][anchor(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for path, page := range text {
		for _, m := range pageLink.FindAllStringSubmatch(page, -1) {
			file, name, ok := strings.Cut(m[1], "#")
			if !ok || strings.Contains(m[1], "://") {
				continue
			}
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if known, ok := anchors[target]; ok && !known[name] {
				t.Errorf("%s: no heading for %s", path, m[1])
			}
			seen++
		}
	}
	if seen < 20 {
		t.Errorf("only %d links to headings", seen)
	}
}
