package figure

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// pngText draws a box for each letter that the font lacks, which would be left out.
type pngText struct {
	*vgimg.Canvas
	missing map[rune]bool
}

func (c pngText) FillString(f font.Face, at vg.Point, s string) {
	c.Canvas.FillString(f, at, strings.Map(func(r rune) rune {
		if i, err := f.Face.GlyphIndex(nil, r); i != 0 || err != nil {
			return r
		}
		c.missing[r] = true
		return '□'
	}, s))
}

// svgText notes how wide each text is.
type svgText struct {
	*vgsvg.Canvas
	widths []vg.Length
}

func (c *svgText) FillString(f font.Face, at vg.Point, s string) {
	c.widths = append(c.widths, f.Width(s))
	c.Canvas.FillString(f, at, s)
}

// families are fonts of the same widths as that of figures, and what is nearest elsewhere.
const families = "Liberation Sans, Arial, Helvetica, sans-serif"

// write gives each text its width and fonts to choose from.
func (c *svgText) write(w io.Writer) error {
	var b bytes.Buffer
	if _, err := c.Canvas.WriteTo(&b); err != nil {
		return err
	}
	parts := strings.Split(strings.ReplaceAll(b.String(), "font-family:Liberation Sans;", "font-family:"+families+";"), "<text ")
	if len(parts) != len(c.widths)+1 {
		panic("figure: not one width for each text")
	}
	for i, width := range c.widths {
		head := "<text "
		if width > 0 {
			head += fmt.Sprintf(`textLength="%.2f" lengthAdjust="spacingAndGlyphs" `, width.Points())
		}
		parts[i+1] = head + parts[i+1]
	}
	_, err := io.WriteString(w, strings.Join(parts, ""))
	return err
}
