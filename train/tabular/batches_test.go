package tabular

import (
	"reflect"
	"testing"

	"tweedie/datasets"
	"tweedie/datasets/shard"
	"tweedie/sample"
)

// dependent are queries of rows that are not independent.
func dependent(t *testing.T) (m *Model, list map[string]Query) {
	m = model(t)
	few := sample.Sampler{Name: "ddim", NFE: 4}
	one := 1.0
	few.Eta = &one
	return m, map[string]Query{
		"where":     {Where: []string{"size > 12"}, Sampler: few},
		"guide":     {Where: []string{"size > 12"}, WhereBy: "guide", Sampler: few},
		"balance":   {Where: []string{"size > 12"}, Balance: "kind", Sampler: few},
		"particles": {Where: []string{"size > 12"}, Conditioning: Conditioning{Particles: 4}, Sampler: few},
	}
}

// Any cut of the rows into parts gives the rows of one run: with batches, across them and
// within one. What the batches show sums up to what the run says.
func TestPartsAreTheWhole(t *testing.T) {
	m, list := dependent(t)
	for name, q := range list {
		q.Seed = 5
		for _, n := range []int{37, 2500} {
			if testing.Short() && n > 100 && name != "particles" {
				continue
			}
			whole := draw(m, n, &q)
			size := must(m.Batch(n, &q))
			if batches := (n + size - 1) / size; len(whole.Batches) != batches || whole.Rows() != n {
				t.Fatalf("%s: %d batches of %d rows, want %d; %d rows", name, len(whole.Batches), size, batches, whole.Rows())
			}
			for _, align := range []int{1, size} {
				var cells []*datasets.Cells
				var drawn []Drawn
				for i := range 7 {
					part := q
					first, rows := shard.Part{Index: 7 - i, Of: 7}.Range(n, align)
					part.First, part.Total, part.Workers = first, n, 1+i%3
					r := draw(m, rows, &part)
					cells, drawn = append([]*datasets.Cells{r.Cells}, cells...), append(drawn, r.Batches...)
				}
				if got := joined(m.Metadata(), cells); text(t, got) != text(t, whole.Cells) {
					t.Errorf("%s: %d rows in 7 parts, aligned to %d, are not those of one run", name, n, align)
				}
				if all := must(Summarize(drawn)); !reflect.DeepEqual(all.Batches, whole.Batches) || !reflect.DeepEqual(all.Evidence, joinEvidence(whole.Batches)) {
					t.Errorf("%s: %d rows: the parts show %+v, the whole %+v", name, n, all, whole)
				}
			}
			other := q
			other.First, other.Total, other.Seed = 0, n, 6
			if text(t, draw(m, n, &other).Cells) == text(t, whole.Cells) {
				t.Errorf("%s: another seed gives the same rows", name)
			}
		}
	}
}

// Rows of different batches are different rows.
func TestBatchesDiffer(t *testing.T) {
	m, list := dependent(t)
	q := list["particles"]
	rows := records(text(t, draw(m, 256, &q).Cells))[1:]
	same := 0
	for i := range 128 {
		if reflect.DeepEqual(rows[i], rows[128+i]) {
			same++
		}
	}
	if same > 20 {
		t.Errorf("%d of 128 rows of the second batch are those of the first", same)
	}
}

// Evidence of batches is that of all their groups: with a batch left out it is another.
func TestSummarizeEvidence(t *testing.T) {
	m, list := dependent(t)
	q := list["particles"]
	r := draw(m, 300, &q)
	if r.Evidence == nil || r.Evidence.Groups < 3*batchGroups-20 || r.Evidence.LogEvidence == nil {
		t.Fatalf("evidence %+v", r.Evidence)
	}
	var logs, variances []float64
	for _, d := range r.Batches {
		logs, variances = append(logs, d.Logs...), append(variances, d.Variances...)
	}
	log, se := sample.MeanEvidence(logs, variances)
	if *r.Evidence.LogEvidence != log || *r.Evidence.SE != se {
		t.Errorf("log evidence %v ± %v, of all groups %v ± %v", *r.Evidence.LogEvidence, *r.Evidence.SE, log, se)
	}
	if less := must(Summarize(r.Batches[1:])); *less.Evidence.LogEvidence == log {
		t.Error("a batch does not count")
	}
	twice := append([]Drawn{}, r.Batches...)
	if again := must(Summarize(append(twice, r.Batches[0]))); again.Evidence.Groups != r.Evidence.Groups {
		t.Error("a batch that two parts drew counts twice")
	}
	if _, err := Summarize(nil); err == nil {
		t.Error("no batches are summarized")
	}
}

// Parts of imputed tables and of densities are tested by scripts; here that ranges of
// densities are those of the whole, and out of range refused.
func TestDensitiesOfRows(t *testing.T) {
	m := model(t)
	c := must(m.ReadAnyRows(source("t.csv", mixedText(20))))
	o := DensityOptions{Bound: true, Probes: 2, Seed: 4}
	whole := must(m.Densities(t.Context(), c, &o))
	o.First, o.Rows = 7, 9
	part := must(m.Densities(t.Context(), c, &o))
	if !reflect.DeepEqual(part.LogProb, whole.LogProb[7:16]) || !reflect.DeepEqual(part.StdErr, whole.StdErr[7:16]) {
		t.Errorf("rows 7 to 15: %v, want %v", part.LogProb, whole.LogProb[7:16])
	}
	for _, r := range [][2]int{{-1, 2}, {0, -1}, {21, 0}, {15, 6}} {
		o.First, o.Rows = r[0], r[1]
		if _, err := m.Densities(t.Context(), c, &o); err == nil {
			t.Errorf("rows %v of 20 are not refused", r)
		}
	}
}
