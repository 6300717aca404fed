package train

import (
	"fmt"
	"maps"
	"slices"

	"tweedie/checkpoints"
)

// SettingsOf are the settings of a checkpoint for a Page: seed, steps, kernels, and the options
// that were given, by their names behind a prefix, as "--".
func SettingsOf(p checkpoints.Provenance, prefix string) [][2]string {
	list := [][2]string{{"seed", fmt.Sprint(p.Seed)}, {"steps done", fmt.Sprint(p.Steps)}, {"kernels", p.KernelPath}}
	if p.DataSHA256 != "" {
		list = append(list, [2]string{"SHA-256 of the data", p.DataSHA256})
	}
	for _, k := range slices.Sorted(maps.Keys(p.Config)) {
		list = append(list, [2]string{prefix + k, p.Config[k]})
	}
	return list
}
