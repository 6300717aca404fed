package train_test

import (
	"bytes"
	"strings"
	"testing"

	"tweedie/train"
)

func TestWriteHTML(t *testing.T) {
	var reports []train.Report
	for i := range 12 {
		reports = append(reports, train.Report{Step: 10 * (i + 1), Steps: 120, Loss: 1 / float64(i+1), Validation: 0.25, Best: 0.125, Rate: 0.01, GradNorm: 2})
	}
	page := func(r []train.Report) string {
		var b bytes.Buffer
		if err := train.WriteHTML(&b, r, train.Page{Title: "<t>", Columns: [][3]string{{"a<b", "numeric", "from 0 to 1"}}, Settings: [][2]string{{"seed", "3"}}, Command: "tweedie train", Footer: "f"}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	got := page(reports)
	for _, want := range []string{"After 120 of 120 steps", "0.0833", "0.1250 at its lowest", "held-out rows", "a&lt;b", "from 0 to 1", "Do it again", "without its first quarter"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got != page(reports) {
		t.Error("the page differs from run to run")
	}
	for i := range reports {
		reports[i].Validation, reports[i].Best = 0, 0
	}
	if got = page(reports); strings.Contains(got, "held-out rows") || !strings.Contains(got, "No rows were kept") {
		t.Error("a validation that was not made is drawn")
	}
	if got = page(nil); !strings.Contains(got, "No report was made") {
		t.Error("a run without reports has no word of it")
	}
}
