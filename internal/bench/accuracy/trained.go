package accuracy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
	"tweedie/nn"
)

// Quality is a mean over seeds, with its standard error. Distance is the sliced
// 1-Wasserstein distance of draws to fresh rows of the law, in standard deviations, Gap
// the negative log likelihood less the entropy, in nats.
type Quality struct {
	Law        string  `json:"law"`
	What       string  `json:"what"`
	NFE        int     `json:"nfe,omitempty"`
	Distance   float64 `json:"distance"`
	DistanceSE float64 `json:"distance_se"`
	Gap        float64 `json:"nll_gap,omitempty"`
	GapSE      float64 `json:"nll_gap_se,omitempty"`
	// Excess is the mean difference to the first sampler with the same seeds and
	// evaluations: the same models, and the same noise where steps are alike.
	Excess   float64 `json:"excess,omitempty"`
	ExcessSE float64 `json:"excess_se,omitempty"`
}

// Models are trained models of a law in the plane, Seeds of each kind.
type Models struct {
	Law     string
	Floor   float64   // distance of two sets of exact draws
	Quality []Quality // of each kind, by dpmpp2m with 64 evaluations

	o    *Options
	data *lawData
	kept map[string][]*nn.Model // those of Schedules
}

// Schedules are the kinds of models that samplers are compared on.
func Schedules() []string { return []string{"VP", "VE", "sub-VP"} }

// Train trains models of every kind on a law of datasets/toy and measures them.
func Train(ctx context.Context, o *Options, law string) (*Models, error) {
	if o.Seeds < 2 || o.Steps < 1 {
		return nil, fmt.Errorf("accuracy: %d seeds, %d steps: too few", o.Seeds, o.Steps)
	}
	kinds, err := recipes()
	if err != nil {
		return nil, err
	}
	d, err := newLawData(law)
	if err != nil {
		return nil, err
	}
	fresh := mat.NewDense(testRows, 2, nil)
	fresh.Copy(d.train.Slice(0, testRows, 0, 2))
	m := &Models{Law: law, Floor: metrics.SlicedWasserstein(d.test, fresh, 50, 5), o: o, data: d, kept: map[string][]*nn.Model{}}
	for i, r := range kinds {
		if err := m.train(ctx, r, i*o.Seeds, len(kinds)*o.Seeds); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", law, r.name, err)
		}
	}
	return m, nil
}

// train trains and measures the models of one kind, the first of which is number done
// of all.
func (m *Models) train(ctx context.Context, r recipe, done, all int) error {
	o := m.o
	dist, gap := make([]float64, o.Seeds), make([]float64, o.Seeds)
	for s := range o.Seeds {
		if o.Observe != nil {
			o.Observe(r.name, done+s, all)
		}
		net, err := m.data.fit(ctx, r, o.Steps, uint64(s), o.Workers)
		if err != nil {
			return err
		}
		if dist[s], err = m.data.distance(ctx, net, dpmpp2m, 64, uint64(s), o.Workers); err != nil {
			return err
		}
		if gap[s], err = m.data.gap(ctx, net, o.Workers); err != nil {
			return err
		}
		if slices.Contains(Schedules(), r.name) {
			m.kept[r.name] = append(m.kept[r.name], net)
		}
	}
	q := Quality{Law: m.Law, What: r.name, NFE: 64}
	q.Distance, q.DistanceSE = seedSE(dist)
	q.Gap, q.GapSE = seedSE(gap)
	m.Quality = append(m.Quality, q)
	return nil
}

// Budgets are the numbers of evaluations at which samplers are compared on models.
func Budgets() []int { return []int{32, 64, 256} }

// Samplers compares samplers at equal numbers of evaluations on the models of one of
// Schedules. The rows of a sampler, one for each of Budgets, follow each other.
func (m *Models) Samplers(ctx context.Context, schedule string) ([]Quality, error) {
	nets := m.kept[schedule]
	if len(nets) == 0 {
		return nil, errors.New("accuracy: no models of the schedule " + schedule)
	}
	var out []Quality
	first := map[int][]float64{}
	for _, s := range onModels() {
		if schedule == "sub-VP" && (s.name == ancestral.name || s.name == ancestral.corrected().name) {
			continue // there is no such step
		}
		for _, nfe := range Budgets() {
			v := make([]float64, len(nets))
			for k, net := range nets {
				var err error
				if v[k], err = m.data.distance(ctx, net, s, nfe, uint64(k), m.o.Workers); err != nil {
					return nil, fmt.Errorf("%s, %s: %w", schedule, s.name, err)
				}
			}
			if first[nfe] == nil {
				first[nfe] = v
			}
			q := quality(v, first[nfe])
			q.Law, q.What, q.NFE = m.Law, schedule+", "+s.name, nfe
			out = append(out, q)
		}
	}
	return out, nil
}

// quality are the means of distances, seed by seed, and of their excess over those of
// the first sampler.
func quality(v, first []float64) (q Quality) {
	excess := make([]float64, len(v))
	floats.SubTo(excess, v, first)
	q.Distance, q.DistanceSE = seedSE(v)
	q.Excess, q.ExcessSE = seedSE(excess)
	return q
}
