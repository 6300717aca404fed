package main

import (
	"compress/gzip"
	"io"
	"os"
	"strings"
)

// gzipped tells whether a file to write is compressed: its name ends in .gz.
func gzipped(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".gz") }

// gzipSink compresses what is written to a file.
type gzipSink struct {
	*gzip.Writer
	file sink
}

func newGzipSink(file sink) sink { return &gzipSink{gzip.NewWriter(file), file} }

func (s *gzipSink) Commit() error {
	if err := s.Close(); err != nil {
		return err
	}
	return s.file.Commit()
}

func (s *gzipSink) Abort() { s.file.Abort() }

// starts tells whether a file starts with some bytes.
func starts(path, magic string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	b := make([]byte, len(magic))
	_, err = io.ReadFull(f, b)
	return err == nil && string(b) == magic
}
