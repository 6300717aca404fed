package tabular

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/guide"
	"tweedie/sample"
)

// program is the entry of a guide file for a shell script, with further keys.
func program(t *testing.T, text, keys string) string {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	path := filepath.Join(t.TempDir(), "program.sh")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("{command: \"sh '%s'\", %s}", path, keys)
}

const firstColumn = `read header; while IFS=, read -r a b; do echo "$a"; done`

// column is the mean and the standard deviation of a column.
func column(r *DrawnRows, j int) (mean, sd float64) {
	n := float64(r.Rows())
	sum := 0.0
	for i := range r.Rows() {
		v := r.Number(i, j)
		mean, sum = mean+v/n, sum+v*v/n
	}
	return mean, math.Sqrt(sum - mean*mean)
}

// By ensembles and by FK, a program that gives a column is an observation of it, and the
// rows have the law of the posterior, which is known.
func TestProgramsGuideToThePosterior(t *testing.T) {
	b := normalModel()
	mean, variance := b.net.Moments()
	shift, scale, _ := b.codec.Affine(0)
	mu, v := shift+scale*mean[0], scale*scale*variance[0]
	k := v / (v + 0.09)
	want, wantSD := mu+k*(1.5-mu), math.Sqrt((1-k)*v)
	other, otherSD := column(draw(b, 2000, nil), 1)
	for name, q := range map[string]Query{
		"enkg, observe":   {Guide: guideFile("{observe: {a: 1.5}, noise: 0.3}"), Conditioning: Conditioning{Method: "enkg", Particles: 200}},
		"enkg, a command": {Guide: guideFile(program(t, firstColumn, "value: 1.5, noise: 0.3")), Conditioning: Conditioning{Method: "enkg"}},
		"fk, a command":   {Guide: guideFile(program(t, firstColumn, "value: 1.5, noise: 0.3")), Conditioning: Conditioning{Method: "fk", Particles: 200}},
	} {
		n := 400 // sh reads byte by byte
		q.Sampler.NFE = 30
		r := draw(b, n, &q)
		got, sd := column(r, 0)
		if r.Rows() != n || r.Method != q.Conditioning.Method {
			t.Errorf("%s: %d rows by %s", name, r.Rows(), r.Method)
		}
		// The network is normal but for its float32; FK has fewer different particles.
		if tol := 5 * wantSD / math.Sqrt(float64(n)/4); math.Abs(got-want) > tol || math.Abs(sd/wantSD-1) > 0.2 {
			t.Errorf("%s: a is %.3f ± %.3f, want %.3f ± %.3f", name, got, sd, want, wantSD)
		}
		if got, sd := column(r, 1); math.Abs(got-other) > 0.3*otherSD || math.Abs(sd/otherSD-1) > 0.2 {
			t.Errorf("%s: b is %.3f ± %.3f, want %.3f ± %.3f", name, got, sd, other, otherSD)
		}
		if len(r.Caveats) == 0 && q.Conditioning.Method == "enkg" {
			t.Errorf("%s: no caveat", name)
		}
		q.Workers = 1
		if q.Sampler.NFE = 6; text(t, draw(b, 250, &q).Cells) != text(t, draw(b, 250, &Query{Guide: q.Guide, Conditioning: q.Conditioning, Sampler: q.Sampler, Workers: 3}).Cells) {
			t.Errorf("%s: workers change rows", name)
		}
	}
}

// Given columns and labels, and a balance, hold in ensembles too; rows are not lost where
// ensembles are not full.
func TestEnsemblesKeepWhatIsGiven(t *testing.T) {
	m := model(t, "label")
	q := Query{Guide: guideFile("{observe: {size: 12}, noise: 0.2}"), Conditioning: Conditioning{Method: "enkg"}, Given: map[string]string{"label": "yes"}}
	q.Sampler.NFE = 10
	out := text(t, draw(m, 70, &q).Cells)
	if strings.Count(out, ",yes\n") != 70 {
		t.Error("the label is not the one given")
	}
	q.Given, q.Balance = nil, "label"
	out = text(t, draw(m, 71, &q).Cells)
	if strings.Count(out, ",yes\n")+strings.Count(out, ",no\n") != 71 || strings.Count(out, ",yes\n") < 35 || strings.Count(out, ",no\n") < 35 {
		t.Error("labels are not balanced")
	}
	q.Balance = ""
	if _, err := m.Sample(context.Background(), 10, &q); err == nil || !strings.Contains(err.Error(), "give the label columns") {
		t.Errorf("labels without a value: %v", err)
	}
}

func TestEnsembleRefusals(t *testing.T) {
	b := normalModel()
	y := guideFile("{observe: {a: 1.5}, noise: 0.3}")
	enkg := Conditioning{Method: "enkg"}
	for want, q := range map[string]Query{
		"method enkg needs an observation":            {Conditioning: enkg},
		"no classifier or guide beside":               {Guide: y, Conditioning: enkg, Terms: []guide.Term{guide.Reward{}}},
		"adaptive-sde takes steps of its own":         {Guide: y, Conditioning: enkg, Sampler: sample.Sampler{Name: "adaptive-sde"}},
		"3 rows are too small for 2 coordinates":      {Guide: y, Conditioning: Conditioning{Method: "enkg", Particles: 3}},
		"use guided, or tds":                          {Guide: y, Conditioning: enkg, Where: []string{"a > 1"}},
		"enkg takes observations alone":               {Guide: guideFile("{within: {column: a, min: 0}}"), Conditioning: enkg},
		"potential is no option of method enkg":       {Guide: y, Conditioning: Conditioning{Method: "enkg", Potential: "max"}},
		"method tds: a command has no derivative":     {Guide: guideFile("{command: 'true', value: 1, noise: 1}"), Conditioning: Conditioning{Method: "tds"}},
		"guided: a command has no derivative":         {Guide: guideFile("{command: 'true', value: 1, noise: 1}")},
		"method diffpir: a command has no derivative": {Guide: guideFile("{command: 'true', value: 1, noise: 1}"), Conditioning: Conditioning{Method: "diffpir"}},
		"use method fk or enkg, or pigdm with an":     {Guide: guideFile("{command: 'true', value: 1, noise: 1, method: dps}")},
		`the program "no-such-program" is not there`:  {Guide: guideFile("{command: no-such-program, value: 1, noise: 1}"), Conditioning: enkg},
		"the observed number, or a list of them":      {Guide: guideFile("{command: 'true', noise: 1}"), Conditioning: enkg},
	} {
		if err := b.Check(10, &q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// A program that fails ends the sampling, and leaves no rows behind that are not its own.
func TestProgramFailuresEndTheSampling(t *testing.T) {
	b := normalModel()
	for text, want := range map[string]string{
		`read h; read r; echo 1; read r; echo "no mesh" >&2; exit 4`:                    "stderr ends: no mesh",
		`read h; while read -r r; do echo 1; done; echo "bye"`:                          `wrote "bye" after its last answer`,
		`read h; while read -r r; do i=$((i+1)); [ $i = 700 ] && sleep 9; echo 1; done`: "no answer within 500ms",
	} {
		for _, method := range []string{"enkg", "fk"} {
			q := Query{Guide: guideFile(program(t, text, "value: 1.5, noise: 0.3, timeout: 500ms")), Conditioning: Conditioning{Method: method}}
			q.Sampler.NFE = 10
			_, err := b.Sample(context.Background(), 100, &q)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %s: error %v, want %q", method, text, err, want)
			}
		}
	}
}
