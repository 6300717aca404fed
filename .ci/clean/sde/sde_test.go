package sde

import "testing"

func TestHalf(t *testing.T) {
	if Half(2) != 1 {
		t.Error("Half(2) is not 1")
	}
}

// limit is what the self-test of the fuzz gate lowers.
const limit = 300

func FuzzHalf(f *testing.F) {
	f.Fuzz(func(t *testing.T, x uint8) {
		if int(x) > limit {
			t.Errorf("%d", x)
		}
	})
}
