package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// blocks are the fenced blocks of a document in a language.
func blocks(text, language string) (list []string) {
	for _, part := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		list = append(list, block+"\n")
	}
	return list
}

// Both recipes of docs/howto/import.md work, in fresh modules beside the repository. Without
// one, the import fails.
func TestImportRecipes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program, twice")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	b, err := os.ReadFile("../../docs/howto/import.md")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	program, recipes := blocks(string(b), "go"), blocks(string(b), "sh")
	if len(program) != 1 || len(recipes) != 2 || !strings.Contains(recipes[0], "go work init") || !strings.Contains(recipes[1], "-replace") {
		t.Fatalf("%d programs and %d recipes", len(program), len(recipes))
	}
	for k, recipe := range append(recipes, "go mod init example.com/moons\ngo run .\n") {
		parent := t.TempDir()
		if err := os.Symlink(root, filepath.Join(parent, "tweedie")); err != nil {
			t.Skip(err)
		}
		dir := filepath.Join(parent, "moons")
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program[0]), 0o666); err != nil {
			t.Fatal(err)
		}
		c := exec.Command("bash", "-euc", recipe)
		c.Dir, c.Env = dir, append(os.Environ(), "GOWORK=", "GOFLAGS=")
		out, err := c.CombinedOutput()
		if ok := err == nil && strings.Contains(string(out), "1000 rows, the first is ["); ok != (k < 2) {
			t.Errorf("recipe %d: %v\n%s\n%s", k+1, err, recipe, out)
		}
	}
}
