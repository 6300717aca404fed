package kernel

import (
	"testing"
	"time"
)

// TestMeasurePeak drives the measurement with a clock of its own: each reading
// is a second later, so the figure is that of one burst.
func TestMeasurePeak(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		clock := time.Unix(0, 0)
		got := MeasurePeak(2*time.Second, func() time.Time {
			clock = clock.Add(time.Second)
			return clock
		})
		if want := 200 * peakBurst(new(Workspace)); got != want {
			t.Errorf("peak %g, want %g", got, want)
		}
	})
}
