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
