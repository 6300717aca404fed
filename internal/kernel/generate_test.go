package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
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
	for gen, files := range map[string][]string{
		"gen_gemm.go":               {"gemm_amd64.s", "gemm_stubs_amd64.go"},
		"gen_vector.go gen_math.go": {"vector_amd64.s", "vector_stubs_amd64.go"},
	} {
		if out, err := exec.Command(tool, append(append([]string{"run"}, strings.Fields(gen)...), "-dir", dir)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", gen, err, out)
		}
		for _, f := range files {
			want, err := os.ReadFile(filepath.Join(dir, f))
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what %s writes", f, gen)
			}
			if bytes.Equal(append(got, '\n'), want) {
				t.Error("the comparison is blind")
			}
		}
	}
}
