package calibration

import "math"

// Uniformity are p-values of the hypothesis that ranks are uniform on 0 … draws. Each sees
// something else best: KS a shift, Central a wrong width, ChiSquare the rest.
type Uniformity struct {
	KS        float64 `json:"p_ks"`      // Kolmogorov and Smirnov; too large where draws are few, as ranks are then steps
	ChiSquare float64 `json:"p_chi2"`    // χ² over ten bins
	Central   float64 `json:"p_central"` // binomial law of the ranks within the central interval of 90 %, two-sided
}

// UniformityOf tests ranks among so many draws, at least 9.
func UniformityOf(ranks []int, draws int) Uniformity {
	if draws < rankBins-1 || len(ranks) == 0 {
		panic("calibration: size mismatch")
	}
	most := 0.0
	_, y := Column{Ranks: ranks}.Excess(draws)
	for _, v := range y {
		most = math.Max(most, math.Abs(v))
	}
	return Uniformity{kolmogorov(most, float64(len(ranks))), uniformity(ranks, draws), centrality(ranks, draws)}
}

// Joint is the p-value of all three together: three times the least, at most 1 (Bonferroni).
func (u Uniformity) Joint() float64 {
	return math.Min(1, 3*math.Min(u.KS, math.Min(u.ChiSquare, u.Central)))
}
