package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

// shown returns what a run of ten steps writes to stderr, with a warning half
// way and an error at the end.
func shown(t *testing.T, a *app) string {
	t.Helper()
	var b bytes.Buffer
	a.stderr, a.logFormat = &b, "text"
	if err := a.openLog(); err != nil {
		t.Fatal(err)
	}
	p := a.progress("train", 10)
	for i := range 10 {
		p.next = time.Time{} // as if ten seconds had passed
		p.set(i+1, "loss 0.5")
		if i == 4 {
			time.Sleep(drawEvery)
			p.set(6, "loss 0.4")
			a.log.Warn("beware")
		}
	}
	p.finish()
	a.complain(badUsage("enough"))
	return b.String()
}

// screen plays carriage returns: what is left of each line.
func screen(s string) (lines []string) {
	for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		var cells []rune
		for _, part := range strings.Split(line, "\r") {
			for i, r := range []rune(part) {
				if i == len(cells) {
					cells = append(cells, r)
				}
				cells[i] = r
			}
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return lines
}

func TestProgressOnATerminal(t *testing.T) {
	s := shown(t, &app{terminal: true})
	if !regexp.MustCompile(`train  loss 0\.4  *60% \|█+ *\|  \[\d+s:\d+s\]`).MatchString(s) {
		t.Errorf("no bar with the time left: %q", s)
	}
	lines := screen(s)
	want := []string{`^level=WARN msg=beware$`, `^level=INFO msg=train done=10 of=10 took=\d\.\ds at="loss 0\.5"$`, `^tweedie: enough$`}
	if len(lines) != len(want) {
		t.Fatalf("the screen shows %q", lines)
	}
	for i, w := range want {
		if !regexp.MustCompile(w).MatchString(lines[i]) {
			t.Errorf("line %d is %q, want %s", i, lines[i], w)
		}
	}
}

func TestProgressElsewhere(t *testing.T) {
	s := shown(t, &app{})
	if strings.ContainsAny(s, "\r█") {
		t.Errorf("a bar where there is no terminal: %q", s)
	}
	if !regexp.MustCompile(`(?m)^level=INFO msg=train done=3 of=10 eta=\d+s at="loss 0\.5"$`).MatchString(s) {
		t.Errorf("no line with the time left: %q", s)
	}
}

func TestQuietProgress(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		if s := shown(t, &app{terminal: terminal, quiet: true}); s != "level=WARN msg=beware\ntweedie: enough\n" {
			t.Errorf("terminal %v: %q", terminal, s)
		}
	}
}
