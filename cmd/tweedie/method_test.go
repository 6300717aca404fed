package main

import (
	"strings"
	"testing"

	"tweedie/sample"
	"tweedie/train/tabular"
)

// Of two bad flags the same one is reported every time.
func TestTheFirstBadFlagIsReported(t *testing.T) {
	for range 50 {
		o := queryFlags{
			scale: 1, cfg: 1, changed: func(string) bool { return false },
			how: tabular.Conditioning{Anneal: -1, Lambda: -2, Zeta: -3, Rho: -4},
		}
		if err := o.check(); err == nil || !strings.Contains(err.Error(), "--anneal is -1") {
			t.Fatal(err)
		}
		o.how = tabular.Conditioning{Anneal: 1, Lambda: 1, Zeta: 1, Rho: 1}
		if err := o.check(); err == nil || !strings.Contains(err.Error(), "--jump is 0") {
			t.Fatal(err)
		}
	}
}

// The flags as they are without a command line are the zero sampler, and their
// defaults are those of the library.
func TestDefaultFlagsAreTheZeroSampler(t *testing.T) {
	c := (&app{}).sampleCommand()
	if err := c.ParseFlags(nil); err != nil {
		t.Fatal(err)
	}
	o := methodFlags{flags: c.Flags(), samplerName: c.Flags().Lookup("sampler").DefValue, nfe: defaultNFE, start: 1, temperature: 1}
	if got := o.sampler(); got != (sample.Sampler{}) {
		t.Errorf("%+v, want the zero value", got)
	}
	zero := sample.Sampler{}
	if o.samplerName != "dpmpp2m" || defaultNFE != zero.Evaluations() {
		t.Errorf("defaults %s and %d, of the library %d", o.samplerName, defaultNFE, zero.Evaluations())
	}
	for _, name := range sample.SamplerNames() {
		o.samplerName = name
		if err := o.check(); err != nil && name != "none" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, flag := range samplerFlags {
		if c.Flags().Lookup(flag) == nil {
			t.Errorf("sample has no --%s", flag)
		}
	}
}
