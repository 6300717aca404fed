package guide_test

import (
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// With its curvature MMPS is the gradient of its twist on any prior, and without
// it is not; on a Gaussian it changes nothing.
func TestCurvatureIsTheGradientOfTheTwist(t *testing.T) {
	prior := modes(sde.VP{})
	for m, o := range map[int]sde.Observation{
		1: obs(sde.NewLinearMap(mat.NewDense(1, 3, []float64{1, -0.5, 2})), 0.5, 0.4),
		2: obs(sde.NewLinearMap(A2), 0.5, 1, 0),
	} {
		with := guide.New(prior, guide.MMPS{Observation: o, Curvature: true})
		without := guide.New(prior, guide.MMPS{Observation: o})
		for _, tt := range []float64{0.3, 0.6} {
			if e := twistGradError(t, with, prior, tt); e > 3e-3 {
				t.Errorf("m = %d, t = %g: off by %.2g", m, tt, e)
			}
			if e := twistGradError(t, without, prior, tt); e < 3e-2 {
				t.Errorf("m = %d, t = %g: without its curvature it passes", m, tt)
			}
		}
	}
	g := full(sde.VP{})
	o := obs(sde.NewLinearMap(A2), 0.3, 2, -1)
	if e := apart(t, guide.New(g, guide.MMPS{Observation: o, Curvature: true}), guide.New(g, guide.MMPS{Observation: o}), g); !(e < 1e-9) {
		t.Errorf("a Gaussian: %.2g", e)
	}
	err := guide.New(g, guide.MMPS{Observation: o, Curvature: true, Solver: guide.Iterative}).Err()
	if err == nil || !strings.Contains(err.Error(), "dense solver") {
		t.Errorf("iterative: %v", err)
	}
}
