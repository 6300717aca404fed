package yamlfile

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestPlainFiles(t *testing.T) {
	var v map[string]any
	const text = "a: 1 # comment\nb:\n- {x: [1, 2], y: '*no'}\n- c: |\n    &text !\n    more\n\"d e\": \"<<\"\n"
	if err := Unmarshal([]byte(text), &v, false); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v); got != "map[a:1 b:[map[x:[1 2] y:*no] map[c:&text !\nmore\n]] d e:<<]" {
		t.Errorf("read as %s", got)
	}
	wide := "w:\n" // a weight for each of many columns, of long names
	for i := range 2_000 {
		wide += fmt.Sprintf("  %s%d: 0.25\n", strings.Repeat("x", 80), i)
	}
	if err := Unmarshal([]byte(wide), &v, false); err != nil || len(v["w"].(map[string]any)) != 2_000 {
		t.Errorf("a wide file: %v", err)
	}
	long := strings.Repeat("y", 5000)
	if err := Unmarshal([]byte(long+": 1\n"), &v, false); err != nil || v[long] == nil {
		t.Errorf("a long key: %v", err)
	}
	var s struct {
		A int `yaml:"a"`
	}
	if err := Unmarshal([]byte("a: 1\nb: 2\n"), &s, true); err == nil || !strings.Contains(err.Error(), `unknown field "b"`) {
		t.Errorf("an unknown key: %v", err)
	}
}

// An error says where it is in words, and names the key that an unknown one may stand for.
func TestErrorsInWords(t *testing.T) {
	var v struct {
		Prior []struct {
			Law  string   `yaml:"law"`
			High *float64 `yaml:"high"`
		} `yaml:"prior"`
		ignored int
	}
	for text, want := range map[string]string{
		"prior:\n  - {law: uniform, hgih: 3}\n": `line 2, column 20: unknown field "hgih"; did you mean "high"?`,
		"priors:\n  - {law: uniform}\n":         `line 1, column 1: unknown field "priors"; did you mean "prior"?`,
		"prior:\n  - {temperature: 3}\n":        `line 2, column 6: unknown field "temperature"`,
		"prior:\n  - {law: uniform, law: x}\n":  `line 2, column 20: mapping key "law" already defined at line 2, column 6`,
		"prior: {\n":                            "line 1, column 8: ",
		"prior:\n  - {law: uniform, high: x}\n": `line 2, column 26: "high" is a text: give a number`,
	} {
		err := Unmarshal([]byte(text), &v, true)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(want, "temp") && err.Error() != want {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	_ = v.ignored
}

// Hostile files are refused in a line, for a cost that is bounded by their size.
func TestHostileFiles(t *testing.T) {
	bomb := "a0: &a0 [1, 1]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	for name, text := range map[string]string{
		"alias bomb":   bomb,
		"binary":       "guide: !!binary x",
		"good binary":  "guide: !!binary " + base64.StdEncoding.EncodeToString([]byte("x")),
		"tags":         strings.Repeat("!a ", 1000) + "1",
		"anchors":      strings.Repeat("&a ", 1000) + "1",
		"merge":        "a: {<<: {b: 1}}",
		"merge block":  "a:\n  <<: {b: 1}\n",
		"brackets":     strings.Repeat("[", 100_000),
		"braces":       strings.Repeat("{a: ", 100_000),
		"entries":      strings.Repeat("- ", 100_000),
		"keys":         strings.Repeat("? ", 100_000),
		"lines":        nested(450),
		"size":         strings.Repeat("a", MaxBytes+1),
		"number":       "n: " + strings.Repeat("9", 500_000),
		"control":      "a: \x00\x1b[31m",
		"no UTF-8":     "a: \xff\xfe",
		"documents":    "a: [1]\n---\na: [2]\n",
		"many keys":    "a:\n" + strings.Repeat("  b: 1\n", 20_000),
		"directive":    "%YAML 1.1\n---\na: 1",
		"open quote":   `a: "` + strings.Repeat("x", 100_000),
		"colons":       strings.Repeat("a: ", 10_000),
		"open bracket": "a: [" + strings.Repeat("1, ", 10_000),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var v struct {
			N     float32 `yaml:"n"`
			Guide []int   `yaml:"guide"`
			A     []int   `yaml:"a"`
		}
		err := Unmarshal([]byte(text), &v, true)
		runtime.ReadMemStats(&after)
		if err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
			t.Errorf("%s: %v", name, err)
		}
		if cost := after.TotalAlloc - before.TotalAlloc; cost > uint64(3000*len(text)+1<<20) {
			t.Errorf("%s: %d bytes cost %d", name, len(text), cost)
		}
	}
}

func nested(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(path, bytes.Repeat([]byte("# comment\n"), MaxBytes/10+1), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "more than 524288 bytes") {
		t.Errorf("a large file: %v", err)
	}
	if _, err := Read(path + ".not"); !os.IsNotExist(err) || strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := Read("/dev/zero"); err == nil {
			t.Error("a file without end is read")
		}
	}
}

// FuzzUnmarshal: nothing panics, and what is refused is refused in a line.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{"a: 1\nb: [x, {y: 2}]\n", "- a\n- b: |\n    text\n", "!!binary x", "a: &b 1\nc: *b", "? a\n: b", "\"\\u00\": '", "{a: ", "a: >-\n x\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v map[string]any
		if err := Unmarshal(b, &v, false); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("error of several lines: %q", err)
		}
	})
}
