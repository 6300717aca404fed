package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// briefSettings are what makes the commands of the pages quick: values of flags that the
// pages leave at their defaults.
const briefSettings = `
train: {hidden: 8, layers: 1, batch: 32, steps: 30}
sample: {nfe: 8}
impute: {nfe: 4}
check: {replicas: 20, draws: 9, nfe: 4}
logprob: {tolerance: 0.1}
encode: {tolerance: 0.1}
decode: {tolerance: 0.1}
interpolate: {tolerance: 0.1}
quickstart: {steps: 20}
calibrate: {simulations: 40, draws: 9, densities: 9, nfe: 4}
colorize: {steps: 5, pictures: 2, draws: 2, nfe: 10}
`

// aside are the lines of a shell that pages show beside commands, and that the test need
// not run: what it tests is built already, or run by another test.
var aside = map[string]bool{
	"go build -o tweedie ./cmd/tweedie":          true,
	"go test ./...":                              true,
	"go run ./cmd/tweedie quickstart --out demo": true, // TestExamplesRun
}

// script is a block as the test runs it: by a shell that stops at the first error.
func script(text string) string {
	lines := []string{"set -e"}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if aside[strings.TrimSpace(line)] {
			continue
		}
		for _, name := range []string{"go run ./cmd/tweedie ", "./tweedie "} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				line = "tweedie " + rest
			}
		}
		line = strings.Replace(line, "infer --rounds 3", "infer --rounds 3 --steps 60", 1) // no setting for a file: only rounds take it
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// prepared puts the table of the tutorials into a folder in which the blocks of a page are run,
// and returns the environment that makes their commands quick.
func prepared(t *testing.T, dir string) (environ []string) {
	t.Helper()
	table, err := os.ReadFile("../../docs/tutorial/birds.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"birds.csv": string(table), "brief.yaml": briefSettings} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	environ = append(os.Environ(), "TWEEDIE_CONFIG="+filepath.Join(dir, "brief.yaml"))
	return environ
}

// Every block of the README, the tutorials and the how-tos does what it says, but for those
// that say why they cannot. Each page has a folder of its own, with birds.csv in it.
func TestPagesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	shell, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("the blocks are for a shell of Unix, and there is none")
	}
	_, noPython := exec.LookPath("python3")
	needsPython := false // a file of the page names a program in Python
	var page, dir string
	var environ []string
	ran, failed := 0, false
	var left []string
	for _, b := range allBlocks(t) {
		if b.page != page {
			page, dir, failed, needsPython = b.page, t.TempDir(), false, false
			environ = prepared(t, dir)
		}
		switch {
		case failed: // what follows needs it
		case b.notRun != "":
			left = append(left, b.page+", "+b.heading+": "+b.notRun)
		case b.kind == "sh" && noPython != nil && (needsPython || strings.Contains(b.text, "python3")):
			left = append(left, b.page+", "+b.heading+": there is no python3")
		case b.name != "":
			needsPython = needsPython || strings.Contains(b.text, "python3")
			if err := os.WriteFile(filepath.Join(dir, b.name), []byte(b.text), 0o666); err != nil {
				t.Fatal(err)
			}
		case b.kind == "sh":
			ran++
			c := exec.Command(shell, "-c", script(b.first+"\n"+b.text))
			c.Dir, c.Env = dir, environ
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s, line %d: %v\n%s%s", b.page, b.line, err, b.text, out)
				failed = true
			}
		}
	}
	if ran < 25 {
		t.Errorf("only %d blocks", ran)
	}
	t.Logf("%d blocks ran; %d are left out:\n%s", ran, len(left), strings.Join(left, "\n"))
	if len(left) > 12 {
		t.Errorf("%d blocks are left out: let more of them run", len(left))
	}
}

// Blocks of commands are marked as such: an indented command would not be run.
func TestPagesHaveNoOtherCommands(t *testing.T) {
	for _, page := range readerPages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "    tweedie ") || strings.HasPrefix(line, "    ./tweedie ") {
				t.Errorf("%s: put this into a block of sh: %s", page, strings.TrimSpace(line))
			}
		}
	}
}
