// Package growth measures how the cost of training and drawing grows with the rows, the
// columns, the levels of a column and the workers.
//
// A cell is one size. Its table is drawn by seed and written as CSV, so that reading is
// part of what is measured. Training, of a fixed number of steps, and drawing are processes
// of their own, of which the system tells the seconds and the peak of the memory. Each cell
// that is done is a file of its own: a run that was interrupted goes on with the next one.
//
// A cost c grows as sizeᵉ; the exponent e is the slope of the line of least squares through
// (ln size, ln c) of the larger half of the sizes.
package growth
