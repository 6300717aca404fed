package sbi

import (
	"fmt"
	"regexp"
	"strconv"
)

var blocksForm = regexp.MustCompile(`^(\d{1,6})x(\d{1,6})$`)

// ParseBlocks reads Blocks as a flag writes them, POINTSxWIDTH, as 4x2.
func ParseBlocks(text string) (Blocks, error) {
	m := blocksForm.FindStringSubmatch(text)
	if m == nil {
		return Blocks{}, fmt.Errorf("%q is no set of exchangeable points: give POINTSxWIDTH, as 4x2 for four points of two numbers, or none", text)
	}
	p, _ := strconv.Atoi(m[1]) // six digits fit
	w, _ := strconv.Atoi(m[2])
	if p < 2 || w < 1 {
		return Blocks{}, fmt.Errorf("%q has no points to exchange: give at least 2x1", text)
	}
	return Blocks{Points: p, Width: w}, nil
}
