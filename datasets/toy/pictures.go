package toy

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Pictures is a law of pictures of 8×8 pixels in color, on which colorization and
// the like are tried: a scene, by day (blue above green) or at dusk (violet above
// orange), each color a little different every time and fading into the other from
// top to bottom, with a disc, a square or a diagonal bar before it, of one of six
// colors. Gray tells the scene and the shape nearly always, and of the color of
// the shape only what goes with its brightness, so that a gray picture has several
// colorings.
//
// A row has the red, green and blue of each pixel, pixel by pixel and line by line
// from the top, values in [0, 1]. Row i of a sample is a function of (seed, i). The
// zero value is ready to use.
type Pictures struct{}

// PictureSide is the number of pixels of a side.
const PictureSide = 8

// Dim returns 192.
func (Pictures) Dim() int { return 3 * PictureSide * PictureSide }

type rgb [3]float64

func (a rgb) mix(b rgb, f float64) rgb {
	for k := range a {
		a[k] += f * (b[k] - a[k])
	}
	return a
}

// jitter moves a color by up to by in each of its parts.
func (a rgb) jitter(rng *stream.Source, by float64) rgb {
	for k := range a {
		a[k] = min(max(a[k]+by*(2*rng.Float64()-1), 0), 1)
	}
	return a
}

var (
	scenes = [2][2]rgb{{{.45, .7, .95}, {.3, .6, .25}}, {{.35, .15, .5}, {.95, .55, .2}}}
	paints = [6]rgb{{.85, .1, .1}, {.95, .85, .15}, {.1, .2, .8}, {.95, .95, .95}, {.1, .5, .2}, {.75, .2, .7}}
)

// Sample stores the rows first, first+1, … of the sample of that seed in dst, n×192.
func (p Pictures) Sample(dst *mat.Dense, seed uint64, first int) {
	n, d := dst.Dims()
	if d != p.Dim() {
		panic("toy: a picture has 192 numbers")
	}
	key, rng := stream.NewKey(seed, "toy/pictures"), stream.NewSource(stream.Key{})
	for i := range n {
		rng.Seek(key.At(uint64(first + i)))
		p.paint(dst.RawRowView(i), rng)
	}
}

func (Pictures) paint(row []float64, rng *stream.Source) {
	scene := scenes[rng.IntN(len(scenes))]
	top, bottom := scene[0].jitter(rng, 0.06), scene[1].jitter(rng, 0.06)
	horizon, blend := 3+2*rng.Float64(), 0.8+rng.Float64() // in pixels
	paint := paints[rng.IntN(len(paints))].jitter(rng, 0.05)
	shape := rng.IntN(3)
	x, y, r := 2+4*rng.Float64(), 2+4*rng.Float64(), 1.4+0.9*rng.Float64()
	for line := range PictureSide {
		for column := range PictureSide {
			px, py := float64(column)+0.5, float64(line)+0.5
			c := top.mix(bottom, smooth((py-horizon)/blend))
			dx, dy := px-x, py-y
			var depth float64 // inside the shape, in pixels
			switch shape {
			case 0:
				depth = r - math.Hypot(dx, dy)
			case 1:
				depth = 0.9*r - math.Max(math.Abs(dx), math.Abs(dy))
			default:
				depth = math.Min(0.5*r-math.Abs(dx+dy)/math.Sqrt2, 2*r-math.Abs(dx-dy)/math.Sqrt2)
			}
			c = c.mix(paint, smooth(3*depth))
			copy(row[3*(line*PictureSide+column):], c[:])
		}
	}
}

// smooth goes from 0 to 1 as v goes from -∞ to ∞.
func smooth(v float64) float64 { return 1 / (1 + math.Exp(-2*v)) }
