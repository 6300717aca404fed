package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// keepVariable names, inside a script, the directory of the script's results.
const keepVariable = "KEEP_RESULTS"

// keepSetup makes the commands of a script keep their results in DIR/SCRIPT if
// TWEEDIE_KEEP=DIR is set. DIR must not hold results of the script yet.
func keepSetup(env *testscript.Env) error {
	dir := os.Getenv("TWEEDIE_KEEP")
	if dir == "" {
		return nil
	}
	dir, err := filepath.Abs(filepath.Join(dir, strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")))
	if err != nil {
		return err
	}
	env.Setenv(keepVariable, dir)
	return errors.Join(os.MkdirAll(filepath.Dir(dir), 0o777), os.Mkdir(dir, 0o777))
}

// kept is the program f. Inside a script that keeps results, f runs in a process
// of its own; afterwards the directory N of the N-th command, from 001, holds
// its arguments, stdout, stderr and exit code, the names of all files of the
// script, and under work/ every file that the command wrote.
func kept(f func()) func() {
	return func() {
		dir, work := os.Getenv(keepVariable), os.Getenv("WORK")
		if dir == "" {
			f()
			return
		}
		earlier, err := os.ReadDir(dir)
		dir = filepath.Join(dir, fmt.Sprintf("%03d", len(earlier)+1))
		err = errors.Join(err, os.Mkdir(dir, 0o777))
		before := make(map[string]time.Time)
		err = errors.Join(err, eachFile(work, func(name string, written time.Time) error { before[name] = written; return nil }))
		var stdout, stderr strings.Builder
		path, e := os.Executable()
		c := exec.Command(path, os.Args[1:]...)
		c.Env = append(os.Environ(), keepVariable+"=")
		c.Stdin, c.Stdout, c.Stderr = os.Stdin, io.MultiWriter(os.Stdout, &stdout), io.MultiWriter(os.Stderr, &stderr)
		runErr := c.Run() // a failure is the exit code
		if exit := (*exec.ExitError)(nil); runErr != nil && !errors.As(runErr, &exit) {
			err = errors.Join(err, runErr)
		}
		var names []string
		err = errors.Join(err, e, eachFile(work, func(name string, written time.Time) error {
			names = append(names, name)
			if was, ok := before[name]; ok && was.Equal(written) {
				return nil
			}
			return copyFile(filepath.Join(dir, "work", name), filepath.Join(work, name))
		}))
		slices.Sort(names)
		for name, text := range map[string]string{
			"arguments": strings.Join(os.Args, " "), "stdout": stdout.String(), "stderr": stderr.String(),
			"code": fmt.Sprint(c.ProcessState.ExitCode()), "files": strings.Join(names, "\n"),
		} {
			text = strings.ReplaceAll(text, work, "$WORK")
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "keep:", err)
			os.Exit(99)
		}
		os.Exit(c.ProcessState.ExitCode())
	}
}

// eachFile calls visit for the regular files below dir, by names relative to it.
func eachFile(dir string, visit func(name string, written time.Time) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		return errors.Join(err, visit(filepath.ToSlash(name), info.ModTime()))
	})
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	return errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, b, 0o666))
}
