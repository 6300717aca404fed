package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// methodRow is a row of a table of docs/reference/methods.md.
type methodRow struct{ name, file, proof, command, page string }

// methodsPage reads the tables, the files and the commands before them of the page.
func methodsPage(t *testing.T) (rows []methodRow, files map[string]string, setup []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/reference/methods.md")
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	name, left := "", false // name is that of the file that is being read
	for line := range strings.Lines(string(text)) {
		begin, isFence := strings.CutPrefix(line, "```")
		command, isCommand := strings.CutPrefix(line, "    tweedie ")
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		switch {
		case isFence:
			_, name, _ = strings.Cut(strings.TrimSpace(begin), " ")
		case name != "":
			files[name] += line
		case isCommand:
			setup = append(setup, "tweedie "+strings.TrimSpace(command))
		case strings.HasPrefix(line, "| method |"):
			left = len(cells) == 2 // what is left out
		case strings.HasPrefix(line, "| ") && !left:
			if len(cells) != 5 {
				t.Fatalf("%d cells in %s", len(cells), line)
			}
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, methodRow{cells[0], cells[1], cells[2], strings.SplitN(cells[3], "`", 3)[1], cells[4]})
		}
	}
	return rows, files, setup
}

// testNames are the names of all tests and examples of the tree.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Example)\w*)\(`)
	err := filepath.WalkDir("../..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Every method of the page has its file, its proof and its page.
func TestMethodsAreWhereThePageSays(t *testing.T) {
	rows, _, _ := methodsPage(t)
	if len(rows) < 70 {
		t.Errorf("only %d methods", len(rows))
	}
	tests := testNames(t)
	for _, r := range rows {
		if _, err := os.Stat("../../" + r.file); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if !tests[r.proof] {
			t.Errorf("%s: no test %s", r.name, r.proof)
		}
		link := regexp.MustCompile(`\]\(([^)#]+)`).FindStringSubmatch(r.page)
		if link == nil {
			t.Errorf("%s: no page", r.name)
		} else if _, err := os.Stat("../../docs/reference/" + link[1]); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// briefly makes a command of the page quick.
func briefly(command string) string {
	switch strings.Fields(command)[1] {
	case "train":
		if strings.Contains(command, "--distill") {
			return command + " --steps 20 --batch 64 --force"
		}
		return command + " --steps 20 --hidden 8 --layers 1 --batch 64 --force"
	case "sample":
		if !strings.Contains(command, "--sampler ald") && !strings.Contains(command, "--levels") && !strings.Contains(command, "--tolerance") && !strings.Contains(command, "gibbs") && !strings.Contains(command, "student") {
			command += " --nfe 16"
		}
		if strings.Contains(command, "--sampler ald") {
			command += " --nfe 200"
		}
		return command + " --rows 10 --out rows.csv"
	case "check", "impute":
		return command + " --nfe 4"
	}
	return command
}

// Every command of the page does what it says.
func TestMethodsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	rows, files, setup := methodsPage(t)
	t.Chdir(t.TempDir())
	files["t.csv"], files["t2.csv"] = tableText(300, "a", "b", "k"), tableText(200, "a", "b", "k")
	files["a.csv"], files["ab.csv"] = tableText(300, "a"), tableText(300, "a", "b")
	files["gaps.csv"] = strings.Replace(tableText(60, "a", "b", "k"), ",u", ",", 5)
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	one := func(name, command string) {
		var out, errs bytes.Buffer
		command = briefly(command)
		if code := run(context.Background(), shellWords(command)[1:], &out, &errs); code != 0 {
			t.Error(fmt.Sprintf("%s: %s: exit %d: ", name, command, code), errs.String())
		}
	}
	for _, command := range setup {
		one("setup", command)
	}
	for _, r := range rows {
		if strings.HasPrefix(r.command, "tweedie ") {
			one(r.name, r.command)
		} else if !strings.HasPrefix(r.command, "go test ./") {
			t.Errorf("%s: no command in %q", r.name, r.command)
		}
	}
}
