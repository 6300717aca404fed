package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"tweedie/internal/bench"
	"tweedie/internal/bench/mixture25"
)

// printJSON writes one object on a line.
func (a *app) printJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", b)
	return err
}

// printBench writes a report of speed, or passes the error of making it on.
func (a *app) printBench(r *bench.Report, err error, asJSON bool) error {
	if err != nil {
		return err
	}
	r.Version = version()
	if asJSON {
		return a.printJSON(r)
	}
	work := fmt.Sprintf("%d rows x %d NFE, %s", r.Rows, r.NFE, r.Sampler)
	if r.Batch > 0 {
		work = fmt.Sprintf("batch %d", r.Batch)
	}
	w := aligned(a.stdout)
	fmt.Fprintf(w, "%s\tdim %d, hidden %d, layers %d, %s\n", r.Bench, r.Dim, r.Hidden, r.Layers, work)
	fmt.Fprintf(w, "machine\t%s, %d cores, %s, %s, %s kernels, %.1f GF a thread\n", r.CPU, r.Cores, r.Platform, r.Go, r.Kernel, r.PeakGflops)
	fmt.Fprintf(w, "workers\t%d\n", r.Workers)
	fmt.Fprintf(w, "rows per second\t%.4g\n", r.RowsPerS)
	fmt.Fprintf(w, "ms per step\t%.4g (p10 %.4g, p90 %.4g, best %.4g; %d steps)\n", r.MsPerStep.Median, r.MsPerStep.P10, r.MsPerStep.P90, r.MsPerStep.Best, r.Steps)
	fmt.Fprintf(w, "share of peak\t%.1f %% (best %.1f %%)\n", 100*r.ShareOfPeak, 100*r.ShareBest)
	fmt.Fprintf(w, "per step\t%.4g Mflop, %.3g allocations, %.4g bytes\n", r.MflopPerStep, r.AllocsPerStep, r.BytesPerStep)
	if r.OneWorker != nil {
		fmt.Fprintf(w, "one worker\t%.4g ms per step: %d workers are %.2f times as fast\n", r.OneWorker.Median, r.Workers, r.Speedup)
	}
	if r.Unguided != nil {
		fmt.Fprintf(w, "unguided\t%.4g ms per step: %s costs %.2f times as much, with %.3g backward passes per evaluation\n", r.Unguided.Median, r.Guide, r.Cost, r.Pullbacks)
	}
	return w.Flush()
}

// printProblems writes distances to exact posteriors: a line for each method, a column
// for each number of observations.
func (a *app) printProblems(r *mixture25.Report) error {
	w := aligned(a.stdout)
	printScoreErrors(w, r)
	fmt.Fprintf(w, "sliced 1-Wasserstein distance to exact draws, mean ± standard error (median) over %d problems: %d rows, %d steps\n", r.Problems, r.Rows, r.Steps)
	var of []int
	var methods []string
	cells, nfe := map[string]string{}, map[string]float64{}
	for _, row := range r.Results {
		if !slices.Contains(of, row.Observations) {
			of = append(of, row.Observations)
		}
		if !slices.Contains(methods, row.Method) {
			methods = append(methods, row.Method)
		}
		nfe[row.Method] = max(nfe[row.Method], row.NFE)
		cells[fmt.Sprint(row.Method, row.Observations)] = problemCell(row)
	}
	fmt.Fprint(w, "method\tNFE")
	for _, m := range of {
		fmt.Fprintf(w, "\tm = %d", m)
	}
	fmt.Fprintln(w)
	for _, method := range methods {
		fmt.Fprintf(w, "%s\t%.0f", method, math.Round(nfe[method]))
		for _, m := range of {
			fmt.Fprintf(w, "\t%s", cells[fmt.Sprint(method, m)])
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

func problemCell(r mixture25.Result) string {
	s := fmt.Sprintf("%.2f ± %.2f (%.2f)", r.Mean, r.SE, r.Median)
	if r.Mean > 1000 {
		s = fmt.Sprintf("%.0e (%.2g)", r.Mean, r.Median)
	}
	if r.Failed > 0 {
		s += fmt.Sprintf(", %d failed", r.Failed)
	}
	return s
}

func printScoreErrors(w io.Writer, r *mixture25.Report) {
	if r.TrainSteps == 0 {
		return
	}
	fmt.Fprintf(w, "network of %d steps against the exact denoiser\nσ\trms of D - D*\trms of x_0 - D*\tof the Jacobian, relative\n", r.TrainSteps)
	for _, e := range r.Errors {
		fmt.Fprintf(w, "%g\t%.3f\t%.3f\t%.3f\n", e.Sigma, e.Error, e.Spread, e.Slope)
	}
	fmt.Fprintln(w)
}
