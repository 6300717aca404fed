package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// shell is a process of a shell script.
func shell(t *testing.T, script string, timeout time.Duration) *Process {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	p := New(t.Context(), []string{"sh", "-c", script}, "a,b", timeout)
	t.Cleanup(func() { p.Close() })
	return p
}

func rows(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%d,%d", i, 2*i)
	}
	return list
}

// ask is the numbers of the answers to rows, m each.
func ask(p *Process, rows []string, m int) ([][]float64, error) {
	got := make([][]float64, len(rows))
	err := p.Ask(rows, func(i int, text []byte) error {
		got[i] = make([]float64, m)
		return Numbers(got[i], text)
	})
	return got, err
}

const echo = `read header; while IFS=, read -r a b; do echo "$b, $a"; done`

// The answers are those of their rows, in any number of batches, from many callers, and
// with more text than pipes hold.
func TestAnswersBelongToTheirRows(t *testing.T) {
	before := runtime.NumGoroutine()
	p := shell(t, echo, 0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, n := range []int{1, 7, 3000} {
				got, err := ask(p, rows(n), 2)
				if err != nil {
					t.Error(err)
					return
				}
				for i, v := range got {
					if v[0] != 2*float64(i) || v[1] != float64(i) {
						t.Errorf("row %d: %v", i, v)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := ask(p, rows(1), 2); err == nil {
		t.Error("a closed process answers")
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i > 100 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestFailuresNameTheRow(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   []string
	}{
		"dies":       {`read h; read r; echo 1 2; read r; printf 'no convergence\nat 7\n' >&2; exit 3`, []string{"row 2 of 4", `"1,2"`, "exit status 3", "stderr ends: no convergence | at 7"}},
		"exits":      {`read h; read r; echo 1 2`, []string{"row 2 of 4", "ended without an answer", "exit status 0"}},
		"count":      {`read h; read r; echo 1 2; read r; echo 1 2 3; sleep 9`, []string{"row 2 of 4", `"1,2"`, `3 numbers in the answer "1 2 3", want 2`}},
		"empty":      {`read h; echo; sleep 9`, []string{"row 1 of 4", "0 numbers"}},
		"NaN":        {`read h; read r; echo nan 2; sleep 9`, []string{"row 1 of 4", `"nan" in the answer`, "not finite"}},
		"infinite":   {`read h; read r; echo 1 -inf; sleep 9`, []string{"row 1 of 4", "not finite"}},
		"text":       {`read h; read r; echo "1 two"; sleep 9`, []string{"row 1 of 4", `"two" in the answer "1 two" is no number`}},
		"hang":       {`read h; read r; echo 1 2; sleep 60`, []string{"row 2 of 4", "no answer within 300ms", "flush"}},
		"child":      {`sleep 60 & read h; read r; echo 1 2; sleep 60 | cat`, []string{"row 2 of 4", "no answer within"}},
		"long lines": {`head -c 3000000 /dev/zero | tr '\0' 1`, []string{"row 1 of 4", "megabyte"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := shell(t, c.script, 300*time.Millisecond)
			start := time.Now()
			_, err := ask(p, rows(4), 2)
			if err == nil || slices.ContainsFunc(c.want, func(w string) bool { return !strings.Contains(err.Error(), w) }) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if _, again := ask(p, rows(1), 2); again == nil || again.Error() != err.Error() {
				t.Errorf("then %v", again)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
}

// The timeout is for each answer, not for all of a batch.
func TestSlowAnswersAreInTime(t *testing.T) {
	p := shell(t, `read h; while read -r r; do sleep 0.2; echo 1; done`, 600*time.Millisecond)
	if _, err := ask(p, rows(5), 1); err != nil {
		t.Error(err)
	}
}

// A program that writes a line too many has answers that are not those of their rows.
func TestExtraLinesAreSeen(t *testing.T) {
	p := shell(t, `read h; while read -r a; do echo 1; done; echo done`, time.Second)
	if _, err := ask(p, rows(3), 1); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), `"done"`) {
		t.Errorf("error %v", err)
	}
}

// No process outlives a cancelled context or Close, children of the program neither.
func TestNothingIsLeft(t *testing.T) {
	for name, end := range map[string]func(p *Process, cancel func()){
		"close":  func(p *Process, _ func()) { p.Close() },
		"cancel": func(p *Process, cancel func()) { cancel(); p.Close() },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := New(ctx, []string{"sh", "-c", `sleep 300 & echo $!; read h; read r; echo $$; sleep 300`}, "h", 200*time.Millisecond)
		var pids []int
		err := p.Ask([]string{"1", "2"}, func(_ int, text []byte) error {
			n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
			pids = append(pids, n)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		end(p, cancel)
		for i := 0; slices.ContainsFunc(pids, alive); i++ {
			if i > 100 {
				t.Fatalf("%s: processes are left of %v", name, pids)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(b, []byte(") Z"))
}

func TestCancelEndsAQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := New(ctx, []string{"sleep", "300"}, "h", time.Minute)
	defer p.Close()
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	if _, err := ask(p, rows(1), 1); err != context.Canceled || time.Since(start) > 3*time.Second {
		t.Errorf("error %v after %v", err, time.Since(start))
	}
}

func TestSplit(t *testing.T) {
	for command, want := range map[string][]string{
		`python3 simulate.py`:            {"python3", "simulate.py"},
		` a	'b c'  "d \"e\" \n" f\ g ''`: {"a", "b c", `d "e" \n`, "f g", ""},
		`sh -c 'x | y > $z'`:             {"sh", "-c", "x | y > $z"},
	} {
		got, err := Split(command)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", command, got, err)
		}
	}
	for command, want := range map[string]string{"": "empty", " ": "empty", "'a": "ends within", `a\`: "ends within", "a | b": "only a shell", "a $b": "only a shell", "a\nb": "only a shell"} {
		if got, err := Split(command); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", command, got, err)
		}
	}
	if err := Find([]string{"no-such-program-anywhere"}); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Error(err)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(`a 'b c' "d"`)
	f.Fuzz(func(t *testing.T, s string) {
		words, err := Split(s)
		if (err == nil) != (len(words) > 0) {
			t.Errorf("%q: %q, %v", s, words, err)
		}
	})
}

func FuzzNumbers(f *testing.F) {
	f.Add("1, 2")
	f.Fuzz(func(t *testing.T, s string) {
		v := []float64{0, 0}
		if err := Numbers(v, []byte(s)); err == nil && (v[0] != v[0] || v[1] != v[1]) {
			t.Errorf("%q: %v", s, v)
		}
	})
}
