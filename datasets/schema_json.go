package datasets

import (
	"encoding/json"
	"fmt"
	"math"

	"tweedie/internal/suggest"
)

// Validate errs when s cannot have come from NewSchema: what is read from a
// file is checked before it is used.
func (s *Schema) Validate() error {
	if s.Version > SchemaVersion {
		return &Error{Found: fmt.Sprintf("schema of version %d, newer than %d", s.Version, SchemaVersion), Remedy: "use a newer tweedie"}
	}
	if s.Version < 1 {
		return &Error{Found: fmt.Sprintf("schema of version %d", s.Version), Remedy: "the file is damaged or not a schema"}
	}
	names := make([]string, len(s.Columns))
	for i := range s.Columns {
		names[i] = s.Columns[i].Name
	}
	if err := checkNames("", 0, names); err != nil {
		return err
	}
	for i := range s.Columns {
		if found := s.Columns[i].invalid(); found != "" {
			return &Error{Column: s.Columns[i].Name, Found: "schema with " + found, Remedy: "the file is damaged"}
		}
	}
	if s.Dim() == 0 {
		return &Error{Found: "schema without a column to model", Remedy: "the file is damaged"}
	}
	return nil
}

// invalid says what is wrong with c, or "".
func (c *ColumnSchema) invalid() string {
	switch c.Kind {
	case Numeric:
		finite := true
		for _, v := range []float64{c.Min, c.Max, c.Mean, c.Std} {
			finite = finite && !math.IsNaN(v) && !math.IsInf(v, 0)
		}
		switch {
		case !finite || c.Min > c.Max || c.Constant != (c.Min == c.Max):
			return "impossible statistics"
		case !c.Constant && c.Std <= 0:
			return "no spread"
		case c.Decimals < Shortest || c.Decimals > maxDecimals:
			return fmt.Sprintf("%d decimals", c.Decimals)
		}
	case Label:
		if len(c.Levels) == 0 {
			return "no levels"
		}
		for k := 1; k < len(c.Levels); k++ {
			if c.Levels[k-1].Name >= c.Levels[k].Name {
				return "levels out of order"
			}
		}
	default:
		return "an unknown kind of column"
	}
	return ""
}

// UnmarshalJSON implements json.Unmarshaler. It validates.
func (s *Schema) UnmarshalJSON(data []byte) error {
	type plain Schema
	var p plain
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("datasets: reading a schema: %w", err)
	}
	if err := (*Schema)(&p).Validate(); err != nil {
		return err
	}
	*s = Schema(p)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (k Kind) MarshalText() ([]byte, error) {
	switch k {
	case Numeric:
		return []byte("numeric"), nil
	case Label:
		return []byte("label"), nil
	}
	return nil, fmt.Errorf("datasets: unknown kind %d", int(k))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Kind) UnmarshalText(text []byte) error {
	switch string(text) {
	case "numeric":
		*k = Numeric
	case "label":
		*k = Label
	default:
		return fmt.Errorf("datasets: unknown kind of column %s", suggest.Quote(string(text)))
	}
	return nil
}
