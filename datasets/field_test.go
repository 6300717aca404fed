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

func TestPredicates(t *testing.T) {
	for k := range types {
		f := Field{Type: types[k].name}
		number, levels := false, false
		switch f.Type {
		case TypeNumeric, TypeInteger, TypeDateTime:
			number = true
		case TypeCategorical, TypeBoolean:
			levels = true
		}
		if f.IsNumber() != number || f.HasLevels() != levels || f.Modeled() != (number || levels) {
			t.Errorf("%s: IsNumber %v, HasLevels %v, Modeled %v", f.Type, f.IsNumber(), f.HasLevels(), f.Modeled())
		}
	}
	if f := (Field{Type: "matrix"}); f.IsNumber() || f.HasLevels() || f.Modeled() {
		t.Error("a column of unknown type is modeled")
	}
}

func TestUnround(t *testing.T) {
	for _, typ := range []Type{TypeNumeric, TypeInteger} {
		f := Field{Type: typ, Digits: &Digits{0, 0}, Atoms: []Atom{{}}, Map: &Transform{}}
		if f.Unround(); f.Type != TypeNumeric || !f.Wide || f.Step() != 0 || f.Atoms != nil || f.Map != nil {
			t.Errorf("%s becomes %+v", typ, f)
		}
	}
	for _, typ := range []Type{TypeDateTime, TypeBoolean, TypeConstant} {
		f := Field{Type: typ, Digits: &Digits{0, 0}}
		if f.Unround(); f.Type != typ || f.Wide || f.Digits.Max != 0 {
			t.Errorf("%s becomes %+v", typ, f)
		}
	}
}
