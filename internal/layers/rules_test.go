package layers

import (
	"fmt"
	"slices"
	"strings"
)

const module = "tweedie/"

// Package is one line of the module's listing: import paths as go list prints
// them, the tests' own apart.
type Package struct {
	Path        string
	Imports     []string
	TestImports []string
}

// rule is what one package may import.
type rule struct {
	row      int      // 0 internal, 1 nouns, 2 verbs, 3 train, 4 and 5 product, 5 internal/bench, 6 command
	may      []string // packages of this module
	gorgonia bool
}

// table has an entry for each package of the module.
var table = map[string]rule{
	"internal/atomicfile": {row: 0},
	"internal/boost":      {row: 0, may: []string{"internal/numeric", "internal/parallel"}},
	"internal/figure":     {row: 0},
	"internal/formula":    {row: 0, may: []string{"internal/suggest"}},
	"internal/kernel":     {row: 0},
	"internal/layers":     {row: 0},
	"internal/mersenne":   {row: 0},
	"internal/npy":        {row: 0},
	"internal/numeric":    {row: 0},
	// The oracles are independent of what they judge: they import nothing.
	"internal/oracle":   {row: 0},
	"internal/parallel": {row: 0},
	"internal/process":  {row: 0},
	"internal/report":   {row: 0, may: []string{"internal/atomicfile"}},
	"internal/smoke":    {row: 0, gorgonia: true},
	"internal/stream":   {row: 0},
	"internal/suggest":  {row: 0},
	"internal/yamlfile": {row: 0, may: []string{"internal/suggest"}},

	"checkpoints":         {row: 1, may: []string{"internal/atomicfile", "internal/suggest"}},
	"datasets":            {row: 1, may: []string{"internal/atomicfile", "internal/npy", "internal/numeric", "internal/stream", "internal/suggest"}},
	"checkpoints/onnx":    {row: 1, may: []string{"internal/atomicfile"}},
	"datasets/evaluate":   {row: 1, may: []string{"datasets", "internal/boost", "internal/numeric", "internal/parallel", "internal/report", "internal/stream", "internal/suggest"}},
	"datasets/imputation": {row: 1, may: []string{"datasets", "internal/parallel", "internal/report", "internal/stream", "internal/suggest"}},
	"datasets/metrics":    {row: 1, may: []string{"internal/kernel", "internal/mersenne", "internal/parallel", "internal/stream"}},
	"datasets/shard":      {row: 1, may: []string{"datasets", "internal/atomicfile", "internal/kernel", "internal/suggest"}},
	"datasets/toy":        {row: 1, may: []string{"datasets", "internal/stream", "internal/suggest"}},
	"datasets/where":      {row: 1, may: []string{"datasets", "internal/suggest"}},
	"sde":                 {row: 1, may: []string{"internal/formula", "internal/numeric", "internal/stream"}},

	// Priors are laws of sde, and tasks have priors.
	"datasets/prior":      {row: 2, may: []string{"internal/numeric", "internal/stream", "internal/suggest", "internal/yamlfile", "sde"}},
	"datasets/simulators": {row: 3, may: []string{"datasets", "datasets/prior", "datasets/shard", "internal/mersenne", "internal/numeric", "internal/parallel", "internal/process", "internal/stream", "internal/suggest"}},

	"guide":  {row: 2, may: []string{"internal/numeric", "internal/stream", "sde"}},
	"losses": {row: 2, may: []string{"internal/stream", "sde"}},
	"nn":     {row: 2, may: []string{"checkpoints", "checkpoints/onnx", "internal/formula", "internal/kernel", "internal/numeric", "internal/stream", "sde"}, gorgonia: true},
	"sample": {row: 2, may: []string{"internal/kernel", "internal/numeric", "internal/stream", "sde"}},

	"guide/spec": {row: 3, may: []string{"datasets", "datasets/where", "guide", "internal/formula", "internal/numeric", "internal/process", "internal/yamlfile", "nn", "sample", "sde"}},
	"train":      {row: 3, may: []string{"checkpoints", "internal/atomicfile", "internal/figure", "internal/kernel", "internal/report", "internal/stream", "losses", "nn"}},

	"guide/calibration":           {row: 4, may: []string{"datasets", "guide", "guide/spec", "internal/figure", "internal/numeric", "internal/report", "internal/stream", "sample", "sde"}},
	"train/distill":               {row: 4, may: []string{"internal/stream", "losses", "nn", "sample", "sde", "train"}},
	"train/tabular":               {row: 5, may: []string{"checkpoints", "checkpoints/onnx", "datasets", "datasets/imputation", "datasets/shard", "datasets/where", "guide", "guide/calibration", "guide/spec", "internal/figure", "internal/kernel", "internal/numeric", "internal/parallel", "internal/stream", "internal/suggest", "losses", "nn", "sample", "sde", "train", "train/distill"}},
	"train/sbi":                   {row: 5, may: []string{"checkpoints", "checkpoints/onnx", "datasets", "datasets/prior", "datasets/shard", "guide", "guide/calibration/inference", "guide/spec", "internal/atomicfile", "internal/figure", "internal/formula", "internal/kernel", "internal/numeric", "internal/parallel", "internal/report", "internal/stream", "losses", "nn", "sample", "sde", "train"}},
	"guide/calibration/inference": {row: 4, may: []string{"datasets/metrics", "datasets/shard", "guide/calibration", "internal/figure", "internal/numeric", "internal/parallel", "internal/report", "internal/stream"}},

	"internal/architectures":   {row: 6, may: []string{"nn"}, gorgonia: true},
	"internal/bench":           {row: 6, may: []string{"guide", "internal/kernel", "internal/stream", "losses", "nn", "sample", "sde", "train"}},
	"internal/bench/accuracy":  {row: 6, may: []string{"datasets/metrics", "datasets/toy", "internal/bench", "internal/figure", "internal/numeric", "losses", "nn", "sample", "sde", "train"}},
	"internal/bench/coloring":  {row: 6, may: []string{"datasets/toy", "guide", "internal/bench", "internal/figure", "internal/numeric", "losses", "nn", "sample", "sde", "train"}},
	"internal/bench/growth":    {row: 6, may: []string{"internal/atomicfile", "internal/figure", "internal/stream"}},
	"internal/bench/inference": {row: 6, may: []string{"datasets/metrics", "datasets/simulators", "internal/atomicfile", "internal/suggest", "train/sbi"}},
	"internal/bench/mixture25": {row: 6, may: []string{"datasets/metrics", "guide", "internal/bench", "internal/numeric", "internal/stream", "nn", "sample", "sde", "train"}},
	"internal/bench/pictures":  {row: 6, may: []string{"guide", "internal/figure", "sample", "sde"}},
	"internal/bench/tables":    {row: 6, may: []string{"datasets", "datasets/evaluate", "internal/stream"}},

	"internal/quickstart": {row: 6, may: []string{"datasets", "datasets/metrics", "datasets/toy", "guide/calibration", "guide/spec", "internal/figure", "internal/numeric", "internal/report", "train", "train/tabular"}},

	"cmd/tweedie": {row: 7, may: []string{"checkpoints", "checkpoints/onnx", "datasets", "datasets/evaluate", "datasets/imputation", "datasets/metrics", "datasets/prior", "datasets/shard", "datasets/simulators", "datasets/toy", "guide/calibration", "guide/calibration/inference", "guide/spec", "internal/atomicfile", "internal/bench", "internal/bench/accuracy", "internal/bench/coloring", "internal/bench/growth", "internal/bench/inference", "internal/bench/mixture25", "internal/bench/pictures", "internal/bench/tables", "internal/figure", "internal/kernel", "internal/process", "internal/quickstart", "internal/stream", "internal/suggest", "internal/yamlfile", "nn", "sample", "sde", "train", "train/sbi", "train/tabular"}},
}

// Check returns a sentence for each import of the listing that the table does
// not allow.
func Check(listing []Package) []string {
	var bad []string
	for _, p := range listing {
		name := strings.TrimPrefix(p.Path, module)
		r, known := table[name]
		if !known {
			bad = append(bad, fmt.Sprintf("%s has no entry in the layer table", name))
			continue
		}
		for who, imports := range map[string][]string{name: p.Imports, "the tests of " + name: p.TestImports} {
			for _, imp := range imports {
				rel, mine := strings.CutPrefix(imp, module)
				may := slices.Contains(r.may, rel) || who != name && r.testMay(name, rel)
				if mine && !may || isGorgonia(imp) && !r.gorgonia {
					bad = append(bad, fmt.Sprintf("%s must not import %s", who, rel))
				}
			}
		}
	}
	slices.Sort(bad)
	return bad
}

// Unused returns a sentence for each entry of the table that the listing does not
// use: a package that is not there, an import that is allowed and not made, by
// the package or by its tests, and one that is allowed twice.
func Unused(table map[string]rule, listing []Package) []string {
	var bad []string
	for name, r := range table {
		k := slices.IndexFunc(listing, func(p Package) bool { return p.Path == module+name })
		if k < 0 {
			bad = append(bad, fmt.Sprintf("%s has an entry in the layer table and no package", name))
			continue
		}
		imports := slices.Concat(listing[k].Imports, listing[k].TestImports)
		if r.gorgonia && !slices.ContainsFunc(imports, isGorgonia) {
			bad = append(bad, fmt.Sprintf("%s may import Gorgonia and does not", name))
		}
		for i, to := range r.may {
			switch {
			case slices.Contains(r.may[:i], to):
				bad = append(bad, fmt.Sprintf("%s may import %s, twice", name, to))
			case !slices.Contains(imports, module+to):
				bad = append(bad, fmt.Sprintf("%s may import %s and does not", name, to))
			}
		}
	}
	slices.Sort(bad)
	return bad
}

// testMay reports whether the tests of the package name may import rel: the
// package itself, its entry, and what stands in a lower row.
func (r rule) testMay(name, rel string) bool {
	other, known := table[rel]
	return rel == name || slices.Contains(r.may, rel) || known && (other.row < r.row || other.row == 0)
}

func isGorgonia(imp string) bool { return strings.HasPrefix(imp, "gorgonia.org/") }

// checkTable returns a sentence for each entry that points up or sideways. A
// package may import within its row only inside one family: internal/… or the
// parent of its own folder.
func checkTable(table map[string]rule) []string {
	var bad []string
	for name, r := range table {
		for _, to := range r.may {
			other, known := table[to]
			family := r.row == 0 || strings.HasPrefix(name, to+"/")
			switch {
			case !known:
				bad = append(bad, fmt.Sprintf("%s may import %s, which has no entry", name, to))
			case other.row > r.row, other.row == r.row && !family:
				bad = append(bad, fmt.Sprintf("%s may import %s, which is not below it", name, to))
			}
		}
	}
	slices.Sort(bad)
	return bad
}
