package pictures

import (
	"context"
	"testing"
)

// Every picture is that of its own guide, and small enough for the documentation.
func TestPicturesDiffer(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	all, err := All()
	if err != nil || len(all) != 10 {
		t.Fatalf("%d pictures, %v", len(all), err)
	}
	seen := map[string]string{}
	for _, p := range all {
		f, err := p.Draw(context.Background(), 0, 2)
		if err != nil {
			t.Fatal(err)
		}
		b := f.PNG()
		if len(b) > 60<<10 {
			t.Errorf("%s has %d bytes", p.File, len(b))
		}
		if other := seen[string(b)]; other != "" {
			t.Errorf("%s and %s are the same", p.File, other)
		}
		seen[string(b)] = p.File
	}
}
