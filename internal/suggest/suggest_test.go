package suggest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"alcohol", "hue", "class", "moons", "8gaussians"}
	for _, c := range []struct {
		word, want string
	}{
		{"Class", "class"},
		{"calss", "class"},
		{"moon", "moons"},
		{"8gausians", "8gaussians"},
		{"hu", "hue"},
		{"temperature", ""},
		{"x", ""},
		{"", ""},
		{strings.Repeat("a", 1000), ""},
	} {
		got, ok := Nearest(c.word, names)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Nearest(%.20q) = %q, %v, want %q", c.word, got, ok, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"kitten", "sitting", 3},
		{"ab", "ba", 1},
		{"abcd", "acbd", 1},
		{"ça", "ca", 1},
	} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance([]rune(c.b), []rune(c.a)); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestQuoteIsOneShortLine(t *testing.T) {
	if got := Quote("a\nb"); got != `"a\nb"` {
		t.Errorf("Quote = %s", got)
	}
	if got := Quote(strings.Repeat("é", 1<<20)); len(got) > 120 || !strings.Contains(got, "2097152 bytes") {
		t.Errorf("Quote of 1 Mi runes = %s", got)
	}
	if got := List([]string{"a", "b", "c"}, 2); got != `"a", "b" and 1 more` {
		t.Errorf("List = %s", got)
	}
}

func TestHintAndClip(t *testing.T) {
	names := []string{"age", "income"}
	if got := Hint("incme", names); got != "did you mean income?" {
		t.Errorf("Hint = %s", got)
	}
	if got := Hint("zzzzzz", names); got != `choose from "age", "income"` {
		t.Errorf("Hint = %s", got)
	}
	forty := strings.Repeat("é", 40)
	if got := Clip(forty); got != forty {
		t.Errorf("Clip of 40 runes = %s", got)
	}
	if got := Clip(forty + "x"); got != forty+"…" {
		t.Errorf("Clip of 41 runes = %s", got)
	}
}
