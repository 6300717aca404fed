package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"tweedie/sample"
)

// Of two bad flags the same one is reported every time.
func TestTheFirstBadFlagIsReported(t *testing.T) {
	for range 50 {
		var o queryFlags
		c := &cobra.Command{}
		o.define(c)
		if err := c.ParseFlags([]string{"--rho", "-4", "--zeta", "-3", "--lambda", "-2", "--anneal", "-1"}); err != nil {
			t.Fatal(err)
		}
		if err := o.check(); err == nil || !strings.HasPrefix(err.Error(), "anneal is no option of method guided") {
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
