package spec

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// keysOf adds the keys of YAML of a type and of those that its fields have.
func keysOf(t reflect.Type, keys map[string]bool, seen map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		if key := strings.Split(f.Tag.Get("yaml"), ",")[0]; key != "" && key != "-" {
			keys[key] = true
			keysOf(f.Type, keys, seen)
		}
	}
}

// The reference of guide files has every key.
func TestPageHasEveryKey(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/guide-file.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{"columns": true, "cov": true, "fitted": true} // of laws, which read themselves
	seen := map[reflect.Type]bool{}
	keysOf(reflect.TypeFor[Entry](), keys, seen)
	for _, u := range []reflect.Type{reflect.TypeFor[LawEntry](), reflect.TypeFor[NormalPart]()} {
		keysOf(u, keys, seen)
	}
	if len(keys) < 30 {
		t.Errorf("only %d keys", len(keys))
	}
	has := func(key string) bool { return strings.Contains(string(page), "`"+key+"`") }
	for key := range keys {
		if !has(key) {
			t.Errorf("the page does not have `%s`", key)
		}
	}
	if has("no-such-key") {
		t.Error("a key that there is not is found")
	}
}
