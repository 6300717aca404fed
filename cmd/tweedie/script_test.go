package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptTable writes a table: table FILE ROWS COLUMN… . Columns named k… hold
// labels, c… a constant, z… mostly zeros, n… whole numbers, others numbers of
// three decimals. COLUMN*N stands for N columns.
func scriptTable(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: table FILE ROWS COLUMN…")
	}
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(tableText(rows, args[2:]...)), 0o666))
}

func tableText(rows int, columns ...string) string {
	var names []string
	for _, c := range columns {
		name, times, _ := strings.Cut(c, "*")
		n, _ := strconv.Atoi(times)
		for i := range max(n, 1) {
			if n > 0 {
				c = name + strconv.Itoa(i)
			}
			names = append(names, c)
		}
	}
	var b strings.Builder
	b.WriteString(strings.Join(names, ",") + "\n")
	for i := range rows {
		for j, name := range names {
			x := math.Sin(float64(7*i+j)) + 0.3*math.Sin(float64(i*i+3*j))
			switch name[0] {
			case 'k':
				b.WriteString([]string{"u", "v", "w"}[i%3])
			case 'c':
				b.WriteString("5.0")
			case 'z':
				fmt.Fprintf(&b, "%.3f", max(0, x))
			case 'n':
				fmt.Fprintf(&b, "%d", int(1000*x))
			default:
				fmt.Fprintf(&b, "%.3f", x+float64(i%3))
			}
			b.WriteString([]string{",", "\n"}[(j+1)/len(names)])
		}
	}
	return b.String()
}

// scriptMixed writes a table with every kind of column that depend on each other:
// mixed FILE ROWS.
func scriptMixed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mixed FILE ROWS")
	}
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(mixedText(rows)), 0o666))
}

// mixedText is a table of ages (18 to 79), gains (0 or 100 to 999), jobs, hours (20 to
// 60, or missing), days of 2001 and an emoji.
func mixedText(rows int) string {
	var b strings.Builder
	b.WriteString("age,gain,job,hours,born,🎉\n")
	for i := range rows {
		u, v, w := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1), math.Mod(float64(i)*0.569840, 1)
		age, gain, hours := 18+int(62*u), "0", strconv.Itoa(20+int(41*w))
		if u+v > 1.3 {
			gain = strconv.Itoa(100 + int(900*v))
		}
		if i%5 == 0 {
			hours = ""
		}
		job := []string{"clerk", ">50", "self emp"}[int(3*(u+w)/2)]
		fmt.Fprintf(&b, "%d,%s,%s,%s,2001-%02d-%02d,%s\n", age, gain, job, hours, 1+int(12*v), 1+int(28*w), []string{"yes", "no"}[int(2*v)])
	}
	return b.String()
}

// scriptFails runs the command, which must fail as it should: fails CODE
// REGEXP ARGUMENT… .
func scriptFails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: fails CODE REGEXP ARGUMENT…")
	}
	program := "tweedie"
	if p, ok := strings.CutPrefix(args[2], "program="); ok {
		program, args = p, slices.Delete(args, 2, 3)
	}
	code := 0
	if err := ts.Exec(program, args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Check(err)
		}
		code = exit.ExitCode()
	}
	if err := goodFailure(args[0], args[1], code, ts.ReadFile("stdout"), ts.ReadFile("stderr")); err != nil {
		ts.Fatalf("tweedie %s: %v", strings.Join(args[2:], " "), err)
	}
}

// goodFailure errs unless a command failed with that code and one line on
// stderr, alone, that matches the pattern.
func goodFailure(want, pattern string, code int, stdout, stderr string) error {
	switch {
	case strconv.Itoa(code) != want:
		return fmt.Errorf("exit code %d, want %s", code, want)
	case stdout != "":
		return fmt.Errorf("something on stdout: %q", stdout)
	case strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "tweedie: ") || !strings.HasSuffix(stderr, "\n"):
		return fmt.Errorf("not one line that begins with the program's name: %q", stderr)
	case len(stderr) > 500:
		return fmt.Errorf("a line of %d bytes", len(stderr))
	}
	ok, err := regexp.MatchString(pattern, stderr)
	if err == nil && !ok {
		err = fmt.Errorf("%q does not match %q", stderr, pattern)
	}
	return err
}

func TestGoodFailure(t *testing.T) {
	if err := goodFailure("2", "row [0-9]", 2, "", "tweedie: row 3\n"); err != nil {
		t.Error(err)
	}
	for i, err := range []error{
		goodFailure("2", "row", 1, "", "tweedie: row 3\n"),
		goodFailure("2", "row", 2, "x", "tweedie: row 3\n"),
		goodFailure("2", "row", 2, "", "tweedie: row 3\nUsage:\n"),
		goodFailure("2", "row", 2, "", "panic: row 3\n"),
		goodFailure("2", "row", 2, "", "tweedie: row 3"),
		goodFailure("2", "col", 2, "", "tweedie: row 3\n"),
		goodFailure("2", "row", 2, "", "tweedie: row "+strings.Repeat("x", 600)+"\n"),
	} {
		if err == nil {
			t.Errorf("bad failure %d passes", i)
		}
	}
}

// scriptSame compares files byte by byte: same FILE FILE.
func scriptSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] same FILE FILE")
	}
	if same := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); same == neg {
		ts.Fatalf("%s and %s: same is %v", args[0], args[1], same)
	}
}

// scriptJoined writes the rows of tables with one header: joined FILE PART… .
func scriptJoined(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: joined FILE PART…")
	}
	all := ""
	for i, part := range args[1:] {
		text := ts.ReadFile(part)
		if i > 0 {
			_, text, _ = strings.Cut(text, "\n")
		}
		all += text
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(all), 0o666))
}

// scriptCells errs unless a table has a header, so many rows and columns:
// cells FILE ROWS COLUMNS.
func scriptCells(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cells FILE ROWS COLUMNS")
	}
	lines := strings.SplitAfter(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	if strconv.Itoa(len(lines)-1) != args[1] {
		ts.Fatalf("%s has %d rows, want %s", args[0], len(lines)-1, args[1])
	}
	for i, line := range lines {
		if n := strings.Count(line, ",") + 1; strconv.Itoa(n) != args[2] {
			ts.Fatalf("%s: row %d has %d cells, want %s", args[0], i+1, n, args[2])
		}
	}
}

// scriptOnly errs unless a folder holds these files alone, hidden ones
// included: only FOLDER FILE… .
func scriptOnly(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: only FOLDER FILE…")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		names = append(names, filepath.Base(e.Name()))
	}
	slices.Sort(names)
	if want := slices.Sorted(slices.Values(args[1:])); !slices.Equal(names, want) {
		ts.Fatalf("%s holds %q, want %q", args[0], names, want)
	}
}

// scriptCondition knows [root]: its files are never read-only; and [keep]: results
// are kept.
func scriptCondition(cond string) (bool, error) {
	switch cond {
	case "root":
		return os.Getuid() == 0, nil
	case "keep":
		return os.Getenv("TWEEDIE_KEEP") != "", nil
	}
	return false, fmt.Errorf("unknown condition %q", cond)
}
