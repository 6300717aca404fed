// Package layers keeps the import graph of this module layered and its
// sources free of a few habits that would break its promises.
//
// Imports go down only:
//
//	cmd/tweedie
//	internal/bench
//	train/tabular  train/sbi  guide/spec  guide/calibration
//	train
//	nn  losses  sample  guide
//	sde  datasets  checkpoints
//	internal/…
//
// At the top of the repository stands what toplevel_test.go lists, and nothing else.
//
// A table in rules_test.go says what each package may import of this module. A package
// without an entry is an error, so that adding one is a decision; so is an entry
// that is not used. Gorgonia stays behind nn. The tests of a
// package may import, besides its own entry, every package of a lower row. sample
// and guide do not import each other, in tests either; both know sde.Denoiser.
//
// The package has tests only. The checks are functions of a listing or of a source
// text, so that further tests can hand them a planted violation.
package layers
