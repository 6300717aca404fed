package checkpoints

import (
	"slices"
	"strings"
)

// Nest puts a copy of the content of g into f: its metadata, kind included, and its
// arrays, whose numbers the two then share, under name and a slash.
func (f *File) Nest(name string, g *File) {
	for key, value := range g.Meta {
		f.Meta[name+"/"+key] = value
	}
	for _, a := range g.Arrays {
		a.Name = name + "/" + a.Name
		f.Arrays = append(f.Arrays, a)
	}
}

// Nested returns the File that Nest has put into f under name. It errs with ErrMissing
// if there is none.
func (f *File) Nested(name string) (*File, error) {
	g := &File{Meta: map[string]string{}, path: f.path}
	for key, value := range f.Meta {
		if key, ok := strings.CutPrefix(key, name+"/"); ok {
			g.Meta[key] = value
		}
	}
	if g.Kind() == "" {
		return nil, f.fail(ErrMissing, "has no %s in it: the file is from another version", name)
	}
	for _, a := range f.Arrays {
		if key, ok := strings.CutPrefix(a.Name, name+"/"); ok {
			a.Name, a.Shape = key, slices.Clone(a.Shape)
			g.Arrays = append(g.Arrays, a)
		}
	}
	return g, nil
}
