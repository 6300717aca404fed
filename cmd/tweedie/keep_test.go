package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
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
		before, e := writeTimes(work)
		path, e2 := os.Executable()
		keepCheck(err, e, e2, os.Mkdir(dir, 0o777))
		var stdout, stderr strings.Builder
		c := exec.Command(path, os.Args[1:]...)
		c.Env = append(os.Environ(), keepVariable+"=")
		c.Stdin, c.Stdout, c.Stderr = os.Stdin, io.MultiWriter(os.Stdout, &stdout), io.MultiWriter(os.Stderr, &stderr)
		if err := c.Run(); c.ProcessState == nil {
			keepCheck(err)
		}
		after, err := writeTimes(work)
		keepCheck(err)
		for name, t := range after {
			if was, ok := before[name]; !ok || !was.Equal(t) {
				b, err := os.ReadFile(filepath.Join(work, name))
				to := filepath.Join(dir, "work", name)
				keepCheck(err, os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, b, 0o666))
			}
		}
		for name, text := range map[string]string{
			"arguments": strings.Join(os.Args, " "), "stdout": stdout.String(), "stderr": stderr.String(),
			"code": fmt.Sprint(c.ProcessState.ExitCode()), "files": strings.Join(slices.Sorted(maps.Keys(after)), "\n"),
		} {
			text = strings.ReplaceAll(text, work, "$WORK")
			keepCheck(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
		}
		os.Exit(c.ProcessState.ExitCode())
	}
}

func keepCheck(errs ...error) {
	if err := errors.Join(errs...); err != nil {
		log.Fatalln("keep:", err)
	}
}

// writeTimes returns when each regular file below dir was written.
func writeTimes(dir string) (map[string]time.Time, error) {
	times := make(map[string]time.Time)
	return times, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			times[filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator)))] = info.ModTime()
		}
		return err
	})
}
