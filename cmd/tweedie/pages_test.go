package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pageBlock is a fenced block of a page, with the comment right before it.
//
//	```sh                    commands, which are run
//	```yaml guide.yaml       a file of that name, which is written
//	```go                    Go, which is compiled
//
// A comment <!-- not run: WHY --> before a block says why it is left out, and
// <!-- first: COMMANDS --> what is run before it and not shown, or, before Go, what is
// declared there.
type pageBlock struct {
	page       string // from the root of the tree
	line       int
	kind, name string
	text       string
	first      string // of a comment
	notRun     string // of a comment
	heading    string // the last one before
}

// readerPages are the pages of the README, the tutorials and the how-tos, in the order in
// which their blocks are run.
func readerPages(t *testing.T) (pages []string) {
	t.Helper()
	for _, pattern := range []string{"README.md", "docs/tutorial/*.md", "docs/howto/*.md"} {
		list, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(list)
		pages = append(pages, list...)
	}
	return pages
}

var (
	fenceLine   = regexp.MustCompile("^```(\\w*) *(\\S*)\\s*$")
	pageComment = regexp.MustCompile(`(?s)<!--\s*(not run|first):\s*(.*?)\s*-->\s*$`)
)

// pageBlocks are the blocks of a page, in order.
func pageBlocks(page, text string) (blocks []pageBlock) {
	var open *pageBlock
	heading, before := "", "" // before is the text since the last block
	n := 0
	for line := range strings.Lines(text) {
		n++
		m := fenceLine.FindStringSubmatch(line)
		switch {
		case open != nil && m != nil:
			blocks = append(blocks, *open)
			open, before = nil, ""
		case open != nil:
			open.text += line
		case m != nil:
			open = &pageBlock{page: page, line: n, kind: m[1], name: m[2], heading: heading}
			for _, c := range comments(before) {
				if c[0] == "first" {
					open.first = c[1]
				} else {
					open.notRun = c[1]
				}
			}
		default:
			before += line
			if h, ok := strings.CutPrefix(line, "#"); ok {
				heading = strings.TrimSpace(strings.TrimLeft(h, "#"))
			}
		}
	}
	return blocks
}

// comments are those at the end of a text: kind and content.
func comments(text string) (list [][2]string) {
	for {
		i := strings.LastIndex(text, "<!--")
		if i < 0 {
			return list
		}
		m := pageComment.FindStringSubmatch(text[i:])
		if m == nil {
			return list
		}
		list = append(list, [2]string{m[1], m[2]})
		text = text[:i]
	}
}

// allBlocks are those of all pages that a reader starts from.
func allBlocks(t *testing.T) (blocks []pageBlock) {
	t.Helper()
	for _, page := range readerPages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel("../..", page)
		blocks = append(blocks, pageBlocks(filepath.ToSlash(name), string(text))...)
	}
	return blocks
}

// The reader of pages sees blocks, files and comments.
func TestPageBlocksByHand(t *testing.T) {
	page := "# One\n\n<!-- first: tweedie a\ntweedie b -->\n```sh\ntweedie c\n```\n" +
		"text <!-- not run: far -->\nmore\n\n```yaml g.yaml\nguide: x\n```\n## Two\n<!-- first: x --><!-- not run: why -->\n\n```sh\ny\n```\n"
	b := pageBlocks("p", page)
	if len(b) != 3 {
		t.Fatalf("%d blocks", len(b))
	}
	for i, want := range []pageBlock{
		{page: "p", line: 5, kind: "sh", text: "tweedie c\n", first: "tweedie a\ntweedie b", heading: "One"},
		{page: "p", line: 11, kind: "yaml", name: "g.yaml", text: "guide: x\n", heading: "One"},
		{page: "p", line: 17, kind: "sh", text: "y\n", first: "x", notRun: "why", heading: "Two"},
	} {
		if b[i] != want {
			t.Errorf("block %d: %+v, not %+v", i, b[i], want)
		}
	}
}
