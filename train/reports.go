package train

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tweedie/internal/atomicfile"
)

// ReportFile receives the reports of a run, a line of JSON each: its Write is for Observe. The
// zero value drops them. It is not safe for concurrent use.
type ReportFile struct{ f *os.File }

// OpenReports starts the file of a run anew. Of a run that is resumed after a step it keeps the
// reports up to that step: the run got further than its last save, and makes the others again.
// No path is no file. It errs where the file cannot be written.
func OpenReports(path string, step int) (*ReportFile, error) {
	if path == "" {
		return &ReportFile{}, nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && step > 0 {
		if err := keepReports(path, step); err != nil {
			return nil, err
		}
		mode = os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(path, mode, 0o666)
	if err != nil {
		return nil, notWritten(path, err)
	}
	return &ReportFile{f}, nil
}

// keepReports drops the reports of later steps.
func keepReports(path string, step int) error {
	in, err := os.Open(path)
	if err != nil {
		return notWritten(path, err)
	}
	defer in.Close()
	out, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var e Report
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Step > step {
			break
		}
		if _, err := out.Write(append(lines.Bytes(), '\n')); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return notWritten(path, err)
	}
	return out.Commit()
}

// Write adds a report.
func (r *ReportFile) Write(e Report) error {
	if r.f == nil {
		return nil
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := r.f.Write(append(b, '\n')); err != nil {
		return notWritten(r.f.Name(), err)
	}
	return nil
}

// Close ends the file, whose reports are all written by then.
func (r *ReportFile) Close() {
	if r.f != nil {
		r.f.Close()
	}
}

func notWritten(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("%s: the metrics cannot be written: %w; free some space, or give --metrics another file", path, err)
}

// ReadReports reads the reports of a ReportFile. It errs for a file of something else, and for
// one without reports.
func ReadReports(path string) (list []Report, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		var r Report
		var has struct {
			Step *int
			Loss *float64
		}
		if err := cmp.Or(json.Unmarshal(lines.Bytes(), &r), json.Unmarshal(lines.Bytes(), &has)); err != nil {
			return nil, fmt.Errorf("%s: line %d is no report of train --metrics: %w", path, n, err)
		}
		if has.Step == nil || has.Loss == nil || r.Step < 1 {
			return nil, fmt.Errorf("%s: line %d is no report of train --metrics: it needs a positive step, and a loss", path, n)
		}
		list = append(list, r)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no report: give the file of train --metrics", path)
	}
	return list, nil
}
