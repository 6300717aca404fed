package checkpoints

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// checksum returns the SHA-256 digest of f, in hexadecimal. It does not depend
// on the order in which arrays lie in the file, so that another program may
// rewrite the file; it covers, each preceded by its length in bytes as a
// little-endian uint64:
//
//	every metadata key, in order, and its value (without ChecksumKey itself);
//	every array, by name: its name, type ("F32"), shape (one uint64 per
//	dimension), and data as in the file.
func checksum(f *File) string {
	h := sha256.New()
	var word [8]byte
	put := func(b []byte) {
		binary.LittleEndian.PutUint64(word[:], uint64(len(b)))
		h.Write(word[:])
		h.Write(b)
	}
	for _, key := range slices.Sorted(maps.Keys(f.Meta)) {
		if key != ChecksumKey {
			put([]byte(key))
			put([]byte(f.Meta[key]))
		}
	}
	for _, v := range sortedViews(f) {
		put([]byte(v.Name))
		put([]byte(v.DType().String()))
		shape := make([]byte, 0, 8*len(v.Array.Shape))
		for _, n := range v.Array.Shape {
			shape = binary.LittleEndian.AppendUint64(shape, uint64(n))
		}
		put(shape)
		put(v.Data())
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sortedViews(f *File) []view {
	vs := make([]view, len(f.Arrays))
	for i := range f.Arrays {
		vs[i] = view{&f.Arrays[i]}
	}
	slices.SortFunc(vs, func(a, b view) int { return strings.Compare(a.Name, b.Name) })
	return vs
}
