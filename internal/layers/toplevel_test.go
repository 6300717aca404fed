package layers

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// topLevel is what stands at the top of the repository, in order: packages and folders, then files.
var topLevel = []string{
	".ci", "checkpoints", "cmd", "datasets", "docs", "guide", "internal", "losses", "nn", "sample", "sde", "train",
	".dockerignore", // what a build of the image does not read
	".gitignore",
	"CHANGELOG.md",
	"Dockerfile",
	"LICENSE",
	"NOTICE", // of the works of others that files of the module are made from
	"README.md",
	"go.mod",
	"go.sum",
	"staticcheck.conf", // found from the folder of a package upwards
}

// CheckTop returns a sentence for each name at the top of the listed paths that is not of
// topLevel.
func CheckTop(paths []string) []string {
	var bad []string
	for _, p := range paths {
		name, _, _ := strings.Cut(p, "/")
		if s := fmt.Sprintf("%s stands at the top of the repository and is not of topLevel: a package goes into a folder, a page into docs", name); !slices.Contains(topLevel, name) && !slices.Contains(bad, s) {
			bad = append(bad, s)
		}
	}
	return bad
}

func TestTopLevel(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git to list the files of the repository")
	}
	cmd := exec.Command("git", "ls-files", "-z", "--cached")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Skip("the module is no checkout of git")
	}
	paths := strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
	if len(paths) == 0 {
		t.Skip("git keeps no file of the module")
	}
	for _, s := range CheckTop(paths) {
		t.Error(s)
	}
}

func TestCheckTopFindsPlantedFiles(t *testing.T) {
	for path, want := range map[string]string{
		"go.mod": "", "sde/doc.go": "", ".ci/gates/imports.sh": "", "docs/howto/sample.md": "",
		"ckm.txt":          "ckm.txt stands",
		"utils/a.go":       "utils stands",
		"internal.go":      "internal.go stands",
		".env":             ".env stands",
		"cmd2/tweedie/a.c": "cmd2 stands",
	} {
		if got := strings.Join(CheckTop([]string{"README.md", path, path}), "; "); want == "" && got != "" || strings.Count(got, "stands") > 1 || !strings.Contains(got, want) {
			t.Errorf("%s: CheckTop says %q, want %q", path, got, want)
		}
	}
}
