package figure

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"gonum.org/v1/gonum/floats"
)

// Images is a grid of small pictures of one size, drawn pixel by pixel: for each
// restored picture a line with what was given, the draws, and the truth.
type Images struct {
	Width, Height int // of a picture, in its own pixels
	Scale         int // of the drawing: so many pixels a side for each; zero means 16
	// Cells are the lines of the grid. A picture has Width·Height values (gray) or
	// 3·Width·Height (red, green and blue of each pixel), line by line from the top;
	// nil is a gap. Values are clipped to [0, 1].
	Cells [][][]float64
}

// WritePNG writes the grid as PNG, on white. It errs on an empty grid, on pictures of
// another size and on values that are NaN.
func (g Images) WritePNG(w io.Writer) error {
	if g.Width <= 0 || g.Height <= 0 || g.Scale < 0 || len(g.Cells) == 0 {
		return fmt.Errorf("figure: a grid of %d lines of pictures of %d×%d, scale %d", len(g.Cells), g.Width, g.Height, g.Scale)
	}
	if g.Scale == 0 {
		g.Scale = 16
	}
	columns := 0
	for _, line := range g.Cells {
		columns = max(columns, len(line))
	}
	if columns == 0 {
		return fmt.Errorf("figure: a grid of no pictures")
	}
	gap := max(2, g.Scale/2)
	cw, ch := g.Width*g.Scale+gap, g.Height*g.Scale+gap
	img := image.NewNRGBA(image.Rect(0, 0, columns*cw+gap, len(g.Cells)*ch+gap))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for i, line := range g.Cells {
		for j, cell := range line {
			if cell == nil {
				continue
			}
			if err := g.paint(img, gap+j*cw, gap+i*ch, cell); err != nil {
				return fmt.Errorf("figure: line %d, picture %d: %w", i, j, err)
			}
		}
	}
	return png.Encode(w, img)
}

func (g Images) paint(img *image.NRGBA, x, y int, cell []float64) error {
	pixels := g.Width * g.Height
	if len(cell) != pixels && len(cell) != 3*pixels {
		return fmt.Errorf("%d values, want %d or %d", len(cell), pixels, 3*pixels)
	}
	for p := range pixels {
		channels := len(cell) / pixels // 1 or 3
		v := cell[channels*p : channels*(p+1)]
		if floats.HasNaN(v) {
			return fmt.Errorf("pixel %d is NaN", p)
		}
		c := color.NRGBA{level(v[0]), level(v[channels/2]), level(v[channels-1]), 255}
		at := image.Pt(x+p%g.Width*g.Scale, y+p/g.Width*g.Scale)
		draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(g.Scale, g.Scale))}, image.NewUniform(c), image.Point{}, draw.Src)
	}
	return nil
}

func level(v float64) uint8 { return uint8(255*min(max(v, 0), 1) + 0.5) }
