package figure

import (
	"bytes"
	"fmt"
	"io"

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
}

// WritePNG writes f as PNG, with 200 pixels to the inch.
func (f *Figure) WritePNG(w io.Writer) error { return f.writePNG(w, dpi) }

func (f *Figure) writePNG(w io.Writer, dpi int) error {
	c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi))
	f.draw(draw.New(c))
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// WriteSVG writes f as SVG. A scatter of many points makes a large file.
func (f *Figure) WriteSVG(w io.Writer) error {
	c := vgsvg.New(f.width, f.height)
	f.draw(draw.New(c))
	_, err := c.WriteTo(w)
	return err
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
