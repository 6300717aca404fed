package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A flag is set by its old spelling as well, wherever it is written.
func TestOldSpellings(t *testing.T) {
	root := (&app{stdout: io.Discard, stderr: io.Discard}).root()
	given := func(config string, args ...string) (string, error) {
		c, _, err := root.Find([]string{"logprob"})
		if err != nil {
			t.Fatal(err)
		}
		f := c.Flags().Lookup("standardized")
		f.Changed = false
		if err := f.Value.Set("false"); err != nil {
			t.Fatal(err)
		}
		if err := c.ParseFlags(args); err != nil {
			return "", err
		}
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(config), 0o666); err != nil {
			t.Fatal(err)
		}
		err = resolve(c, path)
		return f.Value.String(), err
	}
	check := func(what, config string, want string, args ...string) {
		t.Helper()
		if got, err := given(config, args...); err != nil || got != want {
			t.Errorf("%s: %s, %v", what, got, err)
		}
	}
	check("nothing", "", "false")
	check("new flag", "", "true", "--standardized")
	check("old flag", "", "true", "--standardised")
	check("new key", "standardized: true", "true")
	check("old key", "standardised: true", "true")
	if _, err := given("standardised: true\nstandardized: true"); err == nil || !strings.Contains(err.Error(), "two spellings") {
		t.Errorf("both keys: %v", err)
	}
	if _, err := given("standardysed: true"); err == nil || !strings.Contains(err.Error(), "did you mean standardized") {
		t.Errorf("a slip: %v", err)
	}
	for _, v := range []string{"TWEEDIE_STANDARDISED", "TWEEDIE_STANDARDIZED"} {
		t.Run(v, func(t *testing.T) {
			t.Setenv(v, "true")
			check(v, "", "true")
			if lines := unknownVariables(root, []string{v + "=true"}); len(lines) != 0 {
				t.Errorf("%q", lines)
			}
		})
	}
	for old, name := range former {
		if current(old) != name || current(name) != name {
			t.Errorf("%s and %s are not one flag", old, name)
		}
	}
}
