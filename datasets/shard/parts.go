package shard

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/kernel"
	"tweedie/internal/suggest"
)

// Parts are all parts of one whole, in order.
type Parts []File

// File is a part and its manifest.
type File struct {
	Path string
	*Manifest
}

// Open reads the manifests of parts, which may come in any order. Names of manifests among
// the paths are passed over. It errs unless the parts are of one run and make a whole.
func Open(paths []string) (Parts, error) {
	var list Parts
	for _, p := range paths {
		if isManifest(p) {
			continue
		}
		m, err := Read(p)
		if err != nil {
			return nil, err
		}
		list = append(list, File{p, m})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("there are no parts: give the files that were written with --shard")
	}
	slices.SortStableFunc(list, func(a, b File) int { return cmp.Compare(a.Part, b.Part) })
	for _, f := range list[1:] {
		if what := list[0].differs(f.Manifest); what != "" {
			return nil, fmt.Errorf("%s does not belong with %s: %s", f.Path, list[0].Path, what)
		}
	}
	return list, list.whole()
}

// whole errs unless each part is there once, and its rows follow those of the one before.
func (l Parts) whole() error {
	var missing []string
	at := 0
	for i := 1; i <= l[0].Parts; i++ {
		switch {
		case at == len(l) || l[at].Part != i:
			missing = append(missing, strconv.Itoa(i))
			continue
		case at+1 < len(l) && l[at+1].Part == i:
			return fmt.Errorf("%s and %s are both part %d of %d: leave one away", l[at].Path, l[at+1].Path, i, l[0].Parts)
		}
		at++
	}
	if len(missing) > 0 {
		return fmt.Errorf("of %d parts these are missing: %s: run them, and merge all", l[0].Parts, suggest.Join(missing, 20))
	}
	next := 0
	for _, f := range l {
		if f.First != next {
			return fmt.Errorf("%s begins with row %d, and the parts before it end at %d: run that part again", f.Path, f.First, next)
		}
		next += f.Rows
	}
	if next != l[0].Total {
		return fmt.Errorf("the parts have %d rows of %d: run the last part again", next, l[0].Total)
	}
	return nil
}

// differs says in what two manifests are of different wholes, "" for nothing.
func (m *Manifest) differs(o *Manifest) string {
	kernels, arch := o.Kernels, o.arch()
	if kernel.SameBits(m.Kernels, kernels) {
		kernels = m.Kernels
	}
	if m.arch() == "" || arch == "" {
		arch = m.arch()
	}
	for _, c := range []struct{ what, a, b string }{
		{"the command is", m.Command, o.Command},
		{"the version is", m.Version, o.Version},
		{"the seed is", strconv.FormatUint(m.Seed, 10), strconv.FormatUint(o.Seed, 10)},
		{"the kernel path is", m.Kernels, kernels},
		{"the architecture is", m.arch(), arch},
		{"the number of parts is", strconv.Itoa(m.Parts), strconv.Itoa(o.Parts)},
		{"the number of rows is", strconv.Itoa(m.Total), strconv.Itoa(o.Total)},
	} {
		if c.a != c.b {
			return fmt.Sprintf("%s %s there and %s here", c.what, c.a, c.b)
		}
	}
	if name := firstDifference(m.Inputs, o.Inputs); name != "" {
		return fmt.Sprintf("the file of --%s is another", name)
	}
	if a, b := m.Settings[FileSetting], o.Settings[FileSetting]; a != b {
		return fmt.Sprintf("one is %s and the other %s", suggest.Clip(a), suggest.Clip(b))
	}
	if name := firstDifference(m.Settings, o.Settings); name != "" {
		return fmt.Sprintf("--%s is %s there and %s here", name, setting(m.Settings, name), setting(o.Settings, name))
	}
	return ""
}

func setting(of map[string]string, name string) string {
	if v, ok := of[name]; ok {
		return suggest.Clip(v)
	}
	return "not given"
}

// firstDifference is the first key, by name, whose values differ.
func firstDifference(a, b map[string]string) string {
	names := slices.Collect(maps.Keys(a))
	for k := range b {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		v, in := a[k]
		w, also := b[k]
		if v != w || in != also {
			return k
		}
	}
	return ""
}

// String lists the files.
func (l Parts) String() string {
	var names []string
	for _, f := range l {
		names = append(names, f.Path)
	}
	return strings.Join(names, ", ")
}
