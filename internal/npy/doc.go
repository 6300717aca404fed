// Package npy reads and writes the header of a NumPy array file (.npy): which numbers the
// array has, in which order they lie, and its shape. The values follow the header.
//
// A file begins with the six bytes \x93NUMPY, a version (1.0, 2.0 or 3.0) and the length
// of the header, of two bytes in version 1 and of four otherwise, the low one first. The
// header is a Python dictionary of the keys descr, fortran_order and shape
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Arrays of
// numbers are read; those of Python objects, which would run programs, text, records,
// times and complex numbers are errors.
package npy
