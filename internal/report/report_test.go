package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func pixel(t testing.TB) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const attack = `"><script src='https://x.example/'>alert(1)</script>&{{.Title}}`

// example puts s in every place for text.
func example(t testing.TB, s string) *Page {
	return &Page{
		Title: "Title " + s, Command: "tweedie x " + strings.ReplaceAll(s, " ", "_"), Intro: []string{"intro " + s}, Footer: "footer " + s,
		Sections: []Section{{
			Heading: "heading " + s, Text: []string{"first " + s, "second " + s}, Code: "code " + s, List: []string{"item " + s}, Bars: []Bar{{"bar " + s, "0.25", 0.25, false}, {"light " + s, "–", math.NaN(), true}},
			Table:   &Table{Caption: "caption " + s, Header: []string{"column " + s, "nats"}, Rows: [][]string{{"cell " + s, "1.25 ± 0.02"}, {"other", "-"}}},
			Figures: []Figure{{pixel(t), "figure " + s}},
		}, {Heading: "Empty"}},
	}
}

func write(t testing.TB, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEverythingIsThere(t *testing.T) {
	html := write(t, example(t, ""))
	for _, want := range []string{
		"<title>Title ", "<h1>Title ", "<p>intro ", "<h2>heading ", "<p>first ", "<p>second ", "<code>code ", "<li>item ", `<th scope="row">bar `, `<rect width="0.250" height="1" class="bar"/>`, `class="light"/>`, "0.25</td>", "<caption>caption ",
		`<th scope="col">column `, `<th scope="col" class="number">nats`, "<td>cell ", `<td class="number">1.25 ± 0.02`, "<figcaption>figure ",
		"<footer>footer ", "<h2>Empty", `data-command="tweedie x "`, "<span>tweedie</span> <span>x</span>", `src="data:image/png;base64,` + inAttribute(pixel(t)),
	} {
		if !strings.Contains(html, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if write(t, example(t, "")) != html {
		t.Error("bytes differ between runs")
	}
}

// inAttribute is the image as html/template writes it into an attribute.
func inAttribute(b []byte) string {
	return strings.ReplaceAll(base64.StdEncoding.EncodeToString(b), "+", "&#43;")
}

var (
	tag    = regexp.MustCompile(`<[a-zA-Z/!][^>]*>`)
	remote = regexp.MustCompile(`(?i)(src|href|url|@import)\s*[=(]?\s*["']?\s*(https?:|//|file:)`)
)

// foreign says what in the page would load or run something.
func foreign(html string) error {
	for _, t := range tag.FindAllString(html, -1) {
		if name := strings.ToLower(strings.Trim(strings.Fields(t)[0], "</>")); name == "script" || name == "link" || name == "iframe" {
			return fmt.Errorf("has %s", t)
		}
		if remote.MatchString(t) {
			return fmt.Errorf("loads %s", t)
		}
	}
	return nil
}

func TestEscapesAndIsSelfContained(t *testing.T) {
	html := write(t, example(t, attack))
	if err := foreign(html); err != nil {
		t.Error(err)
	}
	// The text adds no element: the page has the tags that it has without it.
	plain, hostile := tag.FindAllString(write(t, example(t, "")), -1), tag.FindAllString(html, -1)
	if len(plain) != len(hostile) {
		t.Errorf("%d tags with hostile text, %d without", len(hostile), len(plain))
	}
	if n := strings.Count(html, "&lt;script"); n < 12 {
		t.Errorf("the text shows in %d places, want at least 10", n)
	}
	if foreign(html+attack) == nil || foreign(html+`<img src="http://x.example/a.png">`) == nil {
		t.Error("the check overlooks a script or a remote image")
	}
}

// A figure of 3.7 inches fits a window of 390 pixels, with text of 9 points 12 pixels high.
func TestFigureSize(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 740, 20))); err != nil {
		t.Fatal(err)
	}
	if got, err := size(b.Bytes()); got != [2]int{426, 356} || err != nil {
		t.Errorf("sizes %v, %v", got, err)
	}
}

func TestNumericColumns(t *testing.T) {
	got := numeric(&Table{
		Header: []string{"number", "text", "mixed", "percent", "dashes", "minus"},
		Rows:   [][]string{{"1", "a", "1", "3.5 %", "-", "−2"}, {"2.5e-3 ± 0.1", "2", "x", "-", "", "1"}},
	})
	if want := []bool{true, false, false, true, false, true}; !reflect.DeepEqual(got, want) {
		t.Errorf("numeric columns %v, want %v", got, want)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestErrors(t *testing.T) {
	p := example(t, "")
	if err := Write(failing{}, p); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("failing writer: %v", err)
	}
	p.Sections[0].Figures[0].PNG = []byte("<svg/>")
	var b bytes.Buffer
	if err := Write(&b, p); err == nil || !strings.Contains(err.Error(), "not a PNG") || b.Len() > 0 {
		t.Errorf("not a PNG: %v, %d bytes written", err, b.Len())
	}
	defer func() {
		if recover() == nil {
			t.Error("a short row does not panic")
		}
	}()
	p.Sections[0].Table.Rows[0] = []string{"one"}
	Write(&b, p)
}

func TestWriteToLookAt(t *testing.T) {
	path := os.Getenv("REPORT_OUT")
	if path == "" {
		t.Skip("set REPORT_OUT to a file name to look at an example")
	}
	if err := os.WriteFile(path, []byte(write(t, example(t, attack))), 0o644); err != nil {
		t.Fatal(err)
	}
}
