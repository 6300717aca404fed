package tabular

import (
	"strconv"
	"strings"

	"tweedie/guide"
	"tweedie/guide/calibration"
	"tweedie/sde"
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
		list = append(list, c.particleRemedies()...)
	}
	if c.how.Method == "enkg" && c.q.Guide != nil && c.q.Guide.HasCommands() { // is approximate with any number
		list = append(c.particleRemedies(), list...)
	}
	if s := r.Satisfied; s != nil && c.where != nil && c.q.WhereBy == "guide" && s.Model > 1./hopeless {
		list = append(list, use([2]string{"where-by", "reject"}))
	}
	if onlyGiven && methods[c.how.Method].kind != byGuide && c.model.net.Conditionable {
		list = append(list, use([2]string{"method", "guided"}))
	}
	if UsesParticles(c.how.Method) || len(list) == 0 {
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

// particleRemedies are methods of particles, those that the query can have: tds, whose
// twists are log p(y|x_t), or what takes the likelihood alone.
func (c *calibrator) particleRemedies() (list []calibration.Remedy) {
	methods, text := []string{"tds"}, ""
	if f := c.q.Guide; f != nil && f.HasCommands() {
		methods = []string{"fk", "enkg"}
	} else if at := c.untwisted(); len(at) > 0 {
		methods, text = []string{"tds", "fk"}, "with method: dps in guide "+strings.Join(at, ", ")+" of the file"
	}
	for _, name := range methods {
		q := c.q
		q.Conditioning = Conditioning{Method: name, Particles: manyParticles}
		if name == c.how.Method || c.checkQuery(q) != nil {
			continue
		}
		r := calibration.Remedy{Settings: [][2]string{{"method", name}, {"particles", strconv.Itoa(manyParticles)}}}
		if name == "tds" {
			r.Text = text
		}
		list = append(list, r)
	}
	return list
}

// untwisted are the numbers of guides of the file that have no normalized log p(y|x_t),
// which tds needs, but would have one by dps.
func (c *calibrator) untwisted() (at []string) {
	if c.q.Guide == nil {
		return nil
	}
	terms, err := c.q.Guide.On(c.model.net, c.model.codec, c.q.Seed).Build(c.model.codec, "pigdm")
	if err != nil {
		return nil
	}
	for i, t := range terms {
		ok := true
		switch g := t.(type) {
		case guide.MMPS:
			ok = sde.IsNormal(g.Error)
		case guide.PiGDM:
			ok = sde.IsNormal(g.Error)
		case guide.DPSNorm:
			ok = false
		}
		if !ok {
			at = append(at, strconv.Itoa(i+1))
		}
	}
	return at
}
