package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/internal/bench"
	"tweedie/internal/bench/mixture25"
)

// benched runs a command line and returns the exit code and what it printed.
func benched(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"bench"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// The reports of a command are one JSON object, with the settings of its flags.
func TestBenchJSON(t *testing.T) {
	for line, want := range map[string]bench.Report{
		"train --batch 70 --steps 7 --workers 1":                        {Bench: "train", Network: bench.Network{Dim: 2, Hidden: 16, Layers: 2}, Batch: 70, Steps: 7, Workers: 1},
		"train --batch 130 --steps 2 --workers 2 --film --dim 3":        {Bench: "train", Network: bench.Network{Dim: 3, Hidden: 16, Layers: 2, FiLM: true}, Batch: 130, Steps: 2, Workers: 2},
		"sample --rows 90 --nfe 6 --workers 1 --sampler heun":           {Bench: "sample", Network: bench.Network{Dim: 2, Hidden: 16, Layers: 2}, Rows: 90, NFE: 6, Workers: 1, Sampler: "heun"},
		"guide --rows 130 --nfe 5 --workers 1 --guide dps --cpuprofile": {Bench: "guide", Network: bench.Network{Dim: 2, Hidden: 16, Layers: 2}, Rows: 130, NFE: 5, Workers: 1, Sampler: "dpmpp2m", Guide: "dps"},
	} {
		args := append(strings.Fields(line), "--hidden", "16", "--layers", "2", "--json")
		profile := filepath.Join(t.TempDir(), "profile")
		if strings.Contains(line, "cpuprofile") {
			line = strings.Replace(line, "--cpuprofile", "--cpuprofile="+profile, 1)
			args = append(strings.Fields(line), "--hidden", "16", "--layers", "2", "--json", "--seconds", "20ms")
		} else if !strings.Contains(line, "--steps") {
			args = append(args, "--seconds", "20ms")
		}
		code, out, errs := benched(args...)
		var r bench.Report
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatalf("%s: exit %d, %v: %s%s", line, code, err, out, errs)
		}
		if info, err := os.Stat(profile); (err == nil && info.Size() > 0) != strings.Contains(line, "cpuprofile") {
			t.Errorf("%s: profile: %v", line, err)
		}
		if want.Steps == 0 {
			want.Steps = r.Steps
		}
		got := bench.Report{Bench: r.Bench, Network: r.Network, Batch: r.Batch, Rows: r.Rows, NFE: r.NFE, Sampler: r.Sampler, Guide: r.Guide, Workers: r.Workers, Steps: r.Steps}
		if got != want || r.Version == "" || r.MsPerStep.Median <= 0 {
			t.Errorf("%s: %+v", line, r)
		}
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, line := range []string{
		"train --batch 0", "train --steps -1", "train --steps 5 --seconds 1s", "train --hidden 0", "train --seconds 0s",
		"sample --rows 0", "sample --sampler euler2", "guide --guide dsp", "nothing", "tables --data x", "tables --data x --out y --sets irises",
		"guide --problems mixture24", "guide --count 3", "guide --remedies", "guide --all", "guide --trained",
		"guide --problems mixture25 --train-steps 10", "guide --problems mixture25 --hidden 8", "guide --problems mixture25 --guide dps",
		"guide --problems mixture25 --observations 9", "guide --problems mixture25 --count 0", "guide --problems mixture25 --rows 1", "guide --problems mixture25 --nfe 1",
		"guide --pictures p --json",
	} {
		if code, out, errs := benched(strings.Fields(line)...); code != 2 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, %q", line, code, out, errs)
		}
	}
	if code, out, _ := benched("train", "--steps", "1", "--hidden", "4", "--layers", "1"); code != 0 || !strings.Contains(out, "rows per second") {
		t.Errorf("in words: exit %d, %q", code, out)
	}
}

func TestBenchProblems(t *testing.T) {
	line := []string{"guide", "--problems", "mixture25", "--rows", "10", "--nfe", "4", "--count", "1", "--observations", "2,4"}
	code, out, _ := benched(line...)
	if code != 0 || strings.Count(out, "\n") != 8 || !strings.Contains(out, "m = 4") {
		t.Errorf("in words: exit %d, %s", code, out)
	}
	var r mixture25.Report
	code, out, _ = benched(append(line, "--json")...)
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || r.Rows != 10 || r.Steps != 4 || len(r.Results) != 12 {
		t.Errorf("as JSON: exit %d, %v: %s", code, err, out)
	}
}

// The old spelling of the command still works.
func TestColorize(t *testing.T) {
	dir := t.TempDir()
	var texts []string
	for _, line := range []string{"colorize --steps 2", "colourize --model " + dir + "/pictures.safetensors"} {
		var out, errs bytes.Buffer
		args := append(strings.Fields(line), "--pictures", "2", "--draws", "2", "--nfe", "10", "--out", dir)
		if code := run(context.Background(), args, &out, &errs); code != 0 {
			t.Fatalf("%s: exit %d: %s", line, code, errs.String())
		}
		texts = append(texts, out.String())
	}
	if texts[0] != texts[1] || !strings.HasPrefix(texts[0], "2 pictures, 2 colorings of each") {
		t.Errorf("%q, and with the saved network %q", texts[0], texts[1])
	}
	if info, err := os.Stat(filepath.Join(dir, "colorize.png")); err != nil || info.Size() == 0 {
		t.Error(err)
	}
}
