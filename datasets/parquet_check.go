package datasets

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A reader of Parquet allocates what a file says. These are the most that a page may say.
const (
	maxPageBytes  = 1 << 28
	maxPageValues = 1 << 26
	maxPageHeader = 1 << 18 // its statistics have values of the column
)

// checkFooter errs unless the footer of a file fits into it and is not too deep.
func checkFooter(f io.ReaderAt, size int64) error {
	var end [8]byte
	if size < 12 {
		return errors.New("it ends too early")
	}
	if _, err := f.ReadAt(end[:], size-8); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if n > size-12 {
		return fmt.Errorf("its footer has %d bytes, the file %d", n, size)
	}
	footer := make([]byte, n)
	if _, err := f.ReadAt(footer, size-8-n); err != nil {
		return err
	}
	return checkDepth(footer)
}

// pageHeader is the part of format.PageHeader that says sizes.
type pageHeader struct {
	Type       format.PageType `thrift:"1,required"`
	Bytes      int32           `thrift:"2,required"`
	Compressed int32           `thrift:"3,required"`
	Data       pageValues      `thrift:"5,optional"`
	Dictionary pageValues      `thrift:"7,optional"`
	DataV2     pageValues      `thrift:"8,optional"`
}

type pageValues struct {
	Count int32 `thrift:"1,required"`
}

// checkPages errs when a page of the group says more than it may.
func checkPages(f io.ReaderAt, group *format.RowGroup) error {
	for k := range group.Columns {
		if err := checkChunk(f, &group.Columns[k].MetaData); err != nil {
			return err
		}
	}
	return nil
}

func checkChunk(f io.ReaderAt, m *format.ColumnMetaData) error {
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d != 0 {
		at = d
	}
	section := io.NewSectionReader(f, at, m.TotalCompressedSize)
	r, protocol := bufio.NewReaderSize(section, 1<<10), thrift.CompactProtocol{}
	for values := int64(0); values < m.NumValues; {
		var h pageHeader
		limited := &io.LimitedReader{R: r, N: maxPageHeader}
		if err := thrift.NewDecoder(protocol.NewReader(limited)).Decode(&h); err != nil {
			return err
		}
		n := max(h.Data.Count, h.DataV2.Count, h.Dictionary.Count)
		if n < 0 || n > maxPageValues || h.Bytes < 0 || h.Bytes > maxPageBytes || h.Compressed < 0 || h.Compressed > maxPageBytes {
			return fmt.Errorf("a page of %d values in %d bytes", n, h.Bytes)
		}
		if h.Type == format.DataPage || h.Type == format.DataPageV2 {
			values += int64(n)
		}
		if m.Codec == format.Snappy && h.Type != format.DataPageV2 {
			head, _ := r.Peek(binary.MaxVarintLen32)
			if size, _ := binary.Uvarint(head); size > uint64(h.Bytes) {
				return fmt.Errorf("a page of %d bytes that has %d", h.Bytes, size)
			}
		}
		if err := skip(r, section, int64(h.Compressed)); err != nil {
			return err
		}
	}
	return nil
}

// skip moves n bytes on without reading those that are not buffered.
func skip(r *bufio.Reader, s *io.SectionReader, n int64) error {
	if have := int64(r.Buffered()); n > have {
		if _, err := s.Seek(n-have, io.SeekCurrent); err != nil {
			return err
		}
		r.Reset(s)
		return nil
	}
	_, err := r.Discard(int(n))
	return err
}
