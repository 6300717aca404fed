package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// commands are the programs that scripts, and tests that need a process of its
// own, find in the path: this test binary under another name.
var commands = map[string]func(){"tweedie": main}

func TestMain(m *testing.M) {
	for name, f := range commands {
		commands[name] = kept(f)
	}
	testscript.Main(m, commands)
}

// TestScript runs the scripts of testdata/script. Beside testscript's own
// commands they have those of script_test.go.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: keepSetup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"table": scriptTable, "posterior": scriptPosterior, "mixed": scriptMixed, "fails": scriptFails, "same": scriptSame, "joined": scriptJoined, "only": scriptOnly, "cells": scriptCells, "towns": scriptTowns,
			"draws": scriptDraws, "differs": scriptDiffers, "ends": scriptEnds, "near": scriptNear, "around": scriptAround, "product": scriptProduct, "bell": scriptBell, "moments": scriptMoments,
		},
		Condition: func(cond string) (bool, error) { return scriptCondition(cond) },
	})
}
