package main

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tweedie/sample"
)

// samplers are the methods by name.
func samplers(eta, churn float64) map[string]sample.Method {
	return map[string]sample.Method{
		"euler":   sample.EulerMaruyama{},
		"ddim":    sample.DDIM{Eta: eta},
		"dpmpp2m": sample.DPMpp2M{},
		"heun":    sample.Heun{Churn: churn},
	}
}

func samplerNames() []string { return slices.Sorted(maps.Keys(samplers(0, 0))) }

func (o *sampleFlags) method() (sample.Method, error) {
	for _, c := range []struct {
		flag  string
		v     float64
		owner string
	}{{"eta", o.eta, "ddim"}, {"churn", o.churn, "heun"}} {
		if !(c.v >= 0 && c.v <= math.MaxFloat64) {
			return nil, badUsage("--%s is %v: give a number that is not negative", c.flag, c.v)
		}
		if c.v != 0 && o.sampler != c.owner {
			return nil, badUsage("--%s is an option of --sampler %s, not of %s", c.flag, c.owner, o.sampler)
		}
	}
	m, ok := samplers(o.eta, o.churn)[o.sampler]
	if !ok {
		return nil, badUsage("--sampler %q: use one of %s", o.sampler, strings.Join(samplerNames(), ", "))
	}
	if least := m.Info().EvalsPerStep; o.nfe < least {
		return nil, badUsage("--nfe is %d: one step of %s takes %d evaluations", o.nfe, o.sampler, least)
	}
	return m, nil
}

// grids are the placements of steps by name.
func grids() map[string]sample.Grid {
	return map[string]sample.Grid{"logsnr": sample.LogSNR{}, "uniform": sample.Uniform{}, "karras": sample.Karras{}, "quadratic": sample.Quadratic{}}
}

func gridNames() []string { return slices.Sorted(maps.Keys(grids())) }

func parseGrid(name string) (sample.Grid, error) {
	if g, ok := grids()[name]; ok {
		return g, nil
	}
	return nil, badUsage("--grid %q: use one of %s", name, strings.Join(gridNames(), ", "))
}

var shardForm = regexp.MustCompile(`^(\d{1,9})/(\d{1,9})$`)

// part returns the rows of a shard "i/n" of rows.
func part(shard string, rows int) (first, count int, err error) {
	if shard == "" {
		return 0, rows, nil
	}
	var i, n int
	if m := shardForm.FindStringSubmatch(shard); m != nil {
		i, _ = strconv.Atoi(m[1]) // nine digits fit
		n, _ = strconv.Atoi(m[2])
	}
	if i < 1 || i > n {
		return 0, 0, badUsage("--shard %q: give i/n with 1 ≤ i ≤ n, as 2/4", shard)
	}
	if n > rows {
		return 0, 0, badUsage("--shard %q: --rows %d cannot be cut into %d parts", shard, rows, n)
	}
	// Long division: i·rows may be beyond an int.
	q, r := rows/n, rows%n
	first, end := (i-1)*q+(i-1)*r/n, i*q+i*r/n
	return first, end - first, nil
}
