// Package kernel holds the numeric loops under package nn: matrix products,
// SiLU with its derivative, column sums, exp, sigmoid, sine and cosine, and
// the AdamW step with its moving average, for float32 and float64.
//
// Every function runs on the calling goroutine, allocates nothing (a
// Workspace grows on first use), panics with constant text on a caller's bug,
// and is safe for concurrent use on disjoint memory.
package kernel
