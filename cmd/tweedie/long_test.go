package main

import (
	"bytes"
	"context"
	"os"
	"testing"
)

// long skips tests that train for minutes. They run with TWEEDIE_LONG=1, as
//
//	TWEEDIE_LONG=1 go test ./cmd/tweedie -run Long -v -timeout 1h
//
// and print the numbers of docs/measurements/tables.md.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("set TWEEDIE_LONG=1 to train for minutes")
	}
}

// command runs a command that must succeed.
func command(t *testing.T, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), append(args, "--quiet"), &out, &errs); code != 0 {
		t.Fatalf("tweedie %v: exit %d: %s", args, code, errs.String())
	}
}
