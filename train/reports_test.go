package train

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tweedie/internal/figure"
)

// Reports are read as they were written; a run that is resumed has those up to its step, and one
// that begins anew none.
func TestReportFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reports.jsonl")
	write := func(step int, list ...Report) {
		t.Helper()
		f, err := OpenReports(path, step)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, e := range list {
			if err := f.Write(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	at := func(step int, loss float64) Report {
		return Report{Step: step, Steps: 40, Loss: loss, Validation: loss + 1, Rate: 0.1}
	}
	a, b, c, d := at(10, 3), at(20, 2.5), at(30, 2.25), at(30, 2)
	for _, w := range []struct {
		step int
		add  []Report
		want []Report
	}{{0, []Report{a, b, c}, []Report{a, b, c}}, {20, []Report{d}, []Report{a, b, d}}, {0, []Report{b}, []Report{b}}} {
		write(w.step, w.add...)
		got, err := ReadReports(path)
		if err != nil || !reflect.DeepEqual(got, w.want) {
			t.Errorf("after step %d: %+v, %v, want %+v", w.step, got, err, w.want)
		}
		if f, err := LossFigure(figure.Axes{}, got); len(got) > 1 && (err != nil || f == nil) {
			t.Errorf("%v, %v", f, err)
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"step": 30, "lo`); err != nil { // cut short by a crash
		t.Fatal(err)
	}
	f.Close()
	write(40, c)
	if got, err := ReadReports(path); err != nil || len(got) != 2 {
		t.Errorf("after a line cut short: %+v, %v", got, err)
	}
	none, err := OpenReports("", 0)
	if err != nil || none.Write(a) != nil {
		t.Error(err)
	}
	none.Close()
	if _, err := OpenReports(filepath.Join(path, "in-a-file"), 0); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("error %v", err)
	}
}

func TestReadReportsRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	if _, err := ReadReports(path); err == nil {
		t.Error("an absent file is read")
	}
	for text, want := range map[string]string{
		"": "has no report", "{}\n": "line 1 is no report", "{\"step\": 1, \"loss\": 2}\nx\n": "line 2 is no report", `{"step": 0, "loss": 1}`: "a positive step",
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadReports(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}
