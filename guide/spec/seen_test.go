package spec

import (
	"strconv"
	"strings"
	"testing"
)

// An observation beyond the ranges of its columns, and of its errors, is said.
func TestCaveatsOfUnseenValues(t *testing.T) {
	_, c := table(t, true)
	num := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	lo, hi := c.Metadata().Field("a").Range.Min, c.Metadata().Field("a").Range.Max
	for _, v := range []struct {
		file string
		want string
	}{
		{"observe: {a: MID}", ""},
		{"observe: {a: NEAR}", ""},
		{"observe: {a: FAR}", `guide 1: a is observed as`},
		{"linear: [{weights: {a: -2}, value: DOUBLE}]", ""},
		{"linear: [{weights: {a: 2}, value: DOUBLE}]", `guide 1: a sum is observed as`},
	} {
		r := strings.NewReplacer("MID", num((lo+hi)/2), "NEAR", num(hi+0.25), "FAR", num(hi+0.35), "DOUBLE", num(-2*hi))
		f, err := Parse("", []byte("guide:\n- noise: 0.1\n  "+r.Replace(v.file)))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(f.Caveats(c), "; ")
		if (got == "") != (v.want == "") || !strings.Contains(got, v.want) {
			t.Errorf("%s: %q, want %q", v.file, got, v.want)
		}
	}
}
