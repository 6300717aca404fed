package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tweedie/datasets/shard"
	"tweedie/guide/calibration"
	"tweedie/guide/calibration/inference"
)

// joined is the report of all parts.
type joined struct {
	numbers  any
	findings []string
	page     string                          // in a folder
	write    func(dir, command string) error // into a folder that is there
}

// joins are those of the commands that write reports.
var joins = map[string]func(shard.Parts) (*joined, error){
	"check": func(parts shard.Parts) (*joined, error) {
		r, err := joinReports(parts, calibration.Join)
		if err != nil {
			return nil, err
		}
		return &joined{r, r.Findings("--"), checkPage, func(dir, command string) error { return writeCalibration(dir, r, command) }}, nil
	},
	"calibrate": func(parts shard.Parts) (*joined, error) {
		r, err := joinReports(parts, inference.Join)
		if err != nil {
			return nil, err
		}
		return &joined{r, r.Findings(), calibratePage, func(dir, command string) error { return writePosteriors(dir, r, command) }}, nil
	},
}

// joinReports reads the reports of parts and joins them.
func joinReports[R any](parts shard.Parts, join func([]*R) (*R, error)) (*R, error) {
	var list []*R
	for _, p := range parts {
		b, err := os.ReadFile(p.Path)
		if err != nil {
			return nil, err
		}
		r := new(R)
		if err := json.Unmarshal(b, r); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path, err)
		}
		list = append(list, r)
	}
	return join(list)
}

// mergeReports writes the report of all parts, as JSON or into a folder, and says what it found.
func (a *app) mergeReports(parts shard.Parts, join func(shard.Parts) (*joined, error), o *mergeFlags) error {
	asFile := strings.HasSuffix(o.out, ".json")
	if !asFile && filepath.Ext(o.out) != "" {
		return badUsage("--out %s: the parts are reports of %s: give a name that ends in .json, or that of a folder, without an ending", o.out, parts[0].Command)
	}
	if !asFile { // which must not be that of a part
		var paths []string
		for _, p := range parts {
			paths = append(paths, p.Path)
		}
		if err := a.apart([]string{filepath.Join(o.out, "calibration.json")}, paths...); err != nil {
			return err
		}
	}
	r, err := join(parts)
	if err != nil {
		return err
	}
	if asFile {
		err = a.writeJSON(o.out, r.numbers)
	} else if err = writableFolder(o.out, r.page); err == nil {
		err = r.write(o.out, o.line)
	}
	if err != nil {
		return err
	}
	return printLines(a.stdout, r.findings)
}
