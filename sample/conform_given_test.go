package sample

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// given is a method that knows something about the rows of every denoiser that it
// is made for.
type given struct {
	Method
	bind func(d sde.Denoiser) (sde.Denoiser, error)
}

func (m given) New(d sde.Denoiser, n int) Stepper {
	p, err := m.bind(d)
	if err != nil {
		panic(err)
	}
	return m.Method.New(p, n)
}

func (m given) Caveats() []string { return caveats(m.Method) }

func somethingKnown(d sde.Denoiser) (sde.Denoiser, error) {
	return ConditionOnValues(d, ValueCondition{Index: []int{d.Dim() - 1}, Values: mat.NewDense(1, 1, []float64{0.4}), SD: 0.05})
}

func somethingMeasured(d sde.Denoiser) (sde.Denoiser, error) {
	M := mat.NewDense(1, d.Dim(), nil)
	for j := range d.Dim() {
		M.Set(0, j, 1-0.5*float64(j))
	}
	return ConditionOnLinear(d, LinearCondition{A: matrix{M, nil}, Y: mat.NewDense(1, 1, []float64{0.4}), SD: 0.05})
}

func somethingObserved(d sde.Denoiser) (sde.Denoiser, error) {
	return ConditionOnObservation(d, sde.Observation{A: cubic{d.Dim()}, Y: mat.NewDense(1, 1, []float64{0.4}), Error: normalError{0.05}})
}

// What the package promises of methods holds for those that are given something.
func TestConformanceOfGivenMethods(t *testing.T) {
	for _, m := range []given{
		{Replacement{DDIM{Eta: 1}}, somethingKnown}, {Replacement{DPMpp2M{}}, somethingKnown},
		{RePaint{DDIM{Eta: 1}, 1, 1}, somethingKnown},
		{DiffPIR{}, somethingObserved}, {DiffPIR{}, somethingMeasured}, {DAPS{}, somethingMeasured}, {DDNM{}, somethingMeasured}, {DPSStep{Zeta: 0.1}, somethingMeasured},
	} {
		skip := []string{"denoiser error", "order"} // of plain methods
		switch m.Method.(type) {
		case Replacement, RePaint:
			skip = append(skip, "non-finite") // the only coordinate is set anew
		case DPSStep:
			skip = append(skip, "NFE", "cancel", "non-finite", "allocations") // by denoisers without derivative
		}
		for _, c := range checks {
			if slices.Contains(skip, c.name) {
				continue
			}
			if diff := c.f(t, m); diff != "" {
				t.Errorf("%s: %s: %s", m.Info().Name, c.name, diff)
			}
		}
	}
}
