package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// The exact posterior of a problem is what Bayes' rule makes of its prior and its
// observation: p(x|y)/(p(x) p(y|x)) is the same at every x, but for the noise of
// .01 at t = 0 in both of its laws.
func TestModesPosterior(t *testing.T) {
	spread := func(p *modesProblem) float64 {
		const n = 40
		x := mat.NewDense(n, modesDim, nil)
		p.post.Sample(x, 3, 0)
		prior, post, like := make([]float64, n), make([]float64, n), make([]float64, n)
		p.prior.LogProb(prior, x, []float64{0})
		p.post.LogProb(post, x, []float64{0})
		if err := guide.New(p.prior, guide.MMPS{Observation: p.obs}).LogLikelihood(like, x); err != nil {
			t.Fatal(err)
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for i := range n {
			v := post[i] - prior[i] - like[i]
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
		return hi - lo
	}
	for m := 1; m <= 4; m++ {
		p, err := newModesProblem(modesDim, m, stream.NewKey(5, "test").At(uint64(m)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if s := spread(p); s > 0.05 {
			t.Errorf("m = %d: the ratio varies by %.2g nats", m, s)
		}
		p.obs.Error = sde.NormalError{SD: 1.2 * p.obs.Error.(sde.NormalError).SD}
		if spread(p) < 0.2 {
			t.Errorf("m = %d: an error law that is 20 %% wider passes", m)
		}
	}
}

// modes runs bench guide --problems and returns its report.
func modes(t *testing.T, args ...string) modesReport {
	t.Helper()
	code, out, errs := bench(append([]string{"guide", "--problems", "mixture25", "--json"}, args...)...)
	var r modesReport
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	return r
}

func TestBenchModes(t *testing.T) {
	small := []string{"--rows", "30", "--nfe", "12", "--count", "2", "--observations", "4"}
	r := modes(t, append(small, "--workers", "1")...)
	by := map[string]float64{}
	for i, row := range r.Results {
		by[row.Method] = row.Mean
		if len(row.Each) != 2 || math.Abs(row.Mean-(row.Each[0]+row.Each[1])/2) > 1e-12 || row.Observations != 4 {
			t.Errorf("row %d: %+v", i, row)
		}
	}
	if len(by) != 6 || !strings.HasPrefix(r.Results[0].Method, "floor") || !strings.HasPrefix(r.Results[1].Method, "prior") {
		t.Errorf("methods: %v", by)
	}
	if by["MMPS"] > by["prior: do nothing"]/2 || by["floor: exact draws"] > by["MMPS"] {
		t.Errorf("floor, MMPS and prior out of order: %v", by)
	}
	for i, row := range modes(t, append(small, "--workers", "3")...).Results {
		if row.Mean != r.Results[i].Mean {
			t.Errorf("%s depends on the number of workers", row.Method)
		}
	}
	all := modes(t, "--rows", "20", "--nfe", "6", "--count", "1", "--observations", "1", "--remedies")
	if n := len(all.Results); n != 14 {
		t.Errorf("%d methods with remedies, want 14", n)
	}
	all = modes(t, "--rows", "20", "--nfe", "6", "--count", "1", "--observations", "1", "--all")
	if n := len(all.Results); n != 14 {
		t.Errorf("%d methods with all, want 14", n)
	}
	code, out, _ := bench("guide", "--problems", "mixture25", "--rows", "10", "--nfe", "4", "--count", "1", "--observations", "2,4")
	if code != 0 || strings.Count(out, "\n") != 8 || !strings.Contains(out, "m = 4") {
		t.Errorf("in words: exit %d, %s", code, out)
	}
}

// A network is measured beside exact scores, and better after more training.
func TestBenchModesTrained(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a network")
	}
	mean := func(steps string) float64 {
		r := modes(t, "--rows", "20", "--nfe", "6", "--count", "1", "--observations", "1", "--trained", "--train-steps", steps)
		if n := len(r.Results); n != 12 || !strings.HasSuffix(r.Results[n-1].Method, ", trained") {
			t.Fatalf("%d methods, the last %q", n, r.Results[n-1].Method)
		}
		sum := 0.0
		for _, e := range r.Errors {
			sum += e.Error / float64(len(r.Errors))
		}
		return sum
	}
	if few, more := mean("5"), mean("200"); !(more < few/2) {
		t.Errorf("the error is %.3g after 200 steps and %.3g after 5", more, few)
	}
}

func TestBenchModesRefuses(t *testing.T) {
	for _, line := range []string{
		"--problems mixture24", "--count 3", "--remedies", "--all", "--trained", "--problems mixture25 --train-steps 10", "--problems mixture25 --hidden 8", "--problems mixture25 --guide dps",
		"--problems mixture25 --observations 9", "--problems mixture25 --count 0", "--problems mixture25 --rows 1", "--problems mixture25 --nfe 1",
	} {
		if code, out, errs := bench(append([]string{"guide"}, strings.Fields(line)...)...); code != 2 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, %q", line, code, out, errs)
		}
	}
}

// The pictures are those of docs/figures, each of its own guide.
func TestGuidePictures(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	dir := t.TempDir()
	if code, _, errs := bench("guide", "--pictures", dir); code != 0 {
		t.Fatal(errs)
	}
	files, err := filepath.Glob(filepath.Join(dir, "guide-*.png"))
	if err != nil || len(files) != 10 {
		t.Fatalf("%v, %v", files, err)
	}
	seen := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 60<<10 {
			t.Errorf("%s has %d bytes", f, len(b))
		}
		if other := seen[string(b)]; other != "" {
			t.Errorf("%s and %s are the same", f, other)
		}
		seen[string(b)] = f
	}
	if code, out, _ := bench("guide", "--pictures", dir, "--json"); code != 2 || out != "" {
		t.Errorf("with a flag that it would ignore: exit %d", code)
	}
}
