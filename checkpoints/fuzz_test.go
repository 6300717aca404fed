package checkpoints

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"tweedie/internal/stream"
)

// Every single flipped bit and every truncation either errs or, where the bit
// does not matter (blanks of the header), leaves the content alone.
func TestFlippedBits(t *testing.T) {
	want := example()
	good := encode(t, want)
	harmless := 0
	for i := range good {
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			f, err := Decode(b)
			if err != nil {
				continue
			}
			harmless++
			if d := differ(want, f); d != "" {
				t.Errorf("bit %d of byte %d changes %s unnoticed", bit, i, d)
			}
		}
		if _, err := Decode(good[:i]); err == nil {
			t.Errorf("the first %d of %d bytes are accepted", i, len(good))
		}
	}
	if harmless > 64 {
		t.Errorf("%d flipped bits pass", harmless)
	}
}

// The checksum is what sees a flipped data bit: a digest of the same file under
// another value of it must differ, and so must one with the shape transposed.
func TestChecksumCovers(t *testing.T) {
	want := checksum(example())
	for name, change := range map[string]func(*File){
		"data":     func(f *File) { f.Arrays[1].F64[0]++ },
		"name":     func(f *File) { f.Arrays[0].Name = "v" },
		"shape":    func(f *File) { f.Arrays[0].Shape = []int{3, 2} },
		"metadata": func(f *File) { f.Meta["model"] += " " },
		"kind":     func(f *File) { f.Meta[KindKey] = "training" },
		"array":    func(f *File) { f.Arrays = f.Arrays[:4] },
		"boundary": func(f *File) { f.Arrays[3].Shape = []int{4, 0} },
	} {
		f := example()
		change(f)
		if checksum(f) == want {
			t.Errorf("does not depend on %s", name)
		}
	}
	f := example()
	f.Meta[ChecksumKey] = "anything"
	if checksum(f) != want {
		t.Error("depends on itself")
	}
}

// decodeCost is the number of bytes that Decode allocates.
func decodeCost(b []byte) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Decode(b)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// costPerByte bounds what a byte of a hostile file may cost: the JSON decoder
// turns "0," into some 100 bytes, twice.
const costPerByte, costFixed = 400, 1 << 16

func TestAllocationIsBounded(t *testing.T) {
	const meta = `{"__metadata__":{"tweedie.format":"1"},`
	for name, b := range map[string][]byte{
		"claimed header":  append([]byte{0, 0, 0, 1, 0, 0, 0, 0}, '{'),
		"claimed data":    raw(meta+`"x":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}}`, ""),
		"many numbers":    raw(meta+`"x":{"shape":[`+strings.Repeat("0,", 1<<16)+`0]}}`, ""),
		"many arrays":     raw(meta+strings.Repeat(`"a":{},`, 1<<15)+`"b":{}}`, ""),
		"deep nesting":    raw(meta+`"x":{"y":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+`}}`, ""),
		"many dimensions": raw(meta+`"x":{"dtype":"F32","shape":[0`+strings.Repeat(",1", 1<<16)+`],"data_offsets":[0,0]}}`, ""),
	} {
		if cost, most := decodeCost(b), uint64(costPerByte*len(b)+costFixed); cost > most {
			t.Errorf("%s: %d bytes cost %d, want at most %d", name, len(b), cost, most)
		}
	}
	// A file that is mostly data costs about its size: arrays and digest.
	f := New("model")
	f.Arrays = []Array{{Name: "x", Shape: []int{1 << 18}, F32: make([]float32, 1<<18)}}
	b := encode(t, f)
	if cost := decodeCost(b); cost > uint64(3*len(b)) {
		t.Errorf("%d bytes of data cost %d", len(b), cost)
	}
}

// mutate changes b at a few places: bits, bytes, runs of digits, lengths.
func mutate(b []byte, s *stream.Source) []byte {
	b = bytes.Clone(b)
	for range 1 + s.IntN(6) {
		if len(b) == 0 {
			return b
		}
		i := s.IntN(len(b))
		switch s.IntN(6) {
		case 0:
			b[i] ^= 1 << s.IntN(8)
		case 1:
			b[i] = byte(s.Uint32())
		case 2:
			b = b[:i]
		case 3:
			b = append(b[:i:i], b[min(len(b), i+s.IntN(9)):]...)
		case 4:
			b = append(b[:i:i], append([]byte("99999999999999999999"[:s.IntN(20)]), b[i:]...)...)
		case 5:
			copy(b[i:], b[s.IntN(len(b)):])
		}
	}
	return b
}

func TestMutatedFiles(t *testing.T) {
	n := 20000
	if testing.Short() {
		n = 3000
	}
	good := encode(t, example())
	want := example()
	s := stream.NewSource(stream.Key{})
	for i := range n {
		s.Seek(stream.NewKey(1, "mutate").At(uint64(i)))
		f, err := Decode(mutate(good, s))
		if err == nil && differ(want, f) != "" {
			t.Errorf("mutation %d is accepted with another %s", i, differ(want, f))
		}
	}
}

func FuzzDecode(f *testing.F) {
	good := encode(f, example())
	f.Add(good)
	f.Add(good[:50])
	f.Add([]byte{})
	f.Add(raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "1234"))
	f.Add(raw(`{"__metadata__":{"tweedie.format":"2"}}`, ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		if cost, most := decodeCost(b), uint64(costPerByte*len(b)+costFixed); cost > most {
			t.Errorf("%d bytes cost %d, want at most %d", len(b), cost, most)
		}
		g, err := Decode(b)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		var again bytes.Buffer
		if err := Encode(&again, g); err != nil {
			t.Errorf("was read but cannot be written: %v", err)
		}
	})
}
