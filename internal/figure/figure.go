package figure

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// dpi of PNG figures: sharp in print at column width and on a dense screen.
const dpi = 200

// Figure is a drawing of a fixed size.
type Figure struct {
	width, height vg.Length
	draw          func(draw.Canvas)
	missing       map[rune]bool // that the font lacks, of what was written as PNG
}

func newFigure(width, height vg.Length, paint func(draw.Canvas)) *Figure {
	return &Figure{width: width, height: height, draw: paint}
}

// WritePNG writes f as PNG, with 200 pixels to the inch.
func (f *Figure) WritePNG(w io.Writer) error { return f.writePNG(w, dpi) }

func (f *Figure) writePNG(w io.Writer, dpi int) error {
	c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi))
	f.missing = map[rune]bool{}
	f.draw(draw.New(pngText{c, f.missing}))
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// Missing are the letters that WritePNG wrote as boxes, because the font of figures lacks them:
// those of Chinese, for example. A viewer of SVG has fonts of its own.
func (f *Figure) Missing() string {
	return string(slices.Sorted(maps.Keys(f.missing)))
}

// WriteSVG writes f as SVG. A scatter of many points makes a large file. Text is as wide in
// any font as in that of figures, which a viewer may not have.
func (f *Figure) WriteSVG(w io.Writer) error {
	c := &svgText{Canvas: vgsvg.New(f.width, f.height)}
	f.draw(draw.New(c))
	return c.write(w)
}

// PNG returns f as the bytes of a PNG file.
func (f *Figure) PNG() []byte {
	var b bytes.Buffer
	if err := f.WritePNG(&b); err != nil {
		panic("figure: cannot encode to memory")
	}
	return b.Bytes()
}

// titled begins an error of a figure, by its title if it has one.
func titled(title string) string {
	if title == "" {
		return "figure: "
	}
	return fmt.Sprintf("figure %q: ", title)
}
