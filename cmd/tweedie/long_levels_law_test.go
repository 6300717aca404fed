package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"tweedie/internal/stream"
)

// placeLaw is the law of a table whose column place has very many levels: shares
// as Zipf and Mandelbrot have them, and in each place its own means of x and y
// and its own shares of five kinds. Places of one region are alike; their names say
// nothing of it.
type placeLaw struct {
	cum  []float64
	mean [][2]float64
	kind [][5]float64
}

func newPlaceLaw(places, regions int) *placeLaw {
	r := stream.New(1, "places")
	type region struct {
		mean [2]float64
		bent [5]float64
	}
	rs := make([]region, regions)
	for i := range rs {
		rs[i].mean = [2]float64{2 * r.NormFloat64(), 2 * r.NormFloat64()}
		for k := range rs[i].bent {
			rs[i].bent[k] = 1.5 * r.NormFloat64()
		}
	}
	l := &placeLaw{}
	sum := 0.0
	for _, rank := range r.Perm(places) {
		sum += 1 / float64(rank+10)
		l.cum = append(l.cum, sum)
		of := rs[r.IntN(regions)]
		l.mean = append(l.mean, [2]float64{of.mean[0] + 0.7*r.NormFloat64(), of.mean[1] + 0.7*r.NormFloat64()})
		var p [5]float64
		all := 0.0
		for k := range p {
			p[k] = math.Exp(of.bent[k] + 0.5*r.NormFloat64())
			all += p[k]
		}
		for k := range p {
			p[k] /= all
		}
		l.kind = append(l.kind, p)
	}
	return l
}

// placeRow is a row of the table.
type placeRow struct {
	place, kind int
	x           [2]float64
}

func (l *placeLaw) draw(n int, r *rand.Rand) []placeRow {
	rows := make([]placeRow, n)
	for i := range rows {
		p := &rows[i]
		for u := r.Float64() * l.cum[len(l.cum)-1]; l.cum[p.place] < u; {
			p.place++
		}
		u := r.Float64()
		for u -= l.kind[p.place][0]; u > 0 && p.kind < 4; u -= l.kind[p.place][p.kind] {
			p.kind++
		}
		p.x = [2]float64{l.mean[p.place][0] + r.NormFloat64(), l.mean[p.place][1] + r.NormFloat64()}
	}
	return rows
}

func placeText(rows []placeRow) string {
	var b strings.Builder
	b.WriteString("place,x,y,kind\n")
	for _, p := range rows {
		fmt.Fprintf(&b, "p%04d,%.3f,%.3f,%c\n", p.place, p.x[0], p.x[1], 'a'+p.kind)
	}
	return b.String()
}

func readPlaces(t *testing.T, file string) []placeRow {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []placeRow
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		c := strings.Split(line, ",")
		var p placeRow
		p.place, _ = strconv.Atoi(c[0][1:])
		p.x[0], _ = strconv.ParseFloat(c[1], 64)
		p.x[1], _ = strconv.ParseFloat(c[2], 64)
		p.kind = int(c[3][0] - 'a')
		rows = append(rows, p)
	}
	return rows
}
