package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var glossaryRow = regexp.MustCompile(`(?m)^\| (.+?) \| .+ \|$`)

// The glossary is a page at most, is found from the README, and has the words that messages
// and reports take for granted.
func TestGlossary(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(page), "\n"); n > 62 {
		t.Errorf("%d lines are more than a page", n)
	}
	var words []string
	for _, m := range glossaryRow.FindAllStringSubmatch(string(page), -1) {
		words = append(words, strings.Split(m[1], ", ")...)
	}
	for _, word := range []string{
		"calibration", "caveat", "condition", "contraction", "coverage", "credible interval", "detection", "ESS", "evidence",
		"extrapolation", "guide", "held out", "highest density", "level", "log score", "MAP", "nats", "particles", "posterior",
		"prior", "rank", "sampler", "seed", "shard", "simulator", "TARP", "W1",
	} {
		if !slices.Contains(words, word) {
			t.Errorf("the glossary has no %q", word)
		}
	}
	for path, link := range map[string]string{"../../README.md": "(docs/reference/glossary.md)", "../../docs/README.md": "(reference/glossary.md)"} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), link) {
			t.Errorf("%s has no link to the glossary: %v", path, err)
		}
	}
}
