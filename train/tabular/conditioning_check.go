package tabular

import (
	"math"
	"slices"
)

// checkCombination refuses what has no meaning together, with the reason.
func (r *query) checkCombination() error {
	method := r.Conditioning.Method
	if err := r.checkOverTime(); err != nil {
		return err
	}
	switch {
	case !slices.Contains(WhereMethods(), r.WhereBy):
		return bad("where-by", "%q: use auto, reject or guide", r.WhereBy)
	case r.First < 0:
		return bad("first", "is %d: give the index of a row, from 0", r.First)
	case r.Total != 0 && r.Total-r.First < r.rows:
		return bad("total", "is %d, of a table of which rows %d to %d are drawn: give at least as many", r.Total, r.First, r.First+r.rows-1)
	case r.Workers < 0:
		return bad("workers", "is %d: give a number of goroutines, or 0 for one per core", r.Workers)
	case r.Encoded != nil && (len(r.Where) > 0 || r.how.kind == byParticles || r.how.kind == byEnsemble):
		return bad("encoded", "is for rows without conditions and particles: leave it away")
	case r.how.kind != byGuide && r.how.kind != byParticles && len(r.Where) > 0:
		return bad("method", "%s does not go with conditions on the rows: use guided, or tds", method)
	case r.plain() && (r.CFGFrom != 0 || r.CFGTo != 0):
		return bad("cfg-from", "and cfg-to bound where cfg works: give a cfg other than 1")
	case math.IsNaN(r.CFG) || math.IsInf(r.CFG, 0):
		return bad("cfg", "is %v: give a number", r.CFG)
	case (r.Classifier == nil) != (r.Class == ""):
		return bad("class", "and classifier need each other")
	case !(r.ClassifierScale > 0) || math.IsInf(r.ClassifierScale, 0):
		return bad("scale", "is %v: give a positive number", r.ClassifierScale)
	}
	if err := r.checkForm(); err != nil {
		return err
	}
	switch r.how.kind {
	case byObservation, byCFG, byGibbs:
		return r.checkOwnSteps()
	case byParticles:
		return r.checkParticles()
	case byEnsemble:
		return r.checkEnsemble()
	}
	return nil
}

// checkOwnSteps refuses samplers for methods with steps of their own.
func (r *query) checkOwnSteps() error {
	method, s := r.Conditioning.Method, r.Sampler
	switch {
	case s.Corrector != "" || s.Recurrence != 0 || r.chosen && r.how.kind != byGibbs:
		return bad("method", "%s has steps of its own: leave sampler, corrector and recurrence away", method)
	case r.how.kind == byGibbs && (s.NFE != 0 || s.Grid != "" || s.Start != 0 || s.End != 0 || s.Temperature != 0 || s.Denoise):
		return bad("method", "%s has iterations and rho, and no other option of samplers", method)
	case r.how.kind == byCFG && !(r.CFG > 0 && r.CFG <= 1):
		return bad("method", "cfgpp takes a cfg above 0, of at most 1: the fraction of the way to what is given")
	}
	return nil
}

// checkParticles refuses what particles cannot honor.
func (r *query) checkParticles() error {
	method, known := r.Conditioning.Method, r.Guide != nil || r.Classifier != nil || len(r.Where) > 0 || len(r.Terms) > 0
	switch {
	case r.Sampler.Temperature != 0 && r.Sampler.Temperature != 1:
		return bad("particles", "have no temperature: their weights are for the noise as it is")
	case method == "fkc" && r.Sampler.Denoise:
		return bad("method", "fkc has no denoise: its weights are those of noisy rows")
	case method != "fkc" && !known:
		return bad("particles", "weight rows by what is known of them: give a guide, a classifier or conditions")
	case (method == "mcgdiff" || method == "fkc") && (r.Classifier != nil || len(r.Where) > 0):
		return bad("method", "%s takes no classifier and no conditions: use tds", method)
	case method == "fkc" && (r.CFGFrom != 0 || r.CFGTo != 0):
		return bad("method", "fkc samples one law, which cfg-from and cfg-to have none of: leave them away")
	}
	return nil
}

// UsesParticles reports whether a conditioning method draws rows together, as particles or
// ensembles.
func UsesParticles(name string) bool {
	kind := methods[name].kind
	return (kind == byParticles || kind == byEnsemble) && name != ""
}

// ParseConditioning returns c with defaults filled in, and errs where it has a
// setting that its method does not have, or one out of range.
func ParseConditioning(c Conditioning) (Conditioning, error) {
	c, _, err := c.resolve()
	return c, err
}
