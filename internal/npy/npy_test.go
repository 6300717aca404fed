package npy

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// The length of a header does not depend on the number of rows, and headers come back.
func TestHeader(t *testing.T) {
	for _, rows := range []int{0, 7, 1234567890123} {
		for _, cols := range []int{1, 12, 16384} {
			b := Append(nil, rows, cols)
			if len(b) != 128 {
				t.Errorf("%d × %d: %d bytes", rows, cols, len(b))
			}
			h, err := Read(bytes.NewReader(b))
			if err != nil || h.ShapeText() != fmt.Sprintf("(%d, %d)", rows, cols) || h.Fortran || h.Type != (Type{Kind: 'f', Size: 8}) {
				t.Errorf("%d × %d: %+v, %v", rows, cols, h, err)
			}
		}
	}
}

// Spellings of a dictionary that other programs have.
func TestSpellings(t *testing.T) {
	for text, want := range map[string]string{
		`{"descr":"|u1","fortran_order":True,"shape":(3,),}`:                    "117 1 true (3,)",
		`{'shape': (3L, 4L), 'fortran_order': False, 'descr': '>i8'}   ` + "\n": "105 8 false (3, 4)",
		`{ 'descr' : '=f4' , 'fortran_order' : False , 'shape' : ( ) }`:         "102 4 false ()",
	} {
		h, err := parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := fmt.Sprintf("%d %d %v %s", h.Type.Kind, h.Type.Size, h.Fortran, h.ShapeText()); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }\n"))
	f.Add([]byte("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (), }"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parse(string(text))
		if err != nil {
			if s := err.Error(); strings.Contains(s, "\n") || len(s) > 300 {
				t.Errorf("error %q", s)
			}
			return
		}
		if h.Bytes() < 0 || h.Type.Size < 1 || h.Type.Size > 8 {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

// Headers that are wrong, cut or dangerous.
func TestReadErrs(t *testing.T) {
	file := func(version byte, length int, text string) string {
		b := []byte(Magic)
		b = append(b, version, 0, byte(length), byte(length>>8))
		if version > 1 {
			b = append(b, byte(length>>16), byte(length>>24))
		}
		return string(b) + text
	}
	const good = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }"
	if h, err := Read(strings.NewReader(file(3, len(good), good))); err != nil || h.Values() != 6 || h.Bytes() != 48 {
		t.Errorf("%+v, %v", h, err)
	}
	for text, want := range map[string]string{
		"":                              "ends within its header",
		"\x93NUMPY":                     "ends within its header",
		"\x93NUMPX\x01\x00":             "does not begin",
		file(0, len(good), good):        "version 0.0",
		file(4, len(good), good):        "version 4.0",
		file(1, len(good)+1, good):      "ends within its header",
		file(2, 1<<30, good):            "a header of 1073741824 bytes",
		file(1, 2, "[]"):                "cannot be read",
		file(1, len(good)-1, good):      "cannot be read",
		file(1, len(good)+1, good+"x"):  "cannot be read",
		file(1, 2*len(good), good+good): "cannot be read",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"'descr': '<f8', 'descr': '<f8', 'shape': (1,)":                                "descr twice",
		"'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 536870912)":     "more than any file has",
		"'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 268435456)":     "more than any file has",
		"'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999999999999, 1)": "more than any file has",
		"'descr': '|O', 'fortran_order': False, 'shape': (1,)":                         "Python objects",
		"'descr': 'f8', 'fortran_order': False, 'shape': (1,)":                         "is not known",
	} {
		if _, err := parse("{" + text + "}"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// Values of both orders of bytes, and signs.
func TestBits(t *testing.T) {
	b := []byte{0xfe, 0xff, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06}
	for text, want := range map[string]int64{"<i2": -2, ">i2": -257, "|i1": -2, "<i4": 0x0201fffe, ">i4": -0x0100fefe, "<i8": 0x060504030201fffe, ">i8": -0x0100fefdfcfbfafa} {
		typ, err := parseType(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := typ.Int(typ.Bits(b)); got != want {
			t.Errorf("%s: %#x, want %#x", text, got, want)
		}
	}
}
