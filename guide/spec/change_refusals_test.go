package spec

import (
	"testing"

	"tweedie/guide"
)

// What is wrong in an entry that changes the score is named, with what to do.
func TestChangesRefuse(t *testing.T) {
	_, mixed := table(t, true)
	c := pair(t, true)
	law := bell2(4, -2.3, 9, 0.5, 0.2).law(c)
	to := func(s string) string { return "{prior: {from: fitted, to: " + s + "}}" }
	see := func(s string) string { return "{observe: {a: 5}, noise: 1, " + s + "}" }
	for term, want := range map[string]string{
		to("{a: {law: norml, mean: 0, sd: 1}}"):                                                            `column "a": the law "norml": use normal`,
		to("{a: {law: normal, mean: 0}}"):                                                                  "a normal law needs sd",
		to("{a: {law: normal, mean: 0, sd: -1}}"):                                                          "sd is -1: give a positive number",
		to("{a: {law: uniform, min: 3, max: 1}}"):                                                          "min is 3 and max 1: give a min below max",
		to("{a: {law: uniform, min: 3, max: 7, sd: 2}}"):                                                   "a uniform law has no sd: it takes min max",
		to("{a: {law: mixture, parts: []}}"):                                                               "a mixture needs parts",
		to("{a: {law: mixture, parts: [{mean: 0, sd: 1}]}}"):                                               "part 1 needs a positive weight",
		to("{a: {law: mixture, parts: [{weight: 1, law: uniform, min: 0, max: 1}]}}"):                      "the parts of a mixture are normal",
		to("{columns: [a, b], mean: [0, 1], cov: [[1, 2], [2, 1]]}"):                                       "cov is not positive definite",
		to("{columns: [a, b], mean: [0, 1], cov: [[1, 0.5], [0.2, 1]]}"):                                   "cov is not symmetric: row 1 has 0.5 where row 2 has 0.2",
		to("{columns: [a, b], mean: [0], cov: [[1, 0], [0, 1]]}"):                                          "has a mean of 2 numbers",
		to("{columns: [a, b], mean: [0, 1]}"):                                                              "has a mean of 2 numbers",
		to("{columns: [a, b]}"):                                                                            "has a mean and a cov, or parts",
		to("[{a: {law: normal, mean: 0, sd: 1}}, {columns: [a, b], mean: [0, 1], cov: [[1, 0], [0, 1]]}]"): `column "a" has two laws`,
		to("{q: {law: normal, mean: 0, sd: 1}}"):                                                           `column "q": no such column of numbers`,
		to("fitted"):                                                                                       "to is a new law: name columns",
		"{prior: {to: {a: {law: normal, mean: 0, sd: 1}}}}":                                                "prior needs from",
		"{prior: {from: {fitted: 2}, to: {a: {law: normal, mean: 0, sd: 1}}}}":                             "a ratio by several normals has no closed form",
		"{prior: {from: {b: {law: normal, mean: 0, sd: 1}}, to: {a: {law: normal, mean: 0, sd: 1}}}}":      "a law of columns that have no new one",
		"{prior: {from: {columns: [a, b], mean: [0, 1], cov: [[1, 0], [0, 1]]}, to: {a: {law: uniform, min: 0, max: 1}, b: {law: log-normal, mean: 0, sd: -1}}}}": "sd is -1",
		"{prior: {from: {a: {law: log-normal, mean: 0, sd: 1}}, to: {a: {law: normal, mean: 0, sd: 1}}}}":                                                         "others have no ratio in closed form",
		"{prior: {from: fitted, to: {a: {law: normal, mean: 0, sd: 1}}}, noise: 1}":                                                                               "stand alone",
		"{truncate: {column: a, min: 3, max: 1}}":                                                         "min below max",
		"{truncate: {weights: {a: 1}, min: 3}}":                                                           "truncate needs a column: of a sum of columns use within",
		"{truncate: {column: q, min: 3}}":                                                                 `"q": no such column`,
		"{affine: {likelihood_scale: 4}}":                                                                 "affine without an observation: give it in the entry of one",
		"{affine: {likelihood_scale: 4, prior: {a: {law: normal, mean: 0, sd: 1}}}}":                      `column "b" has no law`,
		see("affine: {likelihood_scale: 4, prior: {fitted: 0}}"):                                          "fitted is 0: give the number of normals",
		see("affine: {likelihood_scale: {q: 4}}"):                                                         `likelihood_scale: column "q": no such column`,
		see("affine: {likelihood_scale: .inf}"):                                                           "likelihood_scale is +Inf",
		see("method: dps, affine: {prior: {fitted: 1}}"):                                                  "so there is no method",
		see("affine: {prior: {a: {law: uniform, min: 0, max: 9}, b: {law: log-normal, mean: 0, sd: 1}}}"): "",
		"{observe: {a: 5}, noise: {law: laplace, scale: 1}, affine: {prior: {fitted: 1}}}":                "leave the prior out",
		see("affine: {likelihood_scale: 4}") + "\n  - " + see("affine: {prior_scale: 2}"):                 "guide 2: a second affine",
		see("method: dps, curvature: true"):                                                               "curvature is an option of mmps, not of dps",
		"{within: {column: a, min: 0}, curvature: true}":                                                  "within and reward stand alone",
		"{observe: {a: -1}, noise: {law: poisson}}":                                                       "the value -1 is no count",
		"{observe: {a: 2.5}, noise: {law: poisson}}":                                                      "the value 2.5 is no count",
		"{observe: {a: 2}, noise: {law: bernoulli}}":                                                      "give 0 or 1",
		"{observe: {a: 2}, noise: {law: poisson, scale: 2}}":                                              "poisson has no scale",
		"{observe: {a: 2}, noise: {law: cauchy, scale: 2}}":                                               "use normal, laplace, student-t, mixture, poisson or bernoulli",
		"{observe: {a: 2}, noise: {law: mixture}}":                                                        "a mixture needs parts",
		"{observe: {a: 2}, noise: {law: mixture, parts: [{law: poisson, weight: 1}]}}":                    `part 1 of the mixture has the law "poisson"`,
		"{observe: {a: 2}, noise: {law: mixture, parts: [{law: normal, scale: 1}]}}":                      "needs a positive weight",
		"{observe: {a: 2}, noise: {law: normal, scale: 1, weight: 2}}":                                    "weight is that of a part",
		"{observe: {a: 2, b: 1}, noise: [1]}":                                                             "noise has 1 laws for 2 observed numbers",
		"{observe: {a: 2}, noise: []}":                                                                    "an empty list",
	} {
		f, err := Parse("g.yaml", []byte("guide:\n  - "+term+"\n"))
		if err == nil {
			_, err = f.On(law, c, 0).Build(c, "")
		}
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", term, err)
			}
			continue
		}
		refuses(t, term, err, want)
	}
	// a category, and columns that are not always numbers
	for column, want := range map[string]string{"k": `"k": no such column of numbers`, "m": "not always a number"} {
		f := parse(t, to("{"+column+": {law: normal, mean: 0, sd: 1}}"))
		_, err := f.On(law, mixed, 0).Build(mixed, "")
		refuses(t, column, err, want)
	}
	// a normal of several columns has no normal image under quantiles; nor has a shift one
	quantiles := pair(t, false)
	for term, want := range map[string]string{
		to("{columns: [a, b], mean: [0, 1], cov: [[1, 0], [0, 1]]}"): "encoded by quantiles",
		see("affine: {prior_shift: {a: 1}}"):                         "a shift of the score is no constant",
		see("affine: {prior_shift: 1}"):                              "a shift of the score is no constant",
	} {
		_, err := parse(t, term).On(law, quantiles, 0).Build(quantiles, "")
		refuses(t, term, err, want)
	}
	_, err := parse(t, to("{a: {law: normal, mean: 0, sd: 1}}")).Build(c, "")
	refuses(t, "no model", err, "use File.On")
	bare := parse(t, see("affine: {likelihood_shift: 4}"))
	_, err = bare.Guides(must(bare.Observations(c)), "")
	refuses(t, "guides without a model", err, "use File.On")
	_, err = parse(t, "{truncate: {column: a, min: 3}}").Observations(c)
	refuses(t, "observations", err, "prior and truncate are no observations")
	_, err = parse(t, see("affine: {likelihood_scale: 4}")).Measurement(c, "ddnm")
	refuses(t, "ddnm", err, "affine and curvature are those of guides")
	// one number of a shift is that of every column
	f := must(parse(t, see("affine: {likelihood_shift: 2}")).On(law, c, 0).Build(c, ""))[0].(guide.AffineScore)
	_, std := units(c)
	if len(f.LikelihoodShift) != 2 || !near(f.LikelihoodShift[1], 2*std.At(1, 1), 1e-12) || !near(f.LikelihoodShift[0], 2*std.At(0, 0), 1e-12) {
		t.Errorf("shifts %v", f.LikelihoodShift)
	}
}
