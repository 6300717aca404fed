package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tweedie/datasets"
)

// Rows by rejection are those of the model that satisfy the conditions, in their
// order; and guided rows satisfy them all, told by the text that is written.
func TestWhereIsAFilter(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("t.csv"), []byte(mixedText(300)), 0o666); err != nil {
		t.Fatal(err)
	}
	command(t, "train", "--data", file("t.csv"), "--steps", "60", "--every", "30", "--hidden", "16", "--layers", "1", "--batch", "64", "--out", file("m"))
	sampled := func(args ...string) []string {
		command(t, append([]string{"sample", "--model", file("m"), "--nfe", "8", "--out", file("s.csv")}, args...)...)
		b, err := os.ReadFile(file("s.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")[1:]
	}
	all := sampled("--rows", "1500")
	whole := func(s string) int { n, _ := strconv.Atoi(s); return n }
	for _, c := range []struct {
		expression   string
		right, wrong func(age, gain, hours int, cell []string) bool
	}{
		{"30 <= age < 45", func(age, _, _ int, _ []string) bool { return age >= 30 && age < 45 },
			func(age, _, _ int, _ []string) bool { return age > 30 && age <= 45 }},
		{"gain > 0 and job != clerk", func(_, gain, _ int, c []string) bool { return gain > 0 && c[2] != "clerk" },
			func(_, gain, _ int, c []string) bool { return c[2] != "clerk" }},
		{"age <= hours", func(age, _, hours int, c []string) bool { return c[3] != "" && age <= hours },
			func(age, _, hours int, c []string) bool { return age >= hours }},
		{"hours is missing and born >= 2001-06-01", func(_, _, _ int, c []string) bool { return c[3] == "" && c[4] >= "2001-06-01" },
			func(_, _, _ int, c []string) bool { return c[4] >= "2001-06-01" }},
	} {
		keep := func(rows []string, right func(age, gain, hours int, cell []string) bool) (kept []string) {
			for _, r := range rows {
				cell := strings.Split(r, ",")
				if right(whole(cell[0]), whole(cell[1]), whole(cell[3]), cell) {
					kept = append(kept, r)
				}
			}
			return kept
		}
		want := keep(all, c.right)
		if len(want) > 60 {
			want = want[:60]
		}
		if len(want) == 0 {
			t.Fatalf("%s: no rows to test with", c.expression)
		}
		n := strconv.Itoa(len(want))
		got := sampled("--rows", n, "--where", c.expression, "--where-by", "reject", "--workers", "1")
		if !slices.Equal(got, want) {
			t.Errorf("%s: not the rows of the model that satisfy it", c.expression)
		}
		if slices.Equal(got, keep(all, c.wrong)[:min(len(want), len(keep(all, c.wrong)))]) {
			t.Errorf("%s: rows of another condition pass", c.expression)
		}
		guided := sampled("--rows", n, "--where", c.expression, "--where-by", "guide")
		if len(guided) != len(want) || len(keep(guided, c.right)) != len(want) {
			t.Errorf("%s: %d of %d guided rows satisfy it", c.expression, len(keep(guided, c.right)), len(want))
		}
		if len(keep(guided, c.wrong)) == len(want) && c.expression[0] == '3' {
			t.Errorf("%s: guided rows satisfy another condition", c.expression)
		}
	}
}

// The sieve counts to the number of rows, of every kind, and gives up in time.
func TestSieve(t *testing.T) {
	b, c := whereBundle(t)
	w, err := b.parseWhere([]string{"age != 30"}) // rows 1 to 5 of 6
	if err != nil {
		t.Fatal(err)
	}
	take := func(s *sieve, blocks int) (rows []int) {
		for range blocks {
			rows = append(rows, s.keep(c)...)
		}
		return rows
	}
	if s := newSieve(w, 7, 1); !slices.Equal(take(s, 3), []int{1, 2, 3, 4, 5, 1, 2}) || !s.done() || s.tried != 9 {
		t.Errorf("%d tried", s.tried)
	}
	// Of two kinds in turn, three and two: rows 0, 2, 4 of a block are of the first.
	if s := newSieve(w, 5, 2); !slices.Equal(take(s, 3), []int{1, 2, 3, 4, 2}) || !s.done() {
		t.Errorf("%d kept of %v", s.kept, s.quota)
	}
	nobody := &where{sets: map[int]*cellSet{0: {numbers: []segment{}}}, meta: w.meta}
	s := newSieve(nobody, 1, 1)
	take(s, 2*hopelessRun/c.Rows())
	if s.done() || !s.hopeless() || s.tried != hopelessRun || !strings.Contains(s.err("guide").Error(), "0 of 20000 rows") {
		t.Errorf("%d tried: %v", s.tried, s.err("guide"))
	}
	if got := keepAll(c, nobody); got != 0 {
		t.Errorf("%d rows satisfy nothing", got)
	}
}

func keepAll(c *datasets.Cells, w *where) (n int) {
	for i := range c.Rows() {
		if w.holds(c, i) {
			n++
		}
	}
	return n
}
