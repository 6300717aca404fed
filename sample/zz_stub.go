package sample

func ParseResampler(s string) (Resampler, error)                { return Systematic, nil }
func ParsePotential(s string, n int) (Potential, error)         { return Difference(), nil }
func ResamplerNames() []string                                  { return nil }
func PotentialNames() []string                                  { return nil }
func AnnealedGibbs(m Method, rho float64, n int) (s SplitGibbs) { return }
