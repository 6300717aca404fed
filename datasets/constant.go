package datasets

import "tweedie/internal/suggest"

type constantType struct{ notModeled }

func (constantType) claims(d *inference) (bool, error) {
	t := d.t
	if d.present() == 0 {
		d.f.Note = "no value in any row"
		return true, nil
	}
	same := len(t.levels.count) == 1
	if !d.isText() {
		same = t.numbers.min == t.numbers.max
	}
	return same && t.missing == 0, nil
}

func (constantType) complete(d *inference) error {
	t := d.t
	same := t.texts == 0 && t.numbers.min == t.numbers.max || len(t.levels.count) == 1
	if d.present() > 0 && (t.missing > 0 || !same) {
		return d.fail(foundCell{}, "declared constant, but its cells differ", "leave its type to be found")
	}
	d.f.Value = d.first()
	return nil
}

func (constantType) describe(f *Field) []string {
	if f.isEmpty() {
		return []string{"empty"}
	}
	return []string{"always " + suggest.Quote(f.Value)}
}

func (constantType) warnings(f *Field) []warning {
	if f.isEmpty() {
		return []warning{{empty, suggest.Quote(f.Name)}}
	}
	return []warning{{unchanging, suggest.Quote(f.Name)}}
}

// parse checks that the cell is the value of the column, or the same number.
func (constantType) parse(p *cellParser, _ *Cells, _, _ int, cell string) *Error {
	value := p.f.Value
	if cell == value || cell == NoValue && p.f.isEmpty() {
		return nil
	}
	found := "a missing cell"
	if cell != NoValue {
		v, _, is := parseNumber(cell)
		w, _, of := parseNumber(value)
		if is == isNumber && of == isNumber && v == w {
			return nil
		}
		found = suggest.Quote(cell)
	}
	return &Error{Column: p.f.Name, Found: found, Remedy: "the metadata knows no other value than " + suggest.Quote(value) + " here", Err: errUnseen}
}

func (constantType) appendText(b []byte, f *Field, _ *Cells, _, _, _ int) []byte {
	return append(b, f.Value...)
}

func (constantType) parquet(f *Field) ParquetType {
	t := typeOfTexts([]string{f.Value})
	if _, _, is := parseNumber(f.Value); is == isNumber && !hasLeadingZero(f.Value) && t == parquetString {
		return parquetDouble
	}
	return t
}

// notModeled is the part of types without cells: nothing is stored or encoded.
type notModeled struct{}

func (notModeled) storage() storage                                            { return storesNothing }
func (notModeled) invalid(*Field) string                                       { return "" }
func (notModeled) fit(*Field, *Cells, int, *FitOptions) error                  { return nil }
func (notModeled) unfitted(*Field) string                                      { return "" }
func (notModeled) layout(*Codec, *codecColumn, bool)                           {}
func (notModeled) encode(*codecColumn, []float64, *Cells, int, func() float64) {}
func (notModeled) encodeText(*codecColumn, []float64, string) error            { return nil }
func (notModeled) decode(*codecColumn, *Cells, int, int, []float64, func(int, int) float64) error {
	return nil
}
