package tabular

import (
	"context"
	"reflect"
	"testing"

	"tweedie/datasets/shard"
	"tweedie/guide/calibration"
)

// There may be more parts than replicas: some have none, and all are the whole.
func TestCalibrateInParts(t *testing.T) {
	m := model(t)
	check := func(p shard.Part) *calibration.Report {
		r, err := m.Calibrate(context.Background(), &Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}"), Sampler: fewSteps, Seed: 4, Workers: 1},
			&CalibrationOptions{Replicas: 20, Draws: 9, Part: p})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	var parts []*calibration.Report
	empty := 0
	for i := range 22 {
		r := check(shard.Part{Index: 22 - i, Of: 22})
		if r.Replicas == 0 {
			empty++
		}
		parts = append(parts, r)
	}
	all, err := calibration.Join(parts)
	if err != nil {
		t.Fatal(err)
	}
	if whole := check(shard.Part{}); empty != 2 || !reflect.DeepEqual(all, whole) {
		t.Errorf("%d empty parts; joined %+v, want %+v", empty, all, whole)
	}
}
