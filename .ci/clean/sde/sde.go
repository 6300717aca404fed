// Package sde is small.
package sde

// Half returns x/2.
func Half(x float64) float64 { return x / 2 }
