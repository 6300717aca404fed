package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGenerated regenerates the assembly and compares it with the files here.
func TestGenerated(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command: ", err)
	}
	dir := t.TempDir()
	files, err := filepath.Glob("gen*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	run := exec.Command(tool, slices.Concat([]string{"run"}, files, []string{"-dir", dir})...)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, f := range []string{"gemm_amd64.s", "vector_amd64.s", "stubs_amd64.go", "gemm_arm64.s", "vector_arm64.s", "stubs_arm64.go"} {
		want, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the generator writes", f)
		}
		if bytes.Equal(append(got, '\n'), want) {
			t.Error("the comparison is blind")
		}
	}
}
