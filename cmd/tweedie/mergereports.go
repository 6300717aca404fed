package main

import (
	"path/filepath"
	"strings"

	"tweedie/datasets/shard"
	"tweedie/guide/calibration"
	"tweedie/guide/calibration/inference"
)

// joined is the report of all parts.
type joined struct {
	report interface {
		WriteFolder(dir string, p calibration.Page) error
	}
	findings []string
	page     string // in a folder
}

// joins are those of the commands that write reports.
var joins = map[string]func(paths []string) (*joined, error){
	"check": func(paths []string) (*joined, error) {
		r, err := calibration.JoinFiles(paths)
		if err != nil {
			return nil, err
		}
		return &joined{r, r.Findings("--"), calibration.PageFile}, nil
	},
	"calibrate": func(paths []string) (*joined, error) {
		r, err := inference.JoinFiles(paths)
		if err != nil {
			return nil, err
		}
		return &joined{r, r.Findings(), inference.PageFile}, nil
	},
}

// mergeReports writes the report of all parts, as JSON or into a folder, and says what it found.
func (a *app) mergeReports(parts shard.Parts, join func(paths []string) (*joined, error), o *mergeFlags) error {
	asFile := strings.HasSuffix(o.out, ".json")
	if !asFile && filepath.Ext(o.out) != "" {
		return badUsage("--out %s: the parts are reports of %s: give a name that ends in .json, or that of a folder, without an ending", o.out, parts[0].Command)
	}
	var paths []string
	for _, p := range parts {
		paths = append(paths, p.Path)
	}
	if !asFile { // which must not be that of a part
		if err := a.apart([]string{filepath.Join(o.out, calibration.NumbersFile)}, paths...); err != nil {
			return err
		}
	}
	r, err := join(paths)
	if err != nil {
		return err
	}
	if asFile {
		err = a.writeJSON(o.out, r.report)
	} else if err = writableFolder(o.out, r.page); err == nil {
		err = r.report.WriteFolder(o.out, calibrationPage(o.line))
	}
	if err != nil {
		return err
	}
	return printLines(a.stdout, r.findings)
}
