// Package guide bends the denoiser of a prior towards what is known about a row.
package guide
