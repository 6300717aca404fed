// Mutate plants errors in the code, one at a time, and tells which of them the tests of
// the package notice. It works on a copy of the tree. Run it in the root of the tree:
//
//	go run ./.ci/mutate [-match REGEXP] [LIST …]
//
// A LIST is a file of .ci/mutants without its extension; all of them by default. Each of
// its lines is
//
//	FILE<tab>OLD<tab>NEW[<tab>REASON]
//
// with OLD a text that FILE has exactly once, and REASON why no test can see the
// difference. Lines that start with # are comments. An error that does not compile, or
// whose OLD is not unique, is an error of the list. Exit 1: errors of a list, or fewer
// than 90 % of the mutants of a package killed.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

type mutant struct {
	where            string // list and line
	file, old, new   string
	reason           string
	killed, compiled bool
	by               string // the first test that fails
}

func main() {
	match := flag.String("match", "", "only mutants of which \"LIST:LINE<tab>\" and the line match")
	limit := flag.Duration("timeout", 2*time.Minute, "time for the tests of a mutant; one that takes longer is killed")
	jobs := flag.Int("jobs", 2, "mutants at a time, each in a copy of its own")
	flag.Parse()
	if err := run(flag.Args(), *match, *limit, *jobs); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(lists []string, match string, limit time.Duration, jobs int) error {
	only, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	mutants, bad, err := read(lists, only)
	if err != nil {
		return err
	}
	packages := map[string][]*mutant{}
	for i := range mutants {
		p := path.Dir(mutants[i].file)
		packages[p] = append(packages[p], &mutants[i])
	}
	var dirs []string
	for range jobs {
		dir, err := os.MkdirTemp("", "mutate")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := copyTree(dir); err != nil {
			return err
		}
		dirs = append(dirs, dir)
	}
	for _, p := range sorted(packages) {
		if _, out, ok := test(dirs[0], p, limit); !ok {
			return fmt.Errorf("the tests of %s fail without a mutant:\n%s", p, out)
		}
		if err := tryAll(dirs, packages[p], limit); err != nil {
			return err
		}
		bad = summary(p, packages[p]) || bad
	}
	if bad {
		return fmt.Errorf("errors of a list, or too few mutants killed")
	}
	return nil
}

// tryAll shares the mutants of a package out over the copies.
func tryAll(dirs []string, ms []*mutant, limit time.Duration) error {
	queue, errs := make(chan *mutant, len(ms)), make(chan error)
	for _, m := range ms {
		queue <- m
	}
	close(queue)
	for _, dir := range dirs {
		go func() {
			for m := range queue {
				if err := m.try(dir, limit); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var all error
	for range dirs {
		all = errors.Join(all, <-errs)
	}
	return all
}

func sorted(m map[string][]*mutant) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// read returns the mutants of the lists, whose texts it looks for in the tree.
func read(lists []string, only *regexp.Regexp) (all []mutant, stale bool, err error) {
	if len(lists) == 0 {
		files, err := filepath.Glob(".ci/mutants/*.tsv")
		if err != nil {
			return nil, false, err
		}
		for _, f := range files {
			lists = append(lists, strings.TrimSuffix(filepath.Base(f), ".tsv"))
		}
	}
	for _, list := range lists {
		b, err := os.ReadFile(filepath.Join(".ci/mutants", list+".tsv"))
		if err != nil {
			return nil, false, err
		}
		for i, line := range strings.Split(string(b), "\n") {
			m := mutant{where: fmt.Sprintf("%s:%d", list, i+1)}
			if line == "" || line[0] == '#' || !only.MatchString(m.where+"\t"+line) {
				continue
			}
			f := strings.Split(line, "\t")
			if len(f) != 3 && len(f) != 4 {
				return nil, false, fmt.Errorf("%s: %d fields, want FILE, OLD, NEW and perhaps REASON", m.where, len(f))
			}
			m.file, m.old, m.new, m.reason = f[0], f[1], f[2], strings.Join(f[3:], "")
			code, err := os.ReadFile(m.file)
			if n := bytes.Count(code, []byte(m.old)); err != nil || n != 1 {
				fmt.Printf("ERROR    %s: %s has the text %d times, want once: %s\n", m.where, m.file, n, m.old)
				stale = true
				continue
			}
			all = append(all, m)
		}
	}
	return all, stale, nil
}

// copyTree copies the files that Git knows, or would know, to dir.
func copyTree(dir string) error {
	list, err := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	for _, name := range strings.Split(strings.TrimRight(string(list), "\x00"), "\x00") {
		b, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue
		}
		to := filepath.Join(dir, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to, b, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// try plants the error, runs the tests and takes it out again.
func (m *mutant) try(dir string, limit time.Duration) error {
	at := filepath.Join(dir, m.file)
	code, err := os.ReadFile(at)
	if err != nil {
		return err
	}
	if err := os.WriteFile(at, bytes.Replace(code, []byte(m.old), []byte(m.new), 1), 0o644); err != nil {
		return err
	}
	var out string
	m.compiled, out, m.killed = test(dir, path.Dir(m.file), limit)
	m.killed = !m.killed
	verdict := "survived"
	switch {
	case !m.compiled:
		verdict = "ERROR   "
		fmt.Println(out)
	case m.killed:
		verdict = "killed  "
		if f := regexp.MustCompile(`--- FAIL: (\S+)`).FindStringSubmatch(out); f != nil {
			m.by = "  by " + f[1]
		} else if strings.Contains(out, "panic: test timed out") {
			m.by = "  by time"
		}
	}
	fmt.Printf("%s %s  %s: %s => %s%s\n", verdict, m.where, m.file, m.old, m.new, m.by)
	return os.WriteFile(at, code, 0o644)
}

// test runs the short tests of a package, and all of them if those pass.
func test(dir, pkg string, limit time.Duration) (compiled bool, out string, ok bool) {
	for _, short := range []string{"-short", "-short=false"} {
		c := exec.Command("go", "test", "-vet=off", "-failfast", "-count=1", short, "-timeout="+limit.String(), "./"+pkg)
		c.Dir = dir
		b, err := c.CombinedOutput()
		out = string(b)
		compiled = !strings.Contains(out, "[build failed]") && !strings.Contains(out, "[setup failed]")
		if ok = err == nil; !ok {
			break
		}
	}
	return compiled, out, ok
}

// summary prints the rate of a package and its survivors; true if it is below 90 %, or if
// a mutant is no program.
func summary(pkg string, ms []*mutant) bool {
	killed, bad := 0, false
	for _, m := range ms {
		bad = bad || !m.compiled
		if m.killed && m.compiled {
			killed++
		}
	}
	rate := 100 * float64(killed) / float64(len(ms))
	fmt.Printf("== %s: %d of %d killed, %.0f %%\n", pkg, killed, len(ms), rate)
	for _, m := range ms {
		if !m.killed {
			reason := m.reason
			if reason == "" {
				reason = "NO REASON GIVEN"
			}
			fmt.Printf("   survivor %s  %s => %s: %s\n", m.where, m.old, m.new, reason)
		}
	}
	return bad || rate < 90
}
