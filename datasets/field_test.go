package datasets

import "testing"

func TestStep(t *testing.T) {
	for _, c := range []struct {
		f    Field
		want float64
	}{
		{Field{Type: TypeNumeric, Digits: &Digits{0, 2}}, 0.01},
		{Field{Type: TypeNumeric, Digits: &Digits{0, 15}}, 1e-15},
		{Field{Type: TypeNumeric, Digits: &Digits{0, 0}}, 1},
		{Field{Type: TypeNumeric, Digits: &Digits{0, Shortest}}, 0},
		{Field{Type: TypeNumeric}, 0},
		{Field{Type: TypeInteger, Digits: &Digits{0, 0}}, 1},
		{Field{Type: TypeInteger, Digits: &Digits{0, 3}}, 1}, // 7.000
		{Field{Type: TypeInteger, Digits: &Digits{0, Shortest}}, 0},
		{Field{Type: TypeDateTime, Format: "2006-01-02", Digits: &Digits{0, 0}}, 1},
		{Field{Type: TypeDateTime, Format: "2006-01-02 15:04:05", Digits: &Digits{3, 3}}, 0.001},
		{Field{Type: TypeCategorical, Levels: []Level{{Name: "1"}}}, 0},
	} {
		if got := c.f.Step(); got != c.want {
			t.Errorf("%s with digits %v: a step of %g, want %g", c.f.Type, c.f.Digits, got, c.want)
		}
	}
}
