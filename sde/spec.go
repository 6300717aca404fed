package sde

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Spec is a schedule as a file or a command line writes it: a kind and named
// numbers. Missing numbers have the defaults of the type.
//
//	kind       type       params (defaults)
//	vp         VP         beta_min (0.1), beta_max (20)
//	subvp      SubVP      beta_min (0.1), beta_max (20)
//	ve         VE         sigma_min (0.01), sigma_max (50)
//	cosine     Cosine     sigma_min (0.001), alpha_min (0.001)
//	rectified  Rectified  alpha_min (0.001)
type Spec struct {
	Kind   string             `json:"kind" yaml:"kind"`
	Params map[string]float64 `json:"params,omitempty" yaml:"params,omitempty"`
}

// family is a kind of schedule.
type family struct {
	kind   string
	params []string
	defs   []float64
	// check returns what is wrong with the parameters, or "".
	check func(p []float64) string
	make  func(p []float64) Schedule
}

// families lists the kinds in the order in which messages name them.
func families() []family {
	rising := func(p []float64) string {
		if p[0] > p[1] {
			return "beta_min must not exceed beta_max"
		}
		return ""
	}
	return []family{
		{"vp", []string{"beta_min", "beta_max"}, []float64{0.1, 20}, rising,
			func(p []float64) Schedule { return VP{p[0], p[1]} }},
		{"subvp", []string{"beta_min", "beta_max"}, []float64{0.1, 20}, rising,
			func(p []float64) Schedule { return SubVP{p[0], p[1]} }},
		{"ve", []string{"sigma_min", "sigma_max"}, []float64{0.01, 50}, func(p []float64) string {
			if p[0] >= p[1] {
				return "sigma_min must be below sigma_max"
			}
			return ""
		}, func(p []float64) Schedule { return VE{p[0], p[1]} }},
		{"cosine", []string{"sigma_min", "alpha_min"}, []float64{1e-3, 1e-3}, func(p []float64) string {
			if math.Asin(math.Min(p[0], 1)) >= math.Acos(math.Min(p[1], 1)) {
				return "sigma_min² + alpha_min² must be below 1"
			}
			return ""
		}, func(p []float64) Schedule { return Cosine{p[0], p[1]} }},
		{"rectified", []string{"alpha_min"}, []float64{1e-3}, func(p []float64) string {
			if p[0] >= 1 {
				return "alpha_min must be below 1"
			}
			return ""
		}, func(p []float64) Schedule { return Rectified{p[0]} }},
	}
}

// SpecOf returns the Spec of a schedule of this package, with its defaults
// written out, so that a file does not change meaning when a default does. It
// errs on any other type and on parameters that Spec.Schedule would refuse.
func SpecOf(s Schedule) (Spec, error) {
	var sp Spec
	switch s := s.(type) {
	case VP:
		sp = newSpec("vp", s.BetaMin, s.BetaMax)
	case SubVP:
		sp = newSpec("subvp", s.BetaMin, s.BetaMax)
	case VE:
		sp = newSpec("ve", s.SigmaMin, s.SigmaMax)
	case Cosine:
		sp = newSpec("cosine", s.SigmaMin, s.AlphaMin)
	case Rectified:
		sp = newSpec("rectified", s.AlphaMin)
	default:
		return Spec{}, fmt.Errorf("sde: schedule of type %T cannot be written to a file; use one of %s", s, kinds())
	}
	if _, err := sp.Schedule(); err != nil {
		return Spec{}, err
	}
	return sp, nil
}

func newSpec(kind string, values ...float64) Spec {
	f, _ := familyOf(kind)
	p := make(map[string]float64, len(values))
	for i, v := range values {
		p[f.params[i]] = cmp.Or(v, f.defs[i])
	}
	return Spec{kind, p}
}

func familyOf(kind string) (family, bool) {
	for _, f := range families() {
		if f.kind == kind {
			return f, true
		}
	}
	return family{}, false
}

func kinds() string {
	var names []string
	for _, f := range families() {
		names = append(names, f.kind)
	}
	return strings.Join(names, ", ")
}

// Schedule returns the schedule that sp describes. It errs on an unknown kind
// or parameter and on a parameter that is out of range; all must be positive
// and finite.
func (sp Spec) Schedule() (Schedule, error) {
	f, ok := familyOf(sp.Kind)
	if !ok {
		return nil, fmt.Errorf("sde: unknown schedule %q; use one of %s", sp.Kind, kinds())
	}
	p := slices.Clone(f.defs)
	for _, name := range sp.names() {
		v, i := sp.Params[name], slices.Index(f.params, name)
		if i < 0 {
			return nil, fmt.Errorf("sde: schedule %s has no parameter %q; it has %s", f.kind, name, strings.Join(f.params, ", "))
		}
		if !(v > 0) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("sde: schedule %s: %s is %g, must be positive and finite", f.kind, name, v)
		}
		p[i] = v
	}
	if msg := f.check(p); msg != "" {
		return nil, fmt.Errorf("sde: schedule %s: %s", sp, msg)
	}
	return f.make(p), nil
}

// names returns the parameter names in a fixed order, unknown ones last.
func (sp Spec) names() []string {
	f, _ := familyOf(sp.Kind)
	var names []string
	for n := range sp.Params {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		i, j := slices.Index(f.params, a), slices.Index(f.params, b)
		if i >= 0 && j >= 0 {
			return i - j
		}
		if i < 0 && j < 0 {
			return strings.Compare(a, b)
		}
		return j - i // the unknown one has -1 and comes last
	})
	return names
}

// String returns sp in the form that ParseSchedule reads.
func (sp Spec) String() string {
	var b strings.Builder
	b.WriteString(sp.Kind)
	sep := byte(':')
	for _, n := range sp.names() {
		b.WriteByte(sep)
		b.WriteString(n + "=" + strconv.FormatFloat(sp.Params[n], 'g', -1, 64))
		sep = ','
	}
	return b.String()
}

// ParseSchedule reads a schedule as a flag writes it, "kind" or
// "kind:name=value,name=value": "vp", "ve:sigma_max=80",
// "vp:beta_min=0.1,beta_max=20". The kinds are those of Spec.
func ParseSchedule(s string) (Schedule, error) {
	kind, rest, found := strings.Cut(s, ":")
	sp := Spec{Kind: strings.TrimSpace(kind), Params: map[string]float64{}}
	if _, ok := familyOf(sp.Kind); found && ok {
		for part := range strings.SplitSeq(rest, ",") {
			name, value, ok := strings.Cut(part, "=")
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			v, err := strconv.ParseFloat(value, 64)
			if !ok || err != nil {
				return nil, fmt.Errorf("sde: schedule %q: %q is not name=number", s, part)
			}
			if _, twice := sp.Params[name]; twice {
				return nil, fmt.Errorf("sde: schedule %q: %s is given twice", s, name)
			}
			sp.Params[name] = v
		}
	}
	return sp.Schedule()
}
