package layers

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// list returns the packages of the module as the go command sees them.
func list(t *testing.T) []Package {
	t.Helper()
	const form = `{{.ImportPath}}|{{join .Imports " "}}|{{join .TestImports " "}} {{join .XTestImports " "}}`
	cmd := exec.Command("go", "list", "-e", "-f", form, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var ps []Package
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 3 {
			t.Fatalf("go list printed %q", line)
		}
		ps = append(ps, Package{f[0], strings.Fields(f[1]), strings.Fields(f[2])})
	}
	return ps
}

func TestImportsGoDown(t *testing.T) {
	ps := list(t)
	if !slices.ContainsFunc(ps, func(p Package) bool { return p.Path == module+"internal/layers" }) {
		t.Fatal("the listing does not contain this package: nothing was checked")
	}
	for _, s := range Check(ps) {
		t.Error(s)
	}
}

func TestTableIsUsed(t *testing.T) {
	if _, err := os.Stat("../../.ci/run"); err != nil {
		t.Skip("a part of the module, in which the gates try themselves: most entries have no package here")
	}
	for _, s := range Unused(table, list(t)) {
		t.Error(s)
	}
}

// Each line is an entry that nobody uses, beside entries that are used.
func TestUnusedFindsPlantedEntries(t *testing.T) {
	listing := []Package{
		{"tweedie/sde", []string{"tweedie/internal/stream", "math"}, nil},
		{"tweedie/nn", []string{"gorgonia.org/gorgonia"}, []string{"tweedie/sde"}},
	}
	used := func() map[string]rule {
		return map[string]rule{"sde": {may: []string{"internal/stream"}}, "nn": {may: []string{"sde"}, gorgonia: true}}
	}
	for _, c := range []struct {
		name    string
		of      string
		planted rule
		want    string
	}{
		{"none", "sde", used()["sde"], ""},
		{"an import", "sde", rule{may: []string{"internal/stream", "internal/kernel"}}, "sde may import internal/kernel and does not"},
		{"a standard package", "sde", rule{may: []string{"internal/stream", "math"}}, "sde may import math and does not"},
		{"a repetition", "sde", rule{may: []string{"internal/stream", "internal/stream"}}, "sde may import internal/stream, twice"},
		{"the backend", "sde", rule{may: []string{"internal/stream"}, gorgonia: true}, "sde may import Gorgonia and does not"},
		{"a package", "guide/specs", rule{}, "guide/specs has an entry in the layer table and no package"},
	} {
		broken := used()
		broken[c.of] = c.planted
		if got := strings.Join(Unused(broken, listing), "; "); got != c.want {
			t.Errorf("%s: Unused says %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTableGoesDown(t *testing.T) {
	for _, s := range checkTable(table) {
		t.Error(s)
	}
}

// Each line is a violation that Check must name, beside imports that it must
// let pass.
func TestCheckFindsPlantedViolations(t *testing.T) {
	for _, c := range []struct {
		name string
		p    Package
		want string // "" for none
	}{
		{"down", Package{"tweedie/sample", []string{"tweedie/sde", "gonum.org/v1/gonum/mat"}, nil}, ""},
		{"backend where it belongs", Package{"tweedie/nn", []string{"gorgonia.org/gorgonia"}, nil}, ""},
		{"oracle in a test", Package{"tweedie/sde", nil, []string{"tweedie/sde", "tweedie/internal/oracle"}}, ""},
		{"lower row in a test", Package{"tweedie/sample", nil, []string{"tweedie/datasets/toy"}}, ""},
		{"up", Package{"tweedie/sde", []string{"tweedie/sample"}, nil}, "sde must not import sample"},
		{"sideways", Package{"tweedie/sample", []string{"tweedie/guide"}, nil}, "sample must not import guide"},
		{"sideways back", Package{"tweedie/guide", []string{"tweedie/sample"}, nil}, "guide must not import sample"},
		{"sideways in a test", Package{"tweedie/guide", nil, []string{"tweedie/sample"}}, "the tests of guide must not import sample"},
		{"up in a test", Package{"tweedie/sde", nil, []string{"tweedie/nn"}}, "the tests of sde must not import nn"},
		{"oracle in the product", Package{"tweedie/sample", []string{"tweedie/internal/oracle"}, nil}, "sample must not import internal/oracle"},
		{"backend in the command", Package{"tweedie/cmd/tweedie", []string{"gorgonia.org/tensor"}, nil}, "cmd/tweedie must not import gorgonia.org/tensor"},
		{"backend in a test", Package{"tweedie/guide", nil, []string{"gorgonia.org/gorgonia"}}, "the tests of guide must not import gorgonia.org/gorgonia"},
		{"parent in its folder", Package{"tweedie/internal/bench/accuracy", []string{"tweedie/internal/bench"}, nil}, ""},
		{"measurement in the product", Package{"tweedie/train", []string{"tweedie/internal/bench"}, nil}, "train must not import internal/bench"},
		{"command in a measurement", Package{"tweedie/internal/bench", []string{"tweedie/cmd/tweedie"}, nil}, "internal/bench must not import cmd/tweedie"},
		{"unknown package", Package{"tweedie/internal/helpers", nil, nil}, "internal/helpers has no entry in the layer table"},
	} {
		got := strings.Join(Check([]Package{c.p}), "; ")
		if got != c.want {
			t.Errorf("%s: Check says %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCheckTableFindsPlantedViolations(t *testing.T) {
	for name, may := range map[string]string{
		"sde":             "train",          // up
		"sample":          "guide",          // sideways
		"datasets":        "sde",            // sideways
		"train":           "internal/bench", // up
		"internal/stream": "internal",       // unknown
	} {
		broken := maps.Clone(table)
		r := broken[name]
		r.may = []string{may}
		broken[name] = r
		if len(checkTable(broken)) == 0 {
			t.Errorf("checkTable lets %s import %s", name, may)
		}
	}
}
