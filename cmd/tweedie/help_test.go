package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// examples are the command lines that the help of c and of its commands shows.
func examples(c *cobra.Command) (lines []string) {
	for line := range strings.Lines(c.Example) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	for _, s := range c.Commands() {
		lines = append(lines, examples(s)...)
	}
	return lines
}

// shellWords cuts a line as a shell does whose only quotes are ' and ".
func shellWords(line string) (words []string) {
	for line != "" {
		i := strings.IndexAny(line, "'\"")
		if i < 0 {
			break
		}
		words = append(words, strings.Fields(line[:i])...)
		quoted, rest, _ := strings.Cut(line[i+1:], line[i:i+1])
		words, line = append(words, quoted), rest
	}
	return append(words, strings.Fields(line)...)
}

// parses errs unless a command line would be accepted as far as its flags and
// arguments go.
func parses(line string) error {
	a := &app{stdout: io.Discard, stderr: io.Discard}
	root := a.root()
	words := shellWords(line)
	if words[0] != "tweedie" {
		return badUsage("%q is another program", words[0])
	}
	c, rest, err := root.Find(words[1:])
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	return c.ValidateArgs(c.Flags().Args())
}

// Every example of --help and of the README parses.
func TestExamplesParse(t *testing.T) {
	lines := examples((&app{}).root())
	if len(lines) < 10 {
		t.Errorf("only %d examples", len(lines))
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	n := len(lines)
	for line := range strings.Lines(string(readme)) {
		line = strings.TrimSpace(line)
		for _, program := range []string{"./tweedie ", "go run ./cmd/tweedie "} {
			if rest, ok := strings.CutPrefix(line, program); ok {
				lines = append(lines, "tweedie "+rest)
			}
		}
	}
	if len(lines) < n+5 {
		t.Errorf("only %d command lines in the README", len(lines)-n)
	}
	for _, line := range lines {
		if err := parses(line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"tweedie train --dat x", "tweedie inspect", "tweedie trian", "sed x", "tweedie sample --rows many"} {
		if parses(line) == nil {
			t.Errorf("%s: parses", line)
		}
	}
}

// quickly is what makes the examples of a command quick.
var quickly = map[string]string{
	"describe":    "",
	"train":       " --hidden 8 --layers 1 --batch 32",
	"sample":      " --rows 20 --nfe 4",
	"impute":      " --nfe 4",
	"encode":      "",
	"decode":      "",
	"interpolate": "",
	"logprob":     " --tolerance 0.1",
	"inspect":     "",
	"check":       " --replicas 20 --draws 9 --nfe 4",
	"bench":       " --hidden 8 --layers 1 --seconds 10ms",
	"quickstart":  " --steps 20",
	"evaluate":    "",
	"simulate":    "",
	"c2st":        "",
	"export":      "",
	"infer":       " --nfe 4",
	"calibrate":   " --draws 9 --densities 0 --nfe 4",
	"plot":        "",
	"colorize":    " --steps 5 --pictures 2 --draws 2 --nfe 10",
}

// hasPython tells whether simulators in Python run here.
func hasPython() bool {
	_, err := exec.LookPath("python3")
	return err == nil
}

// wineText is a table of wines, as the examples of sample name its columns.
func wineText(rows int) string {
	var b strings.Builder
	b.WriteString("alcohol,hue,class\n")
	for i := range rows {
		u := math.Mod(float64(i)*0.618034, 1)
		fmt.Fprintf(&b, "%.2f,%.2f,%d\n", 12+2*u, 1+u*u, 1+i%3)
	}
	return b.String()
}

// Every example works as pasted, but for what makes it quick. Those that need
// the files of others come after them; wine.csv, table.csv, adult.csv,
// wide.csv, gaps.csv, their models and observed.yaml are the reader's own.
func TestExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"wine.csv":      wineText(200),
		"wide.csv":      tableText(200, "x*20"),
		"train.csv":     tableText(60, "a", "b", "k"),
		"fake.csv":      tableText(50, "a", "b", "k"),
		"test.csv":      tableText(40, "a", "b", "k"),
		"gaps.csv":      strings.Replace(tableText(60, "a", "b", "k"), ",u", ",", 5),
		"table.csv":     strings.NewReplacer("k", "zip,born", ",u", ",u,03/04/1990", ",v", ",v,05/06/1991", ",w", ",w,unknown").Replace(tableText(200, "a", "k")),
		"posterior.csv": tableText(60, "a", "b"),
		"draws.csv":     tableText(50, "a", "b"),
		"adult.csv":     tableText(200, "a", "n", "k"),
		"truth.csv":     "a,b\n0.3,0.1\n",
		"prior.yaml":    "prior:\n  - {names: [parameter_1, parameter_2], law: uniform, low: -1, high: 1}\n",
		"prior2.yaml":   "prior:\n  - {names: [parameter_1, parameter_2], law: uniform, low: -0.9, high: 0.9}\n",
		"many.csv":      "data_1,data_2\n0.1,0.2\n0,0.1\n",
		"sim.py":        "import csv, sys\nprint('data_1,data_2')\nfor r in csv.DictReader(sys.stdin):\n    print(r['parameter_1'], r['parameter_2'], sep=',')\n",
		"observed.yaml": "guide:\n  - observe: {x: 0.5}\n    noise: 0.1\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	posteriorFiles(t)
	plotFiles(t)
	lines := append(examples((&app{}).root()), "tweedie train --data wide.csv --out wide.safetensors", "tweedie train --data gaps.csv --out gaps.safetensors")
	order := []string{"simulate", "describe", "train", "sample", "encode", "decode", "interpolate", "logprob", "impute", "inspect", "check", "bench", "quickstart", "evaluate", "colorize", "calibrate", "plot", "c2st", "infer", "export", "merge"}
	at := func(line string) int { return slices.Index(order, strings.Fields(line)[1]) }
	slices.SortStableFunc(lines, func(a, b string) int { return at(a) - at(b) })
	seen := map[string]bool{}
	for _, line := range lines {
		word := strings.Fields(line)[1]
		more, ok := quickly[word]
		switch {
		case !ok && word != "merge":
			t.Errorf("%s: say in this test how it runs", line)
			continue
		case word == "quickstart" && seen[word]:
			continue // one will do: it takes seconds
		case strings.Contains(line, "--problems") || strings.Contains(line, "bench tables") || strings.Contains(line, "bench inference") || strings.Contains(line, "bench growth"):
			continue // takes minutes, and no setting makes it quick
		case word == "merge", strings.Contains(line, "--rounds"):
			continue // of parts, and of rounds, that scripts make
		case strings.Contains(line, "sim.py") && !hasPython():
			continue
		case strings.Contains(line, "--log-prob"):
			more = ""
		case strings.Contains(line, "--particles"):
			line = strings.Replace(line, "1000", "20 --rows 20", 1)
		case strings.Contains(line, "--distill"):
			more = " --steps 20 --paths 100"
		case word == "train" && strings.Contains(line, "toy:"):
			line = strings.NewReplacer("60s", "200ms", "20s", "200ms").Replace(line) + " --toy-rows 2000"
		case word == "train":
			line += " --steps 20"
		}
		seen[word] = true
		var out, errs bytes.Buffer
		if code := run(context.Background(), shellWords(line + more)[1:], &out, &errs); code != 0 {
			t.Errorf("%s: exit %d: %s", line+more, code, errs.String())
		}
	}
	for _, name := range []string{"model.safetensors", "samples.csv", "samples.png", "score.png", "loss.png", "guided.png", "observed.yaml", "check-dps.png", "check-mmps.png", "report.html"} {
		if info, err := os.Stat("demo/" + name); err != nil || info.Size() == 0 {
			t.Errorf("quickstart: %s: %v", name, err)
		}
	}
}

// Completion scripts exist for every shell, and know commands and flags.
func TestCompletion(t *testing.T) {
	output := func(args ...string) string {
		var out, errs bytes.Buffer
		if code := run(context.Background(), args, &out, &errs); code != 0 {
			t.Errorf("%q: exit %d: %s", args, code, errs.String())
		}
		return out.String()
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if s := output("completion", shell); !strings.Contains(s, "tweedie") || len(s) < 1000 {
			t.Errorf("%s: %d bytes", shell, len(s))
		}
	}
	if s := output("__complete", "tra"); !strings.HasPrefix(s, "train\t") {
		t.Errorf("tra is completed by %q", s)
	}
	if s := output("__complete", "train", "--dat"); !strings.HasPrefix(s, "--data\t") {
		t.Errorf("--dat is completed by %q", s)
	}
	if s := output("__complete", "sample", "--sampler", ""); !strings.Contains(s, "ddim\n") || !strings.Contains(s, "\ndpmpp2m\n") {
		t.Errorf("--sampler is completed by %q", s)
	}
	if s := output("__complete", "train", "--data", ""); !strings.Contains(s, "csv") {
		t.Errorf("--data is completed by %q", s)
	}
}
