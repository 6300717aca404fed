package calibration

import (
	"fmt"
	"io"

	"tweedie/internal/report"
)

// The files of a folder that WriteFolder writes.
const (
	NumbersFile  = "calibration.json"
	RanksFile    = "ranks.png"
	CoverageFile = "coverage.png" // where there are intervals
	PageFile     = "check.html"
)

// WriteFolder writes the report into a folder that is there: NumbersFile, which Read reads, the
// figures, and PageFile, which is that of WriteHTML. Of a part, which says nothing before it is
// joined, the numbers alone are written. Each file is there whole or not at all.
func (r *Report) WriteFolder(dir string, o Page) error {
	files := []report.File{{Name: NumbersFile, Fill: report.JSON(r)}}
	if r.Part == nil {
		ranks, cover, err := r.Figures()
		if err != nil {
			return err
		}
		files = append(files, report.File{Name: RanksFile, Fill: ranks.WritePNG})
		if cover != nil {
			files = append(files, report.File{Name: CoverageFile, Fill: cover.WritePNG})
		}
		files = append(files, report.File{Name: PageFile, Fill: func(w io.Writer) error { return r.WriteHTML(w, o) }})
	}
	return report.WriteFiles(dir, files...)
}

// Read reads a report from its NumbersFile. It errs for a file of another kind and, unless the
// report is of a part, where Validate does.
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
