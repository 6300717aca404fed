package datasets

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// What a Parquet file says beside its columns and that a table made of them keeps: how
// Arrow and pandas hold them (dictionaries, time zones, durations, index columns).
const (
	arrowKey  = "ARROW:schema"
	pandasKey = "pandas"
	maxExtra  = 1 << 22 // bytes of each
)

// keptExtra returns what of the extra of a file is kept.
func keptExtra(extra map[string]string) map[string]string {
	kept := map[string]string{}
	for _, key := range []string{arrowKey, pandasKey} {
		if v, is := extra[key]; is && len(v) <= maxExtra {
			kept[key] = v
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// partOfExtra returns the extra of a file of n columns for one that has those of list only.
func partOfExtra(extra map[string]string, n int, list []int) map[string]string {
	part := map[string]string{}
	for key, value := range extra {
		if key == arrowKey {
			var err error
			if value, err = partOfSchema(value, n, list); err != nil {
				continue // types of Arrow are a hint
			}
		}
		part[key] = value
	}
	return part
}

var errSchema = errors.New("datasets: a damaged schema of Arrow")

// partOfSchema returns the schema with the fields of list only. It is a message of
// Arrow's IPC format in base64: eight bytes, then a flatbuffer, whose tables are
// reached by offsets from where these stand. The vector of fields is made shorter in
// its place.
func partOfSchema(schema string, n int, list []int) (part string, err error) {
	b, err := base64.StdEncoding.DecodeString(schema)
	if err != nil || len(b) < 12 {
		return "", errSchema
	}
	defer func() {
		if recover() != nil {
			err = errSchema // an offset that leads out of the bytes
		}
	}()
	f := flatbuffer(b[8:])
	if binary.LittleEndian.Uint32(b) != 1<<32-1 { // an old file, without the mark
		f = b[4:]
	}
	message := f.follow(0)
	header := f.field(message, 2)
	if header == 0 {
		return "", errSchema
	}
	fields := f.field(f.follow(header), 1)
	if fields == 0 {
		return "", errSchema
	}
	vector := f.follow(fields)
	if int(f.u32(vector)) != n {
		return "", errSchema
	}
	targets := make([]int, len(list))
	for k, j := range list {
		targets[k] = f.follow(vector + 4 + 4*j)
	}
	binary.LittleEndian.PutUint32(f[vector:], uint32(len(list)))
	for k, target := range targets {
		at := vector + 4 + 4*k
		if target < at {
			return "", errSchema
		}
		binary.LittleEndian.PutUint32(f[at:], uint32(target-at))
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

type flatbuffer []byte

func (f flatbuffer) u32(at int) uint32 { return binary.LittleEndian.Uint32(f[at:]) }

// follow returns where the offset at some place leads.
func (f flatbuffer) follow(at int) int { return at + int(f.u32(at)) }

// field returns where field k of a table is, 0 when it is absent.
func (f flatbuffer) field(table, k int) int {
	vtable := table - int(int32(f.u32(table)))
	if 4+2*k+2 > int(binary.LittleEndian.Uint16(f[vtable:])) {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(f[vtable+4+2*k:]))
	if offset == 0 {
		return 0
	}
	return table + offset
}
