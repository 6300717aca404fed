package layers

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSources(t *testing.T) {
	root := os.DirFS("../..")
	files := 0
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n != "." && (strings.HasPrefix(n, ".") || n == "testdata" || n == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		src, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		files++
		bad, err := CheckSource(path, string(src))
		if err != nil {
			t.Error(err)
		}
		for _, s := range bad {
			t.Error(s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 4 {
		t.Errorf("only %d Go files found: nothing was checked", files)
	}
}

func TestCheckSourceFindsPlantedHabits(t *testing.T) {
	for _, c := range []struct {
		path, imports, body string
		want                string // part of the one finding, "" for none
	}{
		{"sde/a.go", `"math/rand/v2"`, `rand.Int()`, ""},
		{"sde/a.go", `"math/rand"`, `rand.Int()`, "import of math/rand,"},
		{"sde/a_test.go", `"math/rand"`, `rand.Int()`, "import of math/rand,"},
		{"nn/a.go", `"github.com/pkg/errors"`, `errors.New("")`, "import of github.com/pkg/errors"},
		{"nn/a.go", `"C"`, ``, "import of C"},
		{"sde/a.go", `. "math"`, `Sqrt(2)`, "dot import"},
		{"train/a.go", `"time"`, `time.Now()`, "train/a.go:3: time.Now"},
		{"train/a.go", `"time"`, `f := time.Now; f()`, "time.Now"},
		{"train/a.go", `clock "time"`, `clock.Since(clock.Time{})`, "time.Since"},
		{"train/a.go", `"time"`, `time.Duration(3).Seconds() // not time.Now`, ""},
		{"train/a_test.go", `"time"`, `time.Now()`, ""},
		{"cmd/tweedie/a.go", `"time"`, `time.Now()`, ""},
		{"cmd/tweedie/main.go", `"os"`, `os.Exit(1)`, ""},
		{"cmd/tweedie/a.go", `"os"`, `os.Exit(1)`, "os.Exit"},
		{"internal/kernel/gen.go", `"os"`, `os.Exit(1)`, ""},
		{"internal/kernel/gen.go", `"math/rand"`, `rand.Int()`, "import of math/rand,"},
		{"cmd/tweedie/a.go", `"log"`, `log.Fatal()`, "log.Fatal"},
		{"nn/a.go", `"fmt"`, `fmt.Println()`, "fmt.Println"},
		{"nn/a.go", `"fmt"`, `_ = fmt.Errorf("x")`, ""},
		{"nn/a.go", `"fmt"`, `panic(fmt.Sprintf("%d", 1))`, "panic with formatted text"},
		{"nn/a.go", `"fmt"`, `panic("nn: size mismatch"); _ = fmt.Sprint()`, ""},
	} {
		pkg := "p"
		if strings.Contains(c.path, "gen") {
			pkg = "main"
		}
		src := "package " + pkg + "; import " + c.imports + "\nfunc _() {\n" + c.body + "\n}\n"
		bad, err := CheckSource(c.path, src)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(bad, "; ")
		if c.want == "" && got != "" || len(bad) > 1 || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s: CheckSource says %q, want %q", c.path, c.body, got, c.want)
		}
	}
}
