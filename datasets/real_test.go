package datasets

import (
	"os"
	"path/filepath"
	"testing"
)

// realFile returns the path of a file of real data, which is not part of the
// repository.
func realFile(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", "tabular", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no real data here: ", err)
	}
	return path
}
