package process

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A batch ends when the program does; its status counts, and so does its silence.
func TestBatch(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	run := func(script string) (lines []string, err error) {
		err = Batch(t.Context(), []string{"sh", "-c", script}, []string{"WHO=me"}, rows(3000), 300*time.Millisecond, func(text []byte) error {
			lines = append(lines, string(text))
			return nil
		})
		return lines, err
	}
	if got, err := run(`cat; echo $WHO`); err != nil || len(got) != 3001 || got[2] != "2,4" || got[3000] != "me" {
		t.Errorf("%d lines, %v", len(got), err)
	}
	if got, err := run(`echo 1`); err != nil || len(got) != 1 { // the input need not be read
		t.Errorf("%v, %v", got, err)
	}
	for script, want := range map[string]string{
		`echo 1; echo no >&2; exit 3`:                 "exit status 3; its stderr ends: no",
		`kill -9 $$`:                                  "killed",
		`echo 1; sleep 60`:                            "no answer within 300ms",
		`head -c 3000000 /dev/zero | tr '\0' 1; echo`: "megabyte",
	} {
		start := time.Now()
		if _, err := run(script); err == nil || !strings.Contains(err.Error(), want) || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v after %v", script, err, time.Since(start))
		}
	}
	if err := Batch(t.Context(), []string{"no-such-program"}, nil, nil, 0, nil); err == nil || !strings.Contains(err.Error(), "cannot be started") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := Batch(ctx, []string{"sleep", "60"}, nil, nil, 0, func([]byte) error { return nil }); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}
