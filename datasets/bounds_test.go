package datasets

import (
	"fmt"
	"testing"
)

// A cell that is missing differs from every level, whatever their number.
func TestMissingBesideManyLevels(t *testing.T) {
	for _, n := range []int{2, 255, 256, 257, 65535, 65536} {
		f := Field{Name: "c", Type: TypeCategorical, Levels: make([]Level, n)}
		c := NewCells(&Metadata{Columns: []Field{f}}, 2)
		c.SetLevel(1, 0, n-1)
		if !c.Missing(0, 0) || c.Missing(1, 0) || c.Level(1, 0) != n-1 {
			t.Errorf("%d levels: missing %v and %v, level %d", n, c.Missing(0, 0), c.Missing(1, 0), c.Level(1, 0))
		}
	}
}

// Texts are errors among numbers from 95 % of these on, and levels beside fewer.
func TestNumbersAmongTexts(t *testing.T) {
	for texts, refused := range map[int]bool{1: true, 3: true, 4: false, 6: false} {
		_, err := Infer(text(rowsOf(60, func(i int) string {
			if i < texts {
				return "none of it"
			}
			return fmt.Sprint(i % 7)
		})), nil)
		if (err != nil) != refused {
			t.Errorf("%d texts among 60 cells: %v", texts, err)
		}
	}
}

// A column that counts its rows is an identifier, and not if some have no number.
func TestCountedRowsWithGaps(t *testing.T) {
	for _, gap := range []bool{false, true} {
		n := -1
		m, err := Infer(text(rowsOf(60, func(i int) string {
			if gap && i == 30 {
				return ""
			}
			n++
			return fmt.Sprint(n)
		})), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Columns[0].Type; (got == TypeIdentifier) == gap {
			t.Errorf("with a gap %v: %s", gap, got)
		}
	}
}
