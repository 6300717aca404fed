package simulators

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
)

func twoParameters(t *testing.T) *prior.Prior {
	t.Helper()
	p, err := prior.Parse([]byte("prior:\n  - {name: a, law: uniform, low: 0, high: 1}\n  - {name: b, law: normal, mean: 0, sd: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shellProgram is a program of sh -c.
func shellProgram(t *testing.T, script string, o ProgramOptions) (*Program, error) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	return NewProgram(t.Context(), "sh -c '"+script+"'", twoParameters(t), o)
}

const (
	streaming = `read h; echo "s,d"; while IFS=, read -r a b; do echo "$b,$a"; done`
	atOnce    = `sed 1d | { echo; sed "s/\(.*\),\(.*\)/\2,\1/"; echo; }` // no header, empty lines
)

// Rows keep their order and θ is the prior's, whatever the batches and processes.
func TestProgramDraws(t *testing.T) {
	before := runtime.NumGoroutine()
	want := mat.NewDense(103, 2, nil)
	twoParameters(t).Sample(want, 5, 7)
	for name, script := range map[string]string{"s,d": streaming, "x1,x2": atOnce} {
		for _, o := range []ProgramOptions{{}, {Batch: 10}, {Batch: 1}} {
			g, err := shellProgram(t, script, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(g.Columns(), ","); got != name {
				t.Errorf("columns %s, want %s", got, name)
			}
			done := 0
			theta, x, err := (&Drawing{Rows: 103, Seed: 5, First: 7, Workers: 3, Done: func(n int) error { done = n; return nil }}).Run(t.Context(), g)
			if err != nil || done != 103 {
				t.Fatalf("%d done, %v", done, err)
			}
			for i := range 103 {
				if theta.At(i, 0) != want.At(i, 0) || theta.At(i, 1) != want.At(i, 1) || x.At(i, 0) != want.At(i, 1) || x.At(i, 1) != want.At(i, 0) {
					t.Fatalf("row %d: θ %v, x %v, want θ %v", i, theta.RawRowView(i), x.RawRowView(i), want.RawRowView(i))
				}
			}
		}
	}
	for i := 0; runtime.NumGoroutine() > before && i < 100; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// A program can draw numbers that are functions of the seed and of the row.
func TestProgramSeeds(t *testing.T) {
	script := `read h; i=$SIMULATOR_ROW; while read -r r; do echo "$SIMULATOR_SEED$i"; i=$((i+1)); done`
	for _, workers := range []int{1, 4} {
		g, err := shellProgram(t, script, ProgramOptions{Batch: 7})
		if err != nil {
			t.Fatal(err)
		}
		_, x, err := Draw(t.Context(), g, nil, 30, 9, 100, workers)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			if want := float64(9100 + i); x.At(i, 0) != want {
				t.Errorf("row %d: %v, want %v", i, x.At(i, 0), want)
			}
		}
	}
}

// What goes wrong names rows, and says what the program said.
func TestProgramErrors(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   []string
	}{
		"dies":     {`read h; n=0; while read -r r; do n=$((n+1)); [ $n = 4 ] && { echo no mesh >&2; exit 3; }; echo 1; done`, []string{"rows 11 to 20, row 14 with a = ", "exit status 3", "stderr ends: no mesh"}},
		"hangs":    {`read h; read r; echo 1; if read r; then sleep 60; fi`, []string{"rows 11 to 20, row 12", "no answer within 300ms"}},
		"silent":   {`cat > /dev/null; [ $SIMULATOR_SEED = 0 ] && echo 1 || true`, []string{"rows 11 to 20", "wrote nothing"}},
		"few":      {`read h; read r; echo 1`, []string{"rows 11 to 20", "1 rows of data for 10 of parameters"}},
		"many":     {`read h; while read -r r; do echo 1; [ $SIMULATOR_SEED = 0 ] || echo 2; done`, []string{"rows 11 to 20", "more rows of data than the 10"}},
		"width":    {`read h; read r; echo 1; if read r; then echo 1,2; fi`, []string{"row 2 of its data", "has 2 numbers, want 1"}},
		"text":     {`read h; read r; echo 1; if read r; then echo hello; fi`, []string{"row 2 of its data", "cell that is no number"}},
		"header":   {`echo h$SIMULATOR_SEED; echo 1`, []string{`the header "h4", where the first process wrote "h0"`}},
		"NaN":      {`read h; n=0; while read -r r; do n=$((n+1)); case $n in 3|5) echo nan;; *) echo 1;; esac; done`, []string{"rows 13, 15", "x1 is NaN at a = ", "--keep-failed"}},
		"infinite": {`read h; n=0; while read -r r; do n=$((n+1)); case $n in 10) echo 1e999;; *) echo 1;; esac; done`, []string{"row 20: x1 is +Inf"}},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := shellProgram(t, c.script, ProgramOptions{Batch: 10, Silence: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, _, err = Draw(t.Context(), g, nil, 30, 4, 10, 2)
			for _, w := range c.want {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("error %v, want %q", err, w)
				}
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
	for script, want := range map[string]string{
		"exit 4": "exit status 4", "true": "it wrote nothing", "exit 5": "a first try, with a = 0.",
		"echo u,u; echo 1,2": `its header, "u,u", has the name "u" twice`, "echo u,,v; echo 1,2,3": "has no name for column 2",
		`echo "1;2"`:                 `its first line, "1;2", has a cell that is no number and is taken for the header`,
		"echo hello,2; echo hello,2": `its first line, "hello,2", has a cell that is no number and is taken`, "echo a,b; echo 1": "has 1 numbers, want 2",
		"echo hello world; echo bye": "has a cell that is no number",
	} {
		if _, err := shellProgram(t, script, ProgramOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", script, err, want)
		}
	}
	if _, err := NewProgram(t.Context(), "no-such-program x", twoParameters(t), ProgramOptions{}); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Errorf("error %v", err)
	}
}

// Rows on which a program dies, hangs or gives NaN are found out, all others are kept, in
// programs that write at once, and in those that write line by line.
func TestProgramKeepsFailedRows(t *testing.T) {
	bad := map[int]bool{3: true, 4: true, 19: true, 30: true, 39: true}
	list := "3|4|19|30|39"
	for name, script := range map[string]string{
		"dies at once":      `read h; i=$SIMULATOR_ROW; out=; while read -r r; do case $i in ` + list + `) exit 1;; esac; out="$out $i"; i=$((i+1)); done; for o in $out; do echo $o; done`,
		"dies line by line": `read h; i=$SIMULATOR_ROW; while read -r r; do case $i in ` + list + `) exit 1;; esac; echo $i; i=$((i+1)); done`,
		"dies in a line":    `read h; i=$SIMULATOR_ROW; while read -r r; do case $i in ` + list + `) printf %s 77; exit 1;; esac; echo $i; i=$((i+1)); done`,
		"kills itself":      `read h; i=$SIMULATOR_ROW; while read -r r; do case $i in ` + list + `) kill -9 $$;; esac; echo $i; i=$((i+1)); done`,
		"NaN":               `read h; i=$SIMULATOR_ROW; while read -r r; do case $i in ` + list + `) echo NA;; *) echo $i;; esac; i=$((i+1)); done`,
	} {
		t.Run(name, func(t *testing.T) {
			g, err := shellProgram(t, `if [ "$SIMULATOR_SEED" = 0 ]; then echo 1; exit 0; fi; `+script, ProgramOptions{Batch: 20, KeepFailed: true})
			if err != nil {
				t.Fatal(err)
			}
			_, x, err := Draw(t.Context(), g, nil, 40, 1, 0, 2)
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, f := range g.Failures() {
				failed = append(failed, fmt.Sprint(f.Row))
			}
			if got := strings.Join(failed, "|"); got != list {
				t.Errorf("failed %s, want %s", got, list)
			}
			for i := range 40 {
				if v := x.At(i, 0); bad[i] != math.IsNaN(v) || !bad[i] && v != float64(i) {
					t.Errorf("row %d: %v", i, v)
				}
			}
		})
	}
	g, err := shellProgram(t, `[ "$SIMULATOR_SEED" = 0 ] && echo 1 || exit 1`, ProgramOptions{KeepFailed: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Draw(t.Context(), g, nil, 100, 1, 0, 1); err == nil || !strings.Contains(err.Error(), "all of the first 20 rows failed") {
		t.Errorf("error %v", err)
	}
	g, err = shellProgram(t, `[ "$SIMULATOR_SEED" = 0 ] && echo 1 || sleep 100`, ProgramOptions{Silence: 50 * time.Millisecond, KeepFailed: true, Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Draw(t.Context(), g, nil, 4, 1, 0, 1); err != nil || len(g.Failures()) != 4 {
		t.Errorf("%v, %v", g.Failures(), err)
	}
}

// A row that fails is no reason to end when it is the first try, unless all do.
func TestProgramKeepsFailedTry(t *testing.T) {
	script := `read h; printf "\\357\\273\\277a,b\\n"; while IFS=, read -r a b; do case $a in 0.0*) exit 3;; esac; echo "$a,$b"; done`
	p := twoParameters(t)
	theta := mat.NewDense(2, 2, nil)
	if p.Sample(theta, 0, 0); theta.At(0, 0) >= 0.1 || theta.At(1, 0) < 0.1 {
		t.Fatalf("draws %v: the first fails, and the second does not", theta.RawMatrix().Data)
	}
	g, err := shellProgram(t, script, ProgramOptions{KeepFailed: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(g.Columns(), ","); got != "a,b" {
		t.Errorf("columns %q, want a,b without a byte order mark", got)
	}
	if _, err := shellProgram(t, "exit 3", ProgramOptions{KeepFailed: true}); err == nil || !strings.Contains(err.Error(), "a first try, with a = ") {
		t.Errorf("error %v", err)
	}
}

func TestProgramIsCancelled(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	ctx, cancel := context.WithCancel(t.Context())
	g, err := NewProgram(ctx, `sh -c '[ $SIMULATOR_SEED = 0 ] && echo 1 || sleep 100'`, twoParameters(t), ProgramOptions{})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	if _, _, err := Draw(ctx, g, nil, 100, 1, 0, 2); err != context.Canceled || time.Since(start) > 3*time.Second {
		t.Errorf("error %v after %v", err, time.Since(start))
	}
}
