package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/datasets/shard"
	"tweedie/guide/calibration"
	"tweedie/internal/kernel"
)

// shardFlags are those of a command that can do one part of its work.
type shardFlags struct {
	shard string
	part  shard.Part
	of    *cobra.Command
	files []string // flags that name files to read
}

// define adds --shard to a command whose flags of those names are files to read.
func (o *shardFlags) define(c *cobra.Command, what string, files ...string) {
	c.Flags().StringVar(&o.shard, "shard", "", "i/n: "+what+"; auto: that of a Slurm array or a Kubernetes Indexed Job. merge puts parts together")
	o.of, o.files = c, files
}

// check reads --shard.
func (o *shardFlags) check() (err error) {
	if o.part, err = shard.Parse(o.shard, os.Getenv); err != nil {
		return badUsage("--shard %w", err)
	}
	if o.part.Whole() {
		return nil
	}
	for _, name := range o.files {
		if f := o.of.Flags().Lookup(name); f != nil && slices.Contains(values(f), "-") {
			return badUsage("--shard does not go with --%s -: every part reads it anew; give a file", name)
		}
	}
	return nil
}

// checkFolder reads --shard of a command that writes a report to a folder.
func (o *shardFlags) checkFolder(out string, json bool) error {
	err := o.check()
	switch {
	case err != nil || o.part.Whole():
		return err
	case out == "":
		return badUsage("--shard writes a part of the numbers, for merge: give --out FOLDER")
	case json:
		return badUsage("--json prints the verdict, which all parts have together: merge prints it")
	}
	return nil
}

// writePart writes the manifest of a part that stands in the folder, of n of the simulations or
// replicas, which are those of p.
func (a *app) writePart(o *shardFlags, dir string, n int, p calibration.PartOf) error {
	return a.writeManifests(o, []string{filepath.Join(dir, calibration.NumbersFile)}, nil, p.First, n, p.Of, nil)
}

// unwritten are flags that change no byte of what is written.
var unwritten = []string{"shard", "out", "workers", "quiet", "log-format", "config", "json", "seed", "help", "theta", "x"}

// manifest is that of a part whose rows begin with first of total. Its settings are the flags
// that were given.
func (a *app) manifest(o *shardFlags, first, rows, total int) (*shard.Manifest, error) {
	m := &shard.Manifest{
		Command: o.of.Name(), Part: o.part.Index, Parts: o.part.Of, First: first, Rows: rows, Total: total,
		Seed: a.seed, Kernels: kernel.Path(), Arch: runtime.GOARCH, Version: version(), Inputs: map[string]string{}, Settings: map[string]string{},
	}
	var err error
	o.of.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case !f.Changed || slices.Contains(unwritten, f.Name) && !slices.Contains(o.files, f.Name) || err != nil:
		case slices.Contains(o.files, f.Name):
			m.Inputs[f.Name], err = contents(values(f))
		default:
			m.Settings[f.Name] = strings.Join(values(f), "\n")
		}
	})
	return m, err
}

// contents is the SHA-256 of files, one after the other; the text where it names none.
func contents(paths []string) (string, error) {
	var sums []string
	for _, p := range paths {
		if _, err := os.Stat(p); err != nil && (strings.HasPrefix(p, toyPrefix) || strings.HasPrefix(p, "task:")) {
			sums = append(sums, p)
			continue
		}
		s, err := shard.Sum(p)
		if err != nil {
			return "", err
		}
		sums = append(sums, s)
	}
	return strings.Join(sums, " "), nil
}

// values are those of a flag.
func values(f *pflag.Flag) []string {
	if s, ok := f.Value.(pflag.SliceValue); ok {
		return s.GetSlice()
	}
	return []string{f.Value.String()}
}

// writeManifests writes the manifests of files that are there, with what the command says of
// the part. names tell files of one part from each other. A whole has none, and what went to
// stdout neither: nothing stands beside it.
func (a *app) writeManifests(o *shardFlags, files, names []string, first, rows, total int, result any) error {
	if o.part.Whole() {
		return nil
	}
	m, err := a.manifest(o, first, rows, total)
	if err != nil {
		return err
	}
	if result != nil {
		if m.Result, err = json.Marshal(result); err != nil {
			return err
		}
	}
	for k, f := range files {
		if f == "" || f == "-" {
			continue
		}
		if names != nil {
			m.Settings[shard.FileSetting] = names[k]
		}
		if err := m.Write(f); err != nil {
			return err
		}
	}
	a.log.Info("part", "shard", o.part.String(), "rows", rows, "of", total)
	return nil
}
