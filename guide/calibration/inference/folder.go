package inference

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"tweedie/guide/calibration"
	"tweedie/internal/figure"
	"tweedie/internal/report"
)

// PageFile is the page in a folder of WriteFolder. The other files have the names that they
// have in package calibration.
const PageFile = "calibrate.html"

// WriteFolder writes the report into a folder that is there: calibration.NumbersFile, which Read
// reads, the figures, and PageFile, which is that of WriteHTML. Of a part, which says nothing
// before it is joined, the numbers alone are written. Each file is there whole or not at all.
func (r *Report) WriteFolder(dir string, o calibration.Page) error {
	files := []report.File{{Name: calibration.NumbersFile, Fill: report.JSON(r)}}
	if r.Part == nil {
		ranks, cover, err := r.Figures()
		if err != nil {
			return err
		}
		files = append(files, report.File{Name: calibration.RanksFile, Fill: ranks.WritePNG},
			report.File{Name: calibration.CoverageFile, Fill: cover.WritePNG},
			report.File{Name: PageFile, Fill: func(w io.Writer) error { return r.WriteHTML(w, o) }})
	}
	return report.WriteFiles(dir, files...)
}

// Read reads a report from its calibration.NumbersFile. It errs for a file of another kind and,
// unless the report is of a part, where Validate does.
func Read(path string) (*Report, error) {
	list, err := report.ReadJSON[Report](path)
	if err != nil {
		return nil, err
	}
	if r := list[0]; r.Part == nil {
		if err := r.Validate(); err != nil {
			return nil, fmt.Errorf("%s is damaged: %w", path, err)
		}
	}
	return list[0], nil
}

// JoinFiles is Join of the reports in files.
func JoinFiles(paths []string) (*Report, error) {
	parts, err := report.ReadJSON[Report](paths...)
	if err != nil {
		return nil, err
	}
	return Join(parts)
}

// ReadFigures draws the figures of a calibration.NumbersFile, of a report of this package or of
// package calibration, whose cover may be nil.
func ReadFigures(path string) (ranks, cover *figure.Figure, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	foreign := fmt.Errorf("%s is no %s of check or calibrate", path, calibration.NumbersFile)
	var kind struct {
		Parameters, Columns []json.RawMessage
	}
	if err := json.Unmarshal(b, &kind); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", foreign, err)
	}
	var r interface {
		Validate() error
		Figures() (ranks, cover *figure.Figure, err error)
	}
	switch {
	case len(kind.Parameters) > 0:
		r = new(Report)
	case len(kind.Columns) > 0:
		r = new(calibration.Report)
	default:
		return nil, nil, foreign
	}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", foreign, err)
	}
	if err := r.Validate(); err != nil {
		return nil, nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return r.Figures()
}
