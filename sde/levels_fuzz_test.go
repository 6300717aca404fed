package sde

import (
	"strings"
	"testing"
)

// FuzzLevels: a file of levels is refused in a line, or gives levels that a chain can have.
func FuzzLevels(f *testing.F) {
	for _, seed := range []string{"beta\n0.1\n0.2\n", "sigma,step\n1,0.1\n2,0.1", "0.5\n0.6", "beta\n\"0.1\n", "step", "\ufeffsigma\r\n1e-3\r\n4", "beta,beta\n1,1", "1e999\n2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := levelsOf(text)
		switch {
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("error %q", err)
		case err != nil:
		case l.Check() != nil || l.Len() < 2:
			t.Errorf("%q gives %+v", text, l)
		default:
			for _, s := range []Schedule{VP{}, VE{}} {
				if c, err := l.Chain(s); err == nil && (c.Len() != l.Len() || !(c.Time(c.Len()-1) > c.Time(0))) {
					t.Errorf("%q gives a chain of %d levels, from t = %g to %g", text, c.Len(), c.Time(0), c.Time(c.Len()-1))
				}
			}
		}
	})
}
