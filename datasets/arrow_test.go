package datasets

import (
	"encoding/base64"
	"slices"
	"testing"
)

// arrowSchema is what pyarrow writes for the columns id (large_string), k (dictionary of
// int8), t (timestamp of America/New_York) and d (duration).
const arrowSchema = "/////0ABAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAEAAAAQP///wQAAAAEAAAA7AAAAIwAAAAsAAAABAAAADT///8AAAESEAAAABQAAAAEAAAAAAAAAAEAAABkAAAAJP///1j///8AAAEKEAAAABwAAAAEAAAAAAAAAAEAAAB0AAAACAAMAAYACAAIAAAAAAACAAQAAAAQAAAAQW1lcmljYS9OZXdfWW9yawAAAAAQABgACAAGAAcADAAQABQAEAAAAAAAAQUUAAAAPAAAABwAAAAEAAAAAAAAAAEAAABrAAAACAAIAAAABAAIAAAADAAAAAgADAAIAAcACAAAAAAAAAEIAAAAzP///xAAFAAIAAYABwAMAAAAEAAQAAAAAAABFBAAAAAYAAAABAAAAAAAAAACAAAAaWQAAAQABAAEAAAAAAAAAA=="

// fieldNames are the names of the fields of a schema.
func fieldNames(t *testing.T, schema string) (names []string) {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(schema)
	if err != nil {
		t.Fatal(err)
	}
	f := flatbuffer(b[8:])
	vector := f.follow(f.field(f.follow(f.field(f.follow(0), 2)), 1))
	for k := range int(f.u32(vector)) {
		name := f.follow(f.field(f.follow(vector+4+4*k), 0))
		names = append(names, string(f[name+4:name+4+int(f.u32(name))]))
	}
	return names
}

func TestPartOfArrowSchema(t *testing.T) {
	if got := fieldNames(t, arrowSchema); !slices.Equal(got, []string{"id", "k", "t", "d"}) {
		t.Fatal(got)
	}
	for _, list := range [][]int{{0, 1, 2, 3}, {1, 2, 3}, {1, 3}, {3}, {3, 1, 2}, {}} {
		part, err := partOfSchema(arrowSchema, 4, list)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, j := range list {
			want = append(want, []string{"id", "k", "t", "d"}[j])
		}
		if got := fieldNames(t, part); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for _, schema := range []string{"", "AAAA", "!", base64.StdEncoding.EncodeToString(make([]byte, 40)), arrowSchema[:100]} {
		if part, err := partOfSchema(schema, 4, []int{0}); err == nil {
			t.Errorf("%.20q becomes %.20q", schema, part)
		}
	}
	if _, err := partOfSchema(arrowSchema, 5, []int{0}); err == nil {
		t.Error("a schema of four fields is taken for one of five")
	}
	extra := map[string]string{arrowKey: arrowSchema, pandasKey: "{}", "other": "x"}
	if kept := keptExtra(extra); len(kept) != 2 || kept[pandasKey] != "{}" {
		t.Error(kept)
	}
	if part := partOfExtra(extra, 5, []int{0}); part[arrowKey] != "" || part[pandasKey] != "{}" {
		t.Error(part)
	}
}

// Damaged schemas are refused or changed, and never read beyond their end.
func FuzzArrowSchema(f *testing.F) {
	b, err := base64.StdEncoding.DecodeString(arrowSchema)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[4:])
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = partOfSchema(base64.StdEncoding.EncodeToString(data), 4, []int{1, 3})
	})
}
