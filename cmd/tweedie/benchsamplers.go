package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color/palette"
	imagedraw "image/draw"
	"image/png"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"tweedie/internal/atomicfile"
	"tweedie/internal/figure"
)

type samplersFlags struct {
	out     string
	trained bool
	seeds   int
	steps   int
}

// samplersReport is what bench samplers measures.
type samplersReport struct {
	Gaussian  []accuracy   `json:"gaussian"`
	Mixture   []accuracy   `json:"mixture"`
	Tolerance []tolerance  `json:"tolerance"`
	Cost      []samplerMs  `json:"cost"`
	Trained   *trainedPart `json:"trained,omitempty"`
}

func (a *app) benchSamplersCommand() *cobra.Command {
	var o samplersFlags
	c := &cobra.Command{
		Use:   "samplers --out DIR",
		Short: "Measure the accuracy of every sampler",
		Long: `Measure the accuracy of every sampler: its error against evaluations on exact
laws, the adaptive ones against their tolerance, and what a step costs beside the
network. With --trained, also on models trained here for some minutes: schedules,
predictors, correctors, objectives and depth compared, and whether two networks
encode alike. The report goes to DIR as JSON and figures, and to stdout as the
tables of docs/samplers.md. Seeds are fixed; only the costs differ between runs.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.out == "" {
				return badUsage("bench samplers needs --out, a folder")
			}
			if err := between("seeds", o.seeds, 2, 100); err != nil {
				return err
			}
			if err := between("steps", o.steps, 1, maxSteps); err != nil {
				return err
			}
			if !o.trained && (c.Flags().Changed("seeds") || c.Flags().Changed("steps")) {
				return badUsage("--seeds and --steps are for --trained")
			}
			return a.benchSamplers(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "folder for samplers.json and the figures")
	f.BoolVar(&o.trained, "trained", false, "train models and compare on them, too")
	f.IntVar(&o.seeds, "seeds", 3, "repetitions of each training")
	f.IntVar(&o.steps, "steps", 3000, "optimiser steps of each training")
	return c
}

func (a *app) benchSamplers(ctx context.Context, o *samplersFlags) error {
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	r := &samplersReport{}
	for _, part := range []func(context.Context, *samplersFlags, *samplersReport) error{
		a.benchGaussian, a.benchMixture, a.benchTolerance, a.benchPaths, a.benchCost,
	} {
		if err := part(ctx, o, r); err != nil {
			return err
		}
	}
	if o.trained {
		if err := a.benchTrained(ctx, o, r); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(o.out, "samplers.json"), append(b, '\n'))
}

// draw writes a figure to the folder, in a palette, for it to be small.
func (o *samplersFlags) draw(name string, f *figure.Figure, err error) error {
	if err != nil {
		return err
	}
	full, err := png.Decode(bytes.NewReader(f.PNG()))
	if err != nil {
		return err
	}
	small := image.NewPaletted(full.Bounds(), palette.Plan9)
	imagedraw.Draw(small, full.Bounds(), full, full.Bounds().Min, imagedraw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small); err != nil {
		return err
	}
	return writeWhole(filepath.Join(o.out, name+".png"), b.Bytes())
}

func writeWhole(path string, b []byte) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Commit()
}

// row prints a row of a Markdown table.
func (a *app) row(cells ...string) {
	for _, c := range cells {
		fmt.Fprintf(a.stdout, "| %s ", c)
	}
	fmt.Fprintln(a.stdout, "|")
}

// heading prints a title and the head of a Markdown table.
func (a *app) heading(title string, cells ...string) {
	fmt.Fprintf(a.stdout, "\n%s\n\n", title)
	a.row(cells...)
	rule := make([]string, len(cells))
	for i := range rule {
		rule[i] = "---"
	}
	a.row(rule...)
}
