package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/internal/kernel"
	"tweedie/nn"
	"tweedie/sde"
)

// benchFlags are the settings that the bench commands share.
type benchFlags struct {
	dim, hidden, layers int
	film                bool
	seconds             time.Duration
	scaling, json       bool
	profile             string
}

func (a *app) benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of this machine at training, sampling and guiding",
		Long: `Measure the speed of this machine at training, sampling and guiding: rows per second,
milliseconds per step, allocations, and the share of the peak. The peak is the
speed of the matrix kernel on one thread with its operands in the first-level
cache, measured before and after, times the number of workers. Only the
products of the network count as work; the rest of a step is what lowers the
share.`,
		Example: `  tweedie bench train --hidden 256 --layers 3 --batch 512 --json
  tweedie bench sample --hidden 256 --layers 3 --rows 10000 --nfe 50 --scaling`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.benchTrainCommand(), a.benchSampleCommand(), a.benchGuideCommand(), a.benchSamplersCommand(), a.benchTablesCommand())
	return c
}

func (o *benchFlags) define(f *pflag.FlagSet) {
	f.IntVar(&o.dim, "dim", 2, "columns of the data")
	f.IntVar(&o.hidden, "hidden", 128, "width of the hidden layers")
	f.IntVar(&o.layers, "layers", 4, "number of hidden layers")
	f.BoolVar(&o.film, "film", false, "let time and labels scale the layers, not only shift them")
	f.DurationVar(&o.seconds, "seconds", 3*time.Second, "how long to measure, as 3s")
	f.BoolVar(&o.scaling, "scaling", false, "measure one worker as well, in turn with all of them")
	f.BoolVar(&o.json, "json", false, "write one JSON object")
	f.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile to this file")
}

func (o *benchFlags) check() error {
	if o.dim < 1 || o.hidden < 1 || o.layers < 1 {
		return badUsage("--dim is %d, --hidden %d, --layers %d: all must be positive", o.dim, o.hidden, o.layers)
	}
	if o.seconds <= 0 {
		return badUsage("--seconds is %v: give a positive time, as 3s", o.seconds)
	}
	return kernel.PathError()
}

// model is an untrained model of standardised data.
func (o *benchFlags) model(seed uint64) (*nn.Model, error) {
	mean, variance := make([]float64, o.dim), make([]float64, o.dim)
	for j := range variance {
		variance[j] = 1
	}
	return nn.New(nn.Config{
		Hidden: o.hidden, Layers: o.layers, FiLM: o.film, Schedule: sde.VP{},
		Mean: mean, Variance: variance, Seed: seed,
	})
}

// benchReport is what a bench command prints. Shares are of Workers times the
// peak; those of allocation are per step, a step of sampling being one step of
// one block of rows.
type benchReport struct {
	Bench   string `json:"bench"`
	Dim     int    `json:"dim"`
	Hidden  int    `json:"hidden"`
	Layers  int    `json:"layers"`
	FiLM    bool   `json:"film,omitempty"`
	Batch   int    `json:"batch,omitempty"`
	Rows    int    `json:"rows,omitempty"`
	NFE     int    `json:"nfe,omitempty"`
	Sampler string `json:"sampler,omitempty"`
	Guide   string `json:"guide,omitempty"`
	Workers int    `json:"workers"`
	Steps   int    `json:"steps"` // measured

	RowsPerS      float64 `json:"rows_per_s"` // at the median
	MsPerStep     timing  `json:"ms_per_step"`
	ShareOfPeak   float64 `json:"share_of_peak"` // at the median
	ShareBest     float64 `json:"share_of_peak_best"`
	AllocsPerStep float64 `json:"allocs_per_step"`
	BytesPerStep  float64 `json:"bytes_per_step"`
	OneWorker     *timing `json:"one_worker_ms_per_step,omitempty"`
	Speedup       float64 `json:"speedup,omitempty"` // over one worker, of the medians
	Unguided      *timing `json:"unguided_ms_per_step,omitempty"`
	Cost          float64 `json:"cost_of_guide,omitempty"` // a guided step in unguided steps, of the medians
	Pullbacks     float64 `json:"pullbacks_per_evaluation,omitempty"`

	MflopPerStep float64 `json:"mflop_per_step"`
	PeakGflops   float64 `json:"peak_gflops"` // of one thread
	Kernel       string  `json:"kernel"`
	CPU          string  `json:"cpu"`
	Cores        int     `json:"cores"`
	Go           string  `json:"go"`
	Platform     string  `json:"platform"`
	Version      string  `json:"version"`
}

// finish fills in what follows from the times, the work and the machine.
func (r *benchReport) finish(rows int, flop, peak float64) {
	r.RowsPerS = float64(rows) / r.MsPerStep.Median * 1e3
	r.MflopPerStep, r.PeakGflops = flop/1e6, peak/1e9
	share := func(ms float64) float64 { return flop / (ms / 1e3 * peak * float64(r.Workers)) }
	r.ShareOfPeak, r.ShareBest = share(r.MsPerStep.Median), share(r.MsPerStep.Best)
	if r.OneWorker != nil {
		r.Speedup = r.OneWorker.Median / r.MsPerStep.Median
	}
	if r.Unguided != nil {
		r.Cost = r.MsPerStep.Median / r.Unguided.Median
	}
	r.Kernel, r.CPU, r.Cores = kernel.Path(), cpuModel(), runtime.NumCPU()
	r.Go, r.Platform, r.Version = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH, version()
}

// print writes the report: an object, or its fields one below the other.
func (a *app) printBench(r *benchReport, asJSON bool) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if asJSON {
		_, err = fmt.Fprintf(a.stdout, "%s\n", b)
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	network := fmt.Sprintf("dim %d, hidden %d, layers %d, %s", r.Dim, r.Hidden, r.Layers, r.work())
	fmt.Fprintf(w, "%s\t%s\n", r.Bench, network)
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

func (r *benchReport) work() string {
	if r.Batch > 0 {
		return fmt.Sprintf("batch %d", r.Batch)
	}
	return fmt.Sprintf("%d rows x %d NFE, %s", r.Rows, r.NFE, r.Sampler)
}

// profiled runs fn under the CPU profile that --cpuprofile asks for.
func (o *benchFlags) profiled(fn func() error) error {
	if o.profile == "" {
		return fn()
	}
	f, err := os.Create(o.profile)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return err
	}
	err = fn()
	pprof.StopCPUProfile()
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// cpuModel is the processor's name as Linux has it, or the architecture.
func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
