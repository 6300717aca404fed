package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tweedie/internal/atomicfile"
	"tweedie/train"
)

// metricsFile receives reports as JSON lines. The zero value drops them.
type metricsFile struct{ f *os.File }

// openMetrics starts the file anew, or continues it for a run resumed after a
// step.
func openMetrics(path string, step int) (metricsFile, error) {
	if path == "" {
		return metricsFile{}, nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && step > 0 {
		if err := keepMetrics(path, step); err != nil {
			return metricsFile{}, err
		}
		mode = os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(path, mode, 0o666)
	if err != nil {
		return metricsFile{}, metricsError(path, err)
	}
	return metricsFile{f}, nil
}

// keepMetrics drops the reports of later steps: the run got further than its
// last save, and will make them again.
func keepMetrics(path string, step int) error {
	in, err := os.Open(path)
	if err != nil {
		return metricsError(path, err)
	}
	defer in.Close()
	out, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var e train.Report
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Step > step {
			break
		}
		if _, err := out.Write(append(lines.Bytes(), '\n')); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return metricsError(path, err)
	}
	return out.Commit()
}

func (m metricsFile) write(e train.Report) error {
	if m.f == nil {
		return nil
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := m.f.Write(append(b, '\n')); err != nil {
		return metricsError(m.f.Name(), err)
	}
	return nil
}

func (m metricsFile) close() {
	if m.f != nil {
		m.f.Close()
	}
}

func metricsError(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("%s: the metrics cannot be written: %w; free some space, or give --metrics another file", path, err)
}
