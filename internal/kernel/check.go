package kernel

// matrix panics unless s holds rows x cols elements at row stride ld.
func matrix[T Float](s []T, rows, cols, ld int) {
	if rows == 0 || cols == 0 {
		return
	}
	if ld < cols {
		panic("kernel: row stride below number of columns")
	}
	if len(s) < cols || (len(s)-cols)/ld < rows-1 {
		panic("kernel: matrix slice too short")
	}
}

// shape panics unless rows and n are counts.
func shape(rows, n int) {
	if rows < 0 || n < 0 {
		panic("kernel: negative dimension")
	}
}

// vector panics unless s holds n elements.
func vector[T Float](s []T, n int) {
	if len(s) < n {
		panic("kernel: vector slice too short")
	}
}

// same panics unless s has exactly n elements.
func same[T Float](s []T, n int) {
	if len(s) != n {
		panic("kernel: slices of different length")
	}
}
