package tabular

import (
	"encoding/json"
	"slices"
	"testing"
)

// Steering of guided proposals with the difference potential gives the rows of tds, and the
// evidence, to the bit; of other proposals, or with another potential, it does not.
func TestGuidedSteeringIsTDS(t *testing.T) {
	const y, both = "{observe: {a: 1.5}, noise: 0.3}", "{observe: {a: 1.5}, noise: 0.3, method: mmps}"
	trained := fit(sinesText(300, "a", "b"), Options{Encoding: "standard", Steps: 60, Hidden: 16, Layers: 1})
	for _, m := range []*Model{normalModel(), trained} {
		rows := func(file string, how Conditioning) []string {
			how.Particles = 16
			q := &Query{Guide: guideFile(file), Conditioning: how, Seed: 5}
			q.Sampler.NFE = 20
			r := draw(m, 60, q)
			return []string{text(t, r.Cells), string(must(json.Marshal(r.Evidence)))}
		}
		tds := rows(y, Conditioning{Method: "tds"})
		if !slices.Equal(tds, rows(y, Conditioning{Method: "fk", Proposal: "pigdm"})) {
			t.Error("pigdm: the rows are not those of tds")
		}
		mmps := rows(both, Conditioning{Method: "tds"})
		if !slices.Equal(mmps, rows(y, Conditioning{Method: "fk", Proposal: "mmps"})) {
			t.Error("mmps: the rows are not those of tds")
		}
		for _, how := range []Conditioning{{Method: "fk"}, {Method: "fk", Proposal: "dps"}, {Method: "fk", Proposal: "pigdm", Potential: "max"}} {
			if slices.Equal(tds, rows(y, how)) {
				t.Errorf("%+v: the rows are those of tds", how)
			}
		}
	}
}

func TestProposalsAreRefused(t *testing.T) {
	m := normalModel()
	const y = "{observe: {a: 1.5}, noise: 0.3}"
	for _, c := range []struct {
		q            Query
		option, word string
	}{
		{Query{Guide: guideFile(y), Conditioning: Conditioning{Method: "tds", Proposal: "mmps"}}, "proposal", "it is one of fk"},
		{Query{Guide: guideFile(y), Conditioning: Conditioning{Method: "fk", Proposal: "ddnm"}}, "proposal", "use one of prior, dps, mmps, pigdm"},
		{Query{Guide: guideFile(y, "{observe: {b: 1}, noise: 1, method: dps}"), Conditioning: Conditioning{Method: "fk", Proposal: "mmps"}}, "proposal", "guide 2 of the file has method dps"},
		{Query{Guide: guideFile("{within: {column: a, min: 1}}"), Conditioning: Conditioning{Method: "fk"}}, "method", "hard condition"},
	} {
		if err := refused(m.Check(10, &c.q), c.option, c.word); err != nil {
			t.Error(err)
		}
	}
	// a hard condition is no trouble for guided proposals, whose twist says how near it is
	q := &Query{Guide: guideFile(y, "{within: {column: a, min: 1.2, max: 2}}"), Conditioning: Conditioning{Method: "fk", Proposal: "mmps", Particles: 16}}
	q.Sampler.NFE = 20
	r := draw(m, 30, q)
	for i := range 30 {
		if v := r.Cells.Number(i, 0); v < 1.2 || v > 2 {
			t.Errorf("row %d has %g", i, v)
		}
	}
}
