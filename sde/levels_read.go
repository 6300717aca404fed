package sde

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// maxLevelsFile bounds a file of levels, in bytes.
const maxLevelsFile = 16 << 20

// ParseLevels reads levels as a flag gives them: a number of the schedule's own, or the path of
// a file (see ReadLevels).
func ParseLevels(text string) (*Levels, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return ReadLevels(text)
	}
	l := &Levels{Count: n}
	if n <= 0 {
		return nil, fmt.Errorf("%d levels: a chain has at least 2", n)
	}
	return l, l.Check()
}

// ReadLevels reads a file of levels, least noise first: CSV with a column beta (of a DDPM) or
// sigma (of an SMLD), and perhaps a column step, the ε_i of annealed Langevin dynamics; or one
// number a line, without a header, that are β_i or σ_i as the schedule has them. It errs on what
// Levels.Check refuses.
func ReadLevels(path string) (*Levels, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxLevelsFile+1))
	if err == nil && len(b) > maxLevelsFile {
		err = fmt.Errorf("longer than %d bytes", maxLevelsFile)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l, err := levelsOf(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// levelsOf is ReadLevels for the content of the file.
func levelsOf(text string) (*Levels, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errNoLevels
	}
	if err != nil {
		return nil, err
	}
	l := &Levels{}
	to, err := l.columns(head)
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return l, l.Check()
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		for j, cell := range row {
			v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %.40q is no number", line, cell)
			}
			*to[j] = append(*to[j], v)
		}
	}
}

// columns says where the cells below the first line go, which is a header or the first number.
func (l *Levels) columns(head []string) ([]*[]float64, error) {
	if v, err := strconv.ParseFloat(strings.TrimSpace(head[0]), 64); err == nil && len(head) == 1 {
		l.List = append(l.List, v)
		return []*[]float64{&l.List}, nil
	}
	known := map[string]*[]float64{"beta": &l.Beta, "sigma": &l.Sigma, "step": &l.Step}
	to := make([]*[]float64, len(head))
	for j, name := range head {
		name = strings.TrimSpace(name)
		if to[j] = known[name]; to[j] == nil || slices.Contains(to[:j], to[j]) {
			return nil, fmt.Errorf("the column %.40q: %w", name, errNoLevels)
		}
	}
	return to, nil
}

var errNoLevels = errors.New("a file of levels has a column beta or sigma, perhaps step, one level a line, or one number a line without a header")
