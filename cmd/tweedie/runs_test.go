package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tweedie/internal/atomicfile"
)

// duringRun runs a command and calls meanwhile, once, when the file is there.
func duringRun(t *testing.T, args []string, file string, meanwhile func(stop context.CancelFunc)) (code int, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, err := os.Stat(file); err == nil {
				meanwhile(cancel)
				return
			}
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs)
	close(ended)
	<-done
	return code, errs.String()
}

// A second run to the same model is refused while the first is there, whose model and
// state it leaves alone; a finished model stays until the new one is finished.
func TestTwoRunsToOneModel(t *testing.T) {
	dir := runTable(t)
	out := filepath.Join(dir, "m.st")
	if code, errs := tweedie(t, context.Background(), runArgs(dir, "m.st", "5", "5")...); code != 0 {
		t.Fatal(errs)
	}
	finished, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	asked := false
	code, errs := duringRun(t, runArgs(dir, "m.st", "100000", "20"), stateFile(out), func(stop context.CancelFunc) {
		defer stop()
		asked = true
		for _, more := range []string{"--force", "--resume"} {
			var stderr bytes.Buffer
			code := run(context.Background(), append(runArgs(dir, "m.st", "5", "5"), more), &stderr, &stderr)
			if code != 1 || !strings.Contains(stderr.String(), "m.st: another run is training it") {
				t.Errorf("second run, %s: exit %d, %q", more, code, stderr.String())
			}
		}
	})
	if !asked || code != 130 {
		t.Fatalf("first run: exit %d, %q", code, errs)
	}
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(b, finished) {
		t.Errorf("the finished model has changed: %v", err)
	}
	if l, err := atomicfile.Acquire(out); err != nil {
		t.Errorf("after the run: %v", err)
	} else {
		l.Release()
	}
}

// An interrupted quickstart keeps nothing and says so.
func TestInterruptedQuickstart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	lock := filepath.Join(dir, ".model.safetensors.lock")
	code, errs := duringRun(t, []string{"quickstart", "--out", dir, "--steps", "100000", "--quiet"}, lock, func(stop context.CancelFunc) {
		time.Sleep(50 * time.Millisecond)
		stop()
	})
	if code != 130 || !strings.Contains(errs, "interrupted") || strings.Contains(errs, "resume") {
		t.Errorf("exit %d, %q", code, errs)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// The model of an unfinished run, under the name of a finished one as earlier versions
// left it, is used with a warning.
func TestUnfinishedModelOfBefore(t *testing.T) {
	code, errs := tweedie(t, context.Background(), "sample", "--model", before+"run.safetensors", "--rows", "2", "--out", filepath.Join(t.TempDir(), "r.csv"), "--quiet")
	if code != 0 || !strings.Contains(errs, "is as of step 900 of 2000: its training is not finished") {
		t.Errorf("exit %d, %q", code, errs)
	}
	code, errs = tweedie(t, context.Background(), "sample", "--model", before+"table.safetensors", "--rows", "2", "--out", filepath.Join(t.TempDir(), "r.csv"), "--quiet")
	if code != 0 || errs != "" {
		t.Errorf("a finished model: exit %d, %q", code, errs)
	}
}

const before = "../../checkpoints/testdata/before/"

// An interrupted command has the exit code of a signal, and writes nothing.
func TestInterruptedExit(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	out, model, data := filepath.Join(dir, "out"), before+"table.safetensors", before+"houses.csv"
	for _, args := range [][]string{
		{"train", "--data", data, "--out", filepath.Join(t.TempDir(), "m.st")},
		{"sample", "--model", model, "--out", out},
		{"sample", "--model", model, "--where", "rooms > 3", "--out", out},
		{"impute", "--model", model, "--in", data, "--out", out},
		{"evaluate", "--real", data, "--synthetic", data, "--json", out},
	} {
		if code, errs := tweedie(t, ctx, append(args, "--quiet")...); code != 130 || !strings.Contains(errs, "interrupted") {
			t.Errorf("%s: exit %d, %q", args[0], code, errs)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// What goes to a terminal is one line of a sane length without control characters.
func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"a\n\tb":                     "a b",
		"\x1b]0;owned\x07 x\x9b\x00": `\x1b]0;owned\a x` + "\uFFFD" + `\x00`,
		"right\u202eleft é 🎉":        `right\u202eleft é 🎉`,
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	long := "file.csv: " + strings.Repeat("\x1bé", 1e6) + ": do that"
	got := oneLine(long)
	if len(got) > maxLine || !strings.HasPrefix(got, "file.csv: ") || !strings.HasSuffix(got, ": do that") || strings.ContainsRune(got, '\x1b') {
		t.Errorf("a long line becomes %d bytes: %.50q … ", len(got), got)
	}
}

// FuzzConfig: a config file is refused in a line, or gives values of known flags.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{"steps: 5\nhidden: 0x10\n", "condition: [a, b]\ndata: 'x y'\n", "steps: {a: 1}", "lr: .nan", "steps: !!binary x", "- a", "steps:", "? [a]\n: b"} {
		f.Add([]byte(seed))
	}
	c := child((&app{}).root(), "train")
	f.Fuzz(func(t *testing.T, b []byte) {
		values, err := parseConfig("c.yaml", b, c)
		if err != nil && (oneLine(err.Error()) == "" || !strings.HasPrefix(err.Error(), "c.yaml: ")) {
			t.Errorf("error %q", err)
		}
		for name := range values {
			if c.Flags().Lookup(name) == nil && c.InheritedFlags().Lookup(name) == nil {
				t.Errorf("a value of %q", name)
			}
		}
	})
}
