package sample

import (
	"context"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// listed is a denoiser with a condition of each row.
type listed struct {
	sde.Denoiser
	classes []int
}

func (l listed) Rows(idx []int) sde.Denoiser {
	some := make([]int, len(idx))
	for k, i := range idx {
		some[k] = l.classes[i]
	}
	return listed{l.Denoiser, some}
}

// Fewer conditions than rows or groups are an error before any is drawn.
func TestConditionsAreEnough(t *testing.T) {
	d := listed{gauss1(t, 0, 1, sde.VP{}), make([]int, 4)}
	reward := func(dst []float64, _ *mat.Dense, _ int) error { clear(dst); return nil }
	for n, want := range map[int]bool{4: true, 5: false} {
		_, err := Run(context.Background(), d, DPMpp2M{}, n, &Options{Steps: 3})
		_, of := RunParticles(context.Background(), FK{Model: d, Reward: reward}, DDIM{Eta: 1}, n, 3, &ParticleOptions{Options: Options{Steps: 3}})
		for _, err := range []error{err, of} {
			if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "5 rows or groups") {
				t.Errorf("%d: %v", n, err)
			}
		}
	}
}
