package simulators

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"tweedie/datasets/prior"
	"tweedie/datasets/shard"
)

// A text names a task, with its own prior or another one, or a program.
func TestOpen(t *testing.T) {
	p := twoParameters(t)
	moons, err := Open(t.Context(), "task:two_moons", nil, ProgramOptions{})
	if err != nil || moons.Name() != "two_moons" || strings.Join(moons.Prior().Names(), " ") != "parameter_1 parameter_2" {
		t.Fatalf("%v, %v", moons, err)
	}
	narrow, err := prior.Parse([]byte("prior:\n  - {name: parameter_1, law: uniform, low: 0, high: 0.1}\n  - {name: parameter_2, law: uniform, low: 0, high: 0.1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if moons, err = Open(t.Context(), "task:two_moons", narrow, ProgramOptions{}); err != nil || moons.Prior() != narrow {
		t.Errorf("%v, %v", moons, err)
	}
	theta, x, err := Draw(t.Context(), moons, nil, 50, 1, 0, 1)
	if err != nil || x.RawMatrix().Rows != 50 {
		t.Fatal(err)
	}
	for i := range 50 {
		if v := theta.At(i, 0); v < 0 || v > 0.1 {
			t.Errorf("θ of row %d is %v: it is not of the prior that was given", i, v)
		}
	}
	for _, c := range []struct {
		text string
		p    *prior.Prior
		o    ProgramOptions
		want string
	}{
		{"task:two_mons", nil, ProgramOptions{}, "two_moons"},
		{"task:two_moons", p, ProgramOptions{}, "the prior has the parameters a, b; the task two_moons has parameter_1"},
		{"task:two_moons", nil, ProgramOptions{Silence: time.Second}, "task:two_moons is none"},
		{"sh x", nil, ProgramOptions{}, "give one"},
		{"no-such-program-at-all", p, ProgramOptions{}, "no-such-program-at-all"},
	} {
		if s, err := Open(t.Context(), c.text, c.p, c.o); err == nil || s != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, error %v, want %q", c.text, s, err, c.want)
		}
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	g, err := Open(t.Context(), "sh -c '"+streaming+"'", p, ProgramOptions{Batch: 7})
	if err != nil || BatchOf(g) != 7 || g.Prior() != p {
		t.Errorf("%v, %v", g, err)
	}
}

func TestFits(t *testing.T) {
	moons, err := Lookup("two_moons")
	if err != nil {
		t.Fatal(err)
	}
	own := moons.Columns()
	for want, err := range map[string]error{
		"":                         Fits(moons, moons.Prior(), own),
		"the prior has":            Fits(moons, twoParameters(t), own),
		"the simulator makes the ": Fits(moons, moons.Prior(), []string{own[1], own[0]}),
		"and the model has x:":     Fits(moons, moons.Prior(), []string{"x"}),
	} {
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// batchOfSeven is a task whose rows are drawn seven at a time, as those of a program.
type batchOfSeven struct{ Task }

func (batchOfSeven) Batch() int { return 7 }

// Parts have the rows of the whole, in whole batches.
func TestDrawingInParts(t *testing.T) {
	moons, err := Lookup("two_moons")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range []Task{moons, batchOfSeven{moons}} {
		whole := Drawing{Rows: 30, Seed: 3, First: 5}
		theta, x, err := whole.Run(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for i := range 7 {
			d := whole.Part(task, shard.Part{Index: i + 1, Of: 7})
			if d.First != 5+at || (d.First-5)%BatchOf(task) != 0 && d.Rows > 0 {
				t.Errorf("part %d begins with row %d, after %d", i+1, d.First, at)
			}
			a, b, err := d.Run(t.Context(), task)
			if err != nil {
				t.Fatal(err)
			}
			for k := range d.Rows {
				if a.At(k, 0) != theta.At(at, 0) || b.At(k, 1) != x.At(at, 1) {
					t.Errorf("row %d of part %d is not that of the whole", k, i+1)
				}
				at++
			}
		}
		if at != 30 || whole.Part(task, shard.Part{}).Rows != 30 {
			t.Errorf("%d rows of 30", at)
		}
	}
}
