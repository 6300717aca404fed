package losses

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tweedie/internal/stream"
)

// Times is how the times of a batch are drawn: a TimeLaw, and how its quantiles are
// spread over the rows. The zero value is stratified uniform times.
//
// Every row's time has the law q.Law whatever the Spread, so the expectation of
// the loss does not depend on it (Fixed excepted, which is a quadrature).
//
// Corrected says what a law other than UniformTime does to the objective. If it is
// false, the density acts as a weighting: what is minimized is the integral of
// the loss over t with weight p(t) λ(t). This is how the log-normal law of
// Karras et al. 2022 is meant. If it is true, the weight of each row is
// multiplied by 1/((Hi-Lo) p(t)): what is minimized is the loss under uniform
// t, and the law only moves the variance (importance sampling).
type Times struct {
	Law       TimeLaw // nil means UniformTime
	Spread    Spread
	Points    int // of Fixed: how many times
	Corrected bool
}

// Spread places the quantiles u_i of the rows of a batch in [0, 1).
type Spread int

const (
	// Stratified is u_i = frac(u + i/Total), with one u ~ U(0, 1) per step: one
	// time in each of Total equal strata, as in Kingma et al. 2021
	// (appendix I.1, arXiv:2107.00630). Because the lattice is turned round rather than
	// shifted inside the strata, each single u_i is uniform: no row of a batch
	// that comes in some order is always early.
	Stratified Spread = iota
	// Independent is u_i ~ U(0, 1).
	Independent
	// Fixed is u_i = (k + ½)/Points with k = (i + Step) mod Points: the midpoint
	// rule, for validation. Over Points steps each row meets each time once.
	Fixed
)

func (q Times) law() TimeLaw {
	if q.Law == nil {
		return UniformTime{}
	}
	return q.Law
}

// At returns the time at quantile u, and the factor of the row's weight.
func (q Times) At(s Span, u float64) (t, factor float64) {
	law := q.law()
	t = law.Quantile(s, u)
	if !q.Corrected {
		return t, 1
	}
	return t, 1 / ((s.Hi - s.Lo) * law.Density(s, t))
}

// conditioned is the span with what the law needs of it for every row.
func (q Times) conditioned(s Span) Span {
	if l, ok := q.law().(LogNormalSigma); ok {
		s.lo, s.hi = l.ends(s)
	}
	return s
}

// quantiles stores the u_i of the rows of b in dst, equal within pairs.
func (q Times) quantiles(dst []float64, b Batch, pairs bool, rng *stream.Source) {
	key := stream.NewKey(b.Seed, "losses/time").At(uint64(b.Step))
	rng.Seek(key)
	u, count := rng.Float64(), b.Total
	if pairs {
		count = (b.Total + 1) / 2
	}
	for i := range dst {
		k := b.First + i
		if pairs {
			k /= 2
		}
		switch q.Spread {
		case Stratified:
			v := u + float64(k)/float64(count)
			dst[i] = v - math.Floor(v)
		case Independent:
			rng.Seek(key.At(uint64(k)))
			dst[i] = rng.Float64()
		case Fixed:
			dst[i] = (float64((k+b.Step)%q.Points) + 0.5) / float64(q.Points)
		default:
			panic("losses: unknown spread")
		}
	}
}

// check returns an error if the times cannot be drawn over s.
func (q Times) check(s Span) error {
	switch {
	case q.Spread < Stratified || q.Spread > Fixed:
		return fmt.Errorf("losses: unknown spread %d of times", q.Spread)
	case q.Spread == Fixed && q.Points < 1:
		return fmt.Errorf("losses: %d fixed times: want at least 1", q.Points)
	case q.Spread != Fixed && q.Points != 0:
		return fmt.Errorf("losses: %d points of times that are not fixed", q.Points)
	}
	if _, ok := q.law().(ChainLevels); ok && q.Corrected {
		return errors.New("losses: the times of a chain have no density to correct for")
	}
	return q.law().Check(s)
}

// String returns the name that ParseTimes reads back (all but Levels).
func (q Times) String() string {
	name := q.law().String()
	if q.Corrected {
		name = "corrected:" + name
		if q.law() == (UniformLogSNR{}) {
			name = "likelihood"
		}
	}
	switch q.Spread {
	case Stratified:
		name = "stratified:" + name
	case Fixed:
		name = "fixed:" + strconv.Itoa(q.Points) + ":" + name
	}
	return name
}

const timesNames = "uniform, logsnr, lognormal[:mean,std[,floor]], likelihood, corrected:LAW, each after stratified: or fixed:POINTS: or neither"

// ParseTimes returns the times called s,
//
//	[stratified: | fixed:POINTS:] [corrected:] LAW
//
// with LAW one of
//
//	uniform  logsnr  lognormal[:mean,std[,floor]]  likelihood (short for corrected:logsnr)
//
// and the bare words stratified and fixed:POINTS short for uniform times so
// spread. Without either prefix, times are independent.
func ParseTimes(s string) (Times, error) {
	q := Times{Spread: Independent}
	rest := strings.TrimSpace(s)
	head, tail, _ := strings.Cut(rest, ":")
	switch head {
	case "stratified":
		q.Spread, rest = Stratified, tail
	case "fixed":
		points, law, _ := strings.Cut(tail, ":")
		n, err := strconv.Atoi(points)
		if err != nil || n < 1 {
			return Times{}, fmt.Errorf("losses: times %q: %q is not a number of points", s, points)
		}
		q.Spread, q.Points, rest = Fixed, n, law
	}
	if rest == "" && q.Spread != Independent {
		rest = "uniform"
	}
	if law, ok := strings.CutPrefix(rest, "corrected:"); ok {
		q.Corrected, rest = true, law
	}
	if err := q.parseLaw(s, rest); err != nil {
		return Times{}, err
	}
	return q, nil
}

func (q *Times) parseLaw(s, name string) error {
	name, arg, has := strings.Cut(name, ":")
	switch {
	case name == "lognormal" && !has:
		q.Law = LogNormalSigma{Mean: -1.2, Std: 1.2}
	case name == "lognormal":
		l, err := parseLogNormal(arg)
		if err != nil {
			return fmt.Errorf("losses: times %q: %w", s, err)
		}
		q.Law = l
	case has:
		return fmt.Errorf("losses: times %q: have %s", s, timesNames)
	case name == "uniform":
		q.Law = UniformTime{}
	case name == "logsnr":
		q.Law = UniformLogSNR{}
	case name == "likelihood" && !q.Corrected:
		q.Law, q.Corrected = UniformLogSNR{}, true
	default:
		return fmt.Errorf("losses: unknown times %q: have %s", s, timesNames)
	}
	return nil
}

func parseLogNormal(arg string) (LogNormalSigma, error) {
	var v [3]float64
	parts := strings.Split(arg, ",")
	ok := len(parts) == 2 || len(parts) == 3
	for i := 0; ok && i < len(parts); i++ {
		var err error
		v[i], err = strconv.ParseFloat(parts[i], 64)
		ok = err == nil && !math.IsInf(v[i], 0) && !math.IsNaN(v[i])
	}
	if !ok || !(v[1] > 0) || !(v[2] >= 0 && v[2] < 1) {
		return LogNormalSigma{}, fmt.Errorf("%q is not MEAN,STD of ln(sigma/alpha), or MEAN,STD,FLOOR with the share that is uniform", arg)
	}
	return LogNormalSigma{v[0], v[1], v[2]}, nil
}
