package where

import (
	"slices"
	"testing"
)

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		text string
		want []token
	}{
		{"", nil},
		{" age>=30 ", []token{{tokenWord, "age", 2}, {tokenOperator, ">=", 5}, {tokenWord, "30", 7}}},
		{"🎉<>−2", []token{{tokenWord, "🎉", 1}, {tokenOperator, "!=", 2}, {tokenOperator, "-", 4}, {tokenWord, "2", 5}}},
		{"a≤b≥c≠d", []token{{tokenWord, "a", 1}, {tokenOperator, "<=", 2}, {tokenWord, "b", 3}, {tokenOperator, ">=", 4}, {tokenWord, "c", 5}, {tokenOperator, "!=", 6}, {tokenWord, "d", 7}}},
		{"a&&b||c==d", []token{{tokenWord, "a", 1}, {tokenOperator, "and", 2}, {tokenWord, "b", 4}, {tokenOperator, "or", 5}, {tokenWord, "c", 7}, {tokenOperator, "=", 8}, {tokenWord, "d", 10}}},
		{`"a ""b"""x`, []token{{tokenQuoted, `a "b"`, 1}, {tokenWord, "x", 10}}},
		{"''", []token{{tokenQuoted, "", 1}}},
		{"é'<'`\"`", []token{{tokenWord, "é", 1}, {tokenQuoted, "<", 2}, {tokenQuoted, `"`, 5}}},
		{"1e+5+1.5E+2", []token{{tokenWord, "1e+5", 1}, {tokenOperator, "+", 5}, {tokenWord, "1.5E+2", 6}}},
		{"some+e+1", []token{{tokenWord, "some", 1}, {tokenOperator, "+", 5}, {tokenWord, "e", 6}, {tokenOperator, "+", 7}, {tokenWord, "1", 8}}},
		{"seen>=2024-06-01T10:30+02:00", []token{{tokenWord, "seen", 1}, {tokenOperator, ">=", 5}, {tokenWord, "2024-06-01T10:30+02:00", 7}}},
		{"a1:b0+2", []token{{tokenWord, "a1:b0", 1}, {tokenOperator, "+", 6}, {tokenWord, "2", 7}}},
		{"ae+1", []token{{tokenWord, "ae", 1}, {tokenOperator, "+", 3}, {tokenWord, "1", 4}}},
		{"2001-05-01,(a-b)*c", []token{{tokenWord, "2001-05-01", 1}, {tokenOperator, ",", 11}, {tokenOperator, "(", 12}, {tokenWord, "a-b", 13}, {tokenOperator, ")", 16}, {tokenOperator, "*", 17}, {tokenWord, "c", 18}}},
	} {
		got, err := tokens(c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.text, got, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"a = 'b":   "character 5: the quote ' is not closed",
		"a = 'b''": "character 5: the quote ' is not closed",
		"\xff":     "not valid UTF-8",
	} {
		if _, err := tokens(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestTokenIs(t *testing.T) {
	for _, c := range []struct {
		t    token
		text string
		want bool
	}{
		{token{kind: tokenWord, text: "AND"}, "and", true},
		{token{kind: tokenQuoted, text: "and"}, "and", false},
		{token{kind: tokenOperator, text: "and"}, "and", true},
		{token{kind: tokenWord, text: "or"}, "and", false},
		{token{}, "", false},
	} {
		if got := c.t.is(c.text); got != c.want {
			t.Errorf("%v is %q: %v", c.t, c.text, got)
		}
	}
}
