package bench

import (
	"os"
	"runtime"
	"strings"

	"tweedie/internal/kernel"
)

// Report is the result of a measurement of speed. Shares are of Workers times the
// peak. Allocations are per step. A step of sampling moves all rows of a run; its
// allocations are those of one block of rows.
type Report struct {
	Bench string `json:"bench"`
	Network
	Batch   int    `json:"batch,omitempty"`
	Rows    int    `json:"rows,omitempty"`
	NFE     int    `json:"nfe,omitempty"`
	Sampler string `json:"sampler,omitempty"`
	Guide   string `json:"guide,omitempty"`
	Workers int    `json:"workers"`
	Steps   int    `json:"steps"` // measured

	RowsPerS      float64 `json:"rows_per_s"` // at the median
	MsPerStep     Timing  `json:"ms_per_step"`
	ShareOfPeak   float64 `json:"share_of_peak"` // at the median
	ShareBest     float64 `json:"share_of_peak_best"`
	AllocsPerStep float64 `json:"allocs_per_step"`
	BytesPerStep  float64 `json:"bytes_per_step"`
	OneWorker     *Timing `json:"one_worker_ms_per_step,omitempty"`
	Speedup       float64 `json:"speedup,omitempty"` // over one worker, of the medians
	Unguided      *Timing `json:"unguided_ms_per_step,omitempty"`
	Cost          float64 `json:"cost_of_guide,omitempty"` // a guided step in unguided steps, of the medians
	Pullbacks     float64 `json:"pullbacks_per_evaluation,omitempty"`

	MflopPerStep float64 `json:"mflop_per_step"`
	PeakGflops   float64 `json:"peak_gflops"` // of one thread
	Kernel       string  `json:"kernel"`
	CPU          string  `json:"cpu"`
	Cores        int     `json:"cores"`
	Go           string  `json:"go"`
	Platform     string  `json:"platform"`
	Version      string  `json:"version"` // of this module; for the caller to fill in
}

// finish fills in what follows from the times, the work and the machine: a step moves
// so many rows and takes so many floating-point operations.
func (r *Report) finish(rows, flop, peak float64) {
	r.RowsPerS = rows / r.MsPerStep.Median * 1e3
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
	r.Go, r.Platform = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
}

// cpuModel is the name of the processor as Linux has it, or the architecture.
func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
