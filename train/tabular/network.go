package tabular

// checkNetwork refuses settings of the built-in network beside one of one's own, whose
// hidden units have no names: none are dropped.
func (s *settings) checkNetwork() error {
	if s.Network == nil {
		return nil
	}
	for _, o := range []struct {
		option string
		said   bool
	}{{"hidden", s.Hidden != 0}, {"layers", s.Layers != 0}, {"film", s.FiLM}, {"dropout", s.Dropout > 0}} {
		if o.said {
			return bad(o.option, "is of the built-in network, and %q is one of your own: leave it away", s.Network.Name)
		}
	}
	s.Dropout = -1
	return nil
}
