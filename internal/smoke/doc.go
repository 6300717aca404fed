// Package smoke has no code, only a test that a Gorgonia graph still runs.
//
// Gorgonia v0.9.18 asks for a version of go4.org/unsafe/assume-no-moving-gc
// that panics when a program starts under a Go release it does not know. The
// go.mod of this module pins a later version, which only the module graph
// keeps alive: nothing here imports it. Dropping the pin breaks every program
// that links the backend, and the test of this package says so first.
package smoke
