package tabular

import (
	"strconv"

	"tweedie/guide/calibration"
)

// manyParticles are those that a remedy names.
const manyParticles = 500

// remedies are what may mend the rows of the query: never the method that they are drawn
// by.
func (c *calibrator) remedies(r *calibration.Report) []calibration.Remedy {
	use := func(settings ...[2]string) calibration.Remedy { return calibration.Remedy{Settings: settings} }
	particles := func(method string, n int) calibration.Remedy {
		return use([2]string{"method", method}, [2]string{"particles", strconv.Itoa(n)})
	}
	evaluations := use([2]string{"nfe", strconv.Itoa(2 * c.evaluations())})
	onlyGiven := c.q.Guide == nil && c.q.Classifier == nil && c.where == nil && len(c.q.Terms) == 0
	var list []calibration.Remedy
	switch how := c.how.Method; {
	case c.cfg():
		list = append(list, particles("fkc", manyParticles))
	case onlyGiven && how == "replacement":
		list = append(list, use([2]string{"method", "repaint"}))
	case onlyGiven && how == "repaint":
		list = append(list, use([2]string{"repeats", strconv.Itoa(2 * c.how.Repeats)}))
	case onlyGiven:
		return append(list, evaluations, calibration.Remedy{Text: "a model that is trained for longer, or with more of its rows given in part (conditional-share)"})
	case UsesParticles(how) && c.how.Particles < manyParticles:
		list = append(list, use([2]string{"particles", strconv.Itoa(manyParticles)}))
	case UsesParticles(how):
		list = append(list, use([2]string{"particles", strconv.Itoa(4 * c.how.Particles)}))
	default:
		list = append(list, particles("tds", manyParticles))
	}
	if s := r.Satisfied; s != nil && c.where != nil && c.q.WhereBy == "guide" && s.Model > 1./hopeless {
		list = append(list, use([2]string{"where-by", "reject"}))
	}
	if onlyGiven && methods[c.how.Method].kind != byGuide && c.model.net.Conditionable {
		list = append(list, use([2]string{"method", "guided"}))
	}
	if UsesParticles(c.how.Method) {
		list = append(list, evaluations)
	}
	return list
}

// evaluations is the number of evaluations of the query.
func (c *calibrator) evaluations() int {
	r := query{Query: c.q, model: c.model}
	if err := r.defaults(); err != nil {
		return 100
	}
	return r.Sampler.Evaluations()
}
