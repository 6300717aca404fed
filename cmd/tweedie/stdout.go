package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// stdoutSink buffers what goes to stdout.
type stdoutSink struct{ *bufio.Writer }

func newStdoutSink(w io.Writer) stdoutSink {
	return stdoutSink{bufio.NewWriterSize(w, 1<<16)}
}

func (s stdoutSink) Commit() error { return s.Flush() }

// Abort sends what is there: rows that a pipe has been promised.
func (s stdoutSink) Abort() { _ = s.Flush() }

// stdoutWriter says of an error where it happened and what to do.
type stdoutWriter struct{ io.Writer }

func (s stdoutWriter) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if err == nil {
		return n, nil
	}
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return n, fmt.Errorf("cannot write to stdout: %w: free some space, or send it elsewhere", err)
}
