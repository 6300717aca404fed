package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tweedie/checkpoints"
	"tweedie/train/tabular"
)

// runArgs is a run of some hundred milliseconds that saves its state often.
func runArgs(dir, out, steps, every string) []string {
	return []string{
		"train", "--data", filepath.Join(dir, "t.csv"), "--condition", "k", "--hidden", "16", "--layers", "1", "--batch", "32",
		"--steps", steps, "--every", every, "--patience", "0", "--seed", "5",
		"--out", filepath.Join(dir, out), "--metrics", filepath.Join(dir, out+".jsonl"), "--quiet",
	}
}

func runTable(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte(tableText(300, "a", "n", "k")), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func tweedie(t *testing.T, ctx context.Context, args ...string) (code int, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs)
	if out.Len() > 0 {
		t.Errorf("stdout: %q", out.String())
	}
	return code, errs.String()
}

// sameFiles reports whether the files of two runs, models and metrics, hold the
// same bytes.
func sameFiles(t *testing.T, dir, a, b string) bool {
	t.Helper()
	same := true
	for _, suffix := range []string{"", ".jsonl"} {
		x, err := os.ReadFile(filepath.Join(dir, a+suffix))
		if err != nil {
			t.Fatal(err)
		}
		y, err := os.ReadFile(filepath.Join(dir, b+suffix))
		if err != nil {
			t.Fatal(err)
		}
		same = same && bytes.Equal(x, y)
	}
	return same
}

// leftovers names what a finished run should not have left.
func leftovers(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), ".state") {
			names = append(names, e.Name())
		}
	}
	return names
}

// An interrupted run says how to go on, and going on gives the bytes of a run
// that was not interrupted: of the model and of the metrics.
func TestInterruptedRunGoesOn(t *testing.T) {
	dir, background := runTable(t), context.Background()
	if code, errs := tweedie(t, background, runArgs(dir, "whole.st", "240", "20")...); code != 0 {
		t.Fatal(errs)
	}
	interrupt := func(args []string) (code int, errs string) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				if _, err := os.Stat(filepath.Join(dir, "m.st.state")); err == nil {
					cancel()
				}
				time.Sleep(time.Millisecond)
			}
		}()
		code, errs = tweedie(t, ctx, args...)
		cancel()
		<-done
		return code, errs
	}
	args := runArgs(dir, "m.st", "240", "20")
	code, errs := interrupt(args)
	if code != 130 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "of 240: go on with --resume; ") {
		t.Fatalf("interrupted: exit %d, %q", code, errs)
	}
	// There is no model yet, but that of the state.
	if _, err := os.Stat(filepath.Join(dir, "m.st")); err == nil {
		t.Error("an unfinished model has the name of a finished one")
	}
	if m, err := tabular.Load(filepath.Join(dir, "m.st.state")); err != nil {
		t.Error(err)
	} else if p := m.Provenance(); p.Steps%20 != 0 && p.Steps >= 240 {
		t.Errorf("the model of the state is as of step %d", p.Steps)
	}
	if code, errs := tweedie(t, background, args...); code != 2 || !strings.Contains(errs, "go on with --resume, or start anew with --force") {
		t.Errorf("started anew beside a state: exit %d, %q", code, errs)
	}
	// The state belongs to these settings and data.
	for _, other := range [][]string{{"--steps", "241"}, {"--batch", "33"}, {"--seed", "6"}, {"--hidden", "17"}} {
		code, errs := tweedie(t, background, append(append(args, "--resume"), other...)...)
		if code == 0 || strings.Count(errs, "\n") != 1 || !strings.Contains(strings.ToLower(errs), strings.TrimPrefix(other[0], "--")) {
			t.Errorf("resumed with %v: exit %d, %q", other, code, errs)
		}
	}
	if code, errs := tweedie(t, background, append(args, "--resume")...); code != 0 {
		t.Fatalf("resumed: exit %d, %q", code, errs)
	}
	if !sameFiles(t, dir, "whole.st", "m.st") {
		t.Error("the resumed run has other bytes than the whole")
	}
	if l := leftovers(t, dir); l != nil {
		t.Errorf("left over: %q", l)
	}
	if code, errs := tweedie(t, background, append(args, "--resume")...); code != 1 || !strings.Contains(errs, "no state to resume") {
		t.Errorf("resumed after its end: exit %d, %q", code, errs)
	}
	if code, errs := tweedie(t, background, append(args, "--force")...); code != 0 {
		t.Errorf("beside a finished model: exit %d, %q", code, errs)
	}
	// The comparison sees another seed.
	if code, errs := tweedie(t, background, append(runArgs(dir, "other.st", "240", "20"), "--seed", "6")...); code != 0 {
		t.Fatal(errs)
	}
	if sameFiles(t, dir, "whole.st", "other.st") {
		t.Error("the comparison does not see another seed")
	}
}

// A run that is killed at any moment leaves no model, and a state or none, and
// going on gives the bytes of a run that was left alone.
func TestKilledRunGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const steps, every = "800", "5"
	dir := runTable(t)
	out := filepath.Join(dir, "m.st")
	if code, errs := tweedie(t, context.Background(), runArgs(dir, "whole.st", steps, every)...); code != 0 {
		t.Fatal(errs)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	kills, resumed := 0, 0
	for finished := false; !finished; {
		args := runArgs(dir, "m.st", steps, every)
		if _, err := os.Stat(stateFile(out)); err == nil {
			args = append(args, "--resume")
			resumed++
		}
		cmd := exec.Command("tweedie", args...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if kills < 8 {
			time.AfterFunc(time.Duration(rng.IntN(200))*time.Millisecond, func() { cmd.Process.Kill() })
		}
		err := cmd.Wait()
		switch {
		case err == nil:
			finished = true
		case cmd.ProcessState.ExitCode() >= 0:
			t.Fatalf("%v: %s", err, errs.String())
		default:
			kills++
		}
		if _, err := os.Stat(out); err == nil != finished {
			t.Fatalf("after %d kills, finished %v: %v", kills, finished, err)
		}
		if _, err := os.Stat(stateFile(out)); err == nil {
			if _, err := checkpoints.Load(stateFile(out)); err != nil {
				t.Fatalf("after %d kills: %v", kills, err)
			}
		}
	}
	t.Logf("%d kills, resumed %d times", kills, resumed)
	if resumed < 2 {
		t.Errorf("killed %d times, resumed only %d times: make the run longer", kills, resumed)
	}
	if !sameFiles(t, dir, "whole.st", "m.st") {
		t.Error("the killed run has other bytes than the whole")
	}
	if l := leftovers(t, dir); l != nil {
		t.Errorf("left over: %q", l)
	}
}
