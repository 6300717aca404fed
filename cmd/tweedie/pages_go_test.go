package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goPackages are what the Go blocks of the pages may import.
var goPackages = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "io": "io", "log": "log", "math": "math", "os": "os", "filepath": "path/filepath", "strings": "strings",
	"mat": "gonum.org/v1/gonum/mat", "G": "gorgonia.org/gorgonia",
	"sde": "tweedie/sde", "nn": "tweedie/nn", "losses": "tweedie/losses", "train": "tweedie/train", "tabular": "tweedie/train/tabular", "sbi": "tweedie/train/sbi",
	"sample": "tweedie/sample", "guide": "tweedie/guide", "spec": "tweedie/guide/spec", "calibration": "tweedie/guide/calibration",
	"datasets": "tweedie/datasets", "evaluate": "tweedie/datasets/evaluate", "metrics": "tweedie/datasets/metrics", "imputation": "tweedie/datasets/imputation",
	"simulators": "tweedie/datasets/simulators", "prior": "tweedie/datasets/prior", "toy": "tweedie/datasets/toy", "checkpoints": "tweedie/checkpoints", "where": "tweedie/datasets/where",
	"rand": "math/rand/v2",
}

var (
	defined = regexp.MustCompile(`(?m)^\t*([\w, ]+?)\s*:=`)
	program = regexp.MustCompile(`(?s)^package main\n+(import \(.*?\n\)\n|(import [^\n]*\n)*)`)
	varName = regexp.MustCompile(`(?m)^\t*var (\w+(?:, \w+)*)`)
)

// goFile is a block of Go as a file that compiles: with the imports that it needs, in a
// function unless it has some, and after what its comment declares. Of a whole program the
// package and the imports are replaced.
func goFile(name, first, text string) string {
	text = program.ReplaceAllString(text, "")
	code := text
	if !strings.Contains("\n"+text, "\nfunc ") {
		body := first + "\n" + text
		var used []string
		for _, m := range append(defined.FindAllStringSubmatch(body, -1), varName.FindAllStringSubmatch(body, -1)...) {
			for _, v := range strings.Split(m[1], ",") {
				if v = strings.TrimSpace(v); v != "_" && !strings.Contains(v, " ") && !slices.Contains(used, v) { // nor those of an if
					used = append(used, v)
				}
			}
		}
		code = fmt.Sprintf("func %s() {\n%s\n", name, body)
		for _, v := range used {
			code += "\t_ = " + v + "\n"
		}
		code += "}\n"
	} else {
		code = strings.Replace(first+"\n"+text, "func main()", "func "+name+"()", 1)
	}
	file := "package pages\n\n"
	for name, path := range goPackages {
		if regexp.MustCompile(`(^|[^\w.])` + name + `\.[A-Z]`).MatchString(code) {
			file += fmt.Sprintf("import %s %q\n", name, path)
		}
	}
	return file + code
}

// compile builds files as a package of this module that is nowhere on disk.
func compile(t *testing.T, files map[string]string) error {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(root, "internal", "pages", name)] = path
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "build", "-overlay", path, "./internal/pages")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// Every block of Go in the README, the tutorials and the how-tos compiles.
func TestPagesCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("calls the compiler")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command: ", err)
	}
	files := map[string]string{}
	for _, b := range allBlocks(t) {
		if b.kind == "go" && b.notRun == "" {
			name := fmt.Sprintf("block%d", len(files)+1)
			files[name+".go"] = fmt.Sprintf("// %s, line %d\n", b.page, b.line) + goFile(name, b.first, b.text)
		}
	}
	if len(files) < 4 {
		t.Errorf("only %d blocks", len(files))
	}
	if err := compile(t, files); err != nil {
		t.Error(err)
	}
	wrong := map[string]string{"block.go": goFile("block", "", "x := sde.NoSuchLaw{}\n")}
	if err := compile(t, wrong); err == nil || !strings.Contains(err.Error(), "NoSuchLaw") {
		t.Errorf("a name that there is not: %v", err)
	}
}
