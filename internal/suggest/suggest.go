// Package suggest finds the name that a misspelt one was probably meant to be.
package suggest

import (
	"strconv"
	"strings"
)

// longest is the length, in runes, above which a word is not compared.
const longest = 64

// Nearest returns the member of names with the smallest edit distance to word
// (insertions, deletions, substitutions, swaps of neighbours; case ignored),
// and whether it is near enough to be worth suggesting: at most a third of the
// longer word, and always at least one edit, may differ. The first of equals wins.
func Nearest(word string, names []string) (string, bool) {
	if len(word) > 4*longest {
		return "", false
	}
	a := []rune(strings.ToLower(word))
	best, at := longest+1, -1
	for i, name := range names {
		if len(name) > 4*longest {
			continue
		}
		b := []rune(strings.ToLower(name))
		if len(a) > longest || len(b) > longest {
			continue
		}
		if d := distance(a, b); d < best && d <= max(1, max(len(a), len(b))/3) && d < max(len(a), len(b)) {
			best, at = d, i
		}
	}
	if at < 0 {
		return "", false
	}
	return names[at], true
}

// List writes up to limit names, quoted, and how many more there are.
func List(names []string, limit int) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = Quote(name)
	}
	return Join(quoted, limit)
}

// Join writes up to limit items, and how many more there are.
func Join(items []string, limit int) string {
	if len(items) <= limit {
		return strings.Join(items, ", ")
	}
	return strings.Join(items[:limit], ", ") + " and " + strconv.Itoa(len(items)-limit) + " more"
}

// Hint suggests the member of names nearest to word, or lists the names when
// none is near.
func Hint(word string, names []string) string {
	if near, ok := Nearest(word, names); ok {
		return "did you mean " + near + "?"
	}
	return "choose from " + List(names, 12)
}

// limit is the number of runes of a quotation.
const limit = 40

// Clip cuts s to 40 runes.
func Clip(s string) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

// Quote quotes s on one line, cut to 40 runes with its length in bytes when it
// is longer.
func Quote(s string) string {
	n := 0
	for i := range s {
		if n == limit {
			return strconv.Quote(s[:i]+"…") + " (" + strconv.Itoa(len(s)) + " bytes)"
		}
		n++
	}
	return strconv.Quote(s)
}

// distance is the optimal string alignment distance of a and b.
func distance(a, b []rune) int {
	var buf [3][longest + 1]int
	two, one, cur := &buf[0], &buf[1], &buf[2]
	for j := range len(b) + 1 {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(one[j]+1, cur[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], two[j-2]+1)
			}
		}
		two, one, cur = one, cur, two
	}
	return one[len(b)]
}
