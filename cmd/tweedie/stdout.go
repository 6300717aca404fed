package main

import (
	"bufio"
	"io"
)

// stdoutSink buffers what goes to stdout.
type stdoutSink struct{ *bufio.Writer }

func newStdoutSink(w io.Writer) stdoutSink { return stdoutSink{bufio.NewWriterSize(w, 1<<16)} }

func (s stdoutSink) Commit() error { return s.Flush() }

// Abort sends what is there: rows that a pipe has been promised.
func (s stdoutSink) Abort() { _ = s.Flush() }
