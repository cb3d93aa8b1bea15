// Package chart draws the curves of a storm: attempts a second above, connected
// clients below, one line for each policy.
package chart

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Line is one curve of each of the two plots.
type Line struct {
	Name   string
	Step   time.Duration // between two points
	Rate   []float64     // attempts a second
	Up     []float64     // connected clients
	Dashed bool
}

// Picture is both plots.
type Picture struct {
	Title    string
	Clients  int
	Capacity float64 // handshakes a second of all servers; 0: not shown
	Lines    []Line
	Width    float64 // in points; 0 means DefaultWidth
}

// The size of a picture in points.
const (
	DefaultWidth = 760
	NarrowWidth  = 300 // for a telephone
	ratePart     = 300
	upPart       = 240
)

// How many points of a curve are drawn in a picture of the default width, at
// most. More can't be seen, and of attempts, which come in waves, nothing but a
// hatched area.
const (
	ratePoints = 160
	upPoints   = 700
)

// theme is the colours of a picture.
type theme struct {
	background, foreground, grid color.Color
	lines                        []color.Color
	legend                       bool
}

// light are colours that people with any sight can tell apart (Okabe and Ito).
var light = theme{
	background: color.White,
	foreground: color.NRGBA{0x22, 0x22, 0x22, 0xff},
	grid:       color.NRGBA{0xdd, 0xdd, 0xdd, 0xff},
	legend:     true,
	lines: []color.Color{
		color.NRGBA{0x00, 0x72, 0xb2, 0xff},
		color.NRGBA{0xd5, 0x5e, 0x00, 0xff},
		color.NRGBA{0x00, 0x9e, 0x73, 0xff},
		color.NRGBA{0xcc, 0x79, 0xa7, 0xff},
		color.NRGBA{0xe6, 0x9f, 0x00, 0xff},
		color.NRGBA{0x56, 0xb4, 0xe9, 0xff},
	},
}

// marks are colours that stand for CSS variables in a themed SVG.
var marks = func() theme {
	mark := func(i byte) color.Color { return color.NRGBA{0x01, 0x02, i, 0xff} }
	t := theme{background: color.Transparent, foreground: mark(1), grid: mark(2)}
	for i := range light.lines {
		t.lines = append(t.lines, mark(byte(0x10+i)))
	}
	return t
}()

// WriteSVG draws the picture as it looks on paper.
func (p *Picture) WriteSVG(w io.Writer) error {
	svg, err := p.svg(light)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, svg)
	return err
}

// ThemedSVG is an SVG element for a page that sets the colours, --ink, --grid and
// --line-1, --line-2 and so on, and shows a legend of its own.
func (p *Picture) ThemedSVG() (string, error) {
	svg, err := p.svg(marks)
	if err != nil {
		return "", err
	}
	if i := strings.Index(svg, "<svg"); i >= 0 {
		svg = svg[i:]
	}
	pairs := []string{"#010201", "var(--ink)", "#010202", "var(--grid)"}
	for i := range marks.lines {
		pairs = append(pairs, fmt.Sprintf("#0102%02X", 0x10+i), fmt.Sprintf("var(--line-%d)", i+1))
	}
	return strings.NewReplacer(pairs...).Replace(svg), nil
}

func (p *Picture) svg(t theme) (string, error) {
	c := vgsvg.New(p.width(), ratePart+upPart)
	if err := p.draw(draw.New(c), t); err != nil {
		return "", err
	}
	var b strings.Builder
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	return b.String(), nil
}

// WritePNG draws the picture at twice the usual resolution.
func (p *Picture) WritePNG(w io.Writer) error {
	c := vgimg.NewWith(vgimg.UseWH(p.width(), ratePart+upPart), vgimg.UseDPI(144))
	if err := p.draw(draw.New(c), light); err != nil {
		return err
	}
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

func (p *Picture) width() vg.Length {
	if p.Width > 0 {
		return vg.Length(p.Width)
	}
	return DefaultWidth
}

func (p *Picture) draw(dc draw.Canvas, t theme) error {
	if t.background != color.Transparent {
		dc.FillPolygon(t.background, []vg.Point{
			{X: dc.Min.X, Y: dc.Min.Y}, {X: dc.Max.X, Y: dc.Min.Y}, {X: dc.Max.X, Y: dc.Max.Y}, {X: dc.Min.X, Y: dc.Max.Y},
		})
	}
	rate, up := newPlot(t), newPlot(t)
	rate.Title.Text = p.Title
	rate.Y.Label.Text = "attempts a second (log scale)"
	// The logarithms are ours: with LogScale the library leaves a wide gap above.
	rate.Y.Tick.Marker = decades{}
	up.Y.Label.Text = "connected clients"
	up.X.Label.Text = "seconds since the servers began to fail"
	last := 0.0
	for i, l := range p.Lines {
		last = max(last, float64(len(l.Up))*l.Step.Seconds())
		name := l.Name
		if !t.legend {
			name = ""
		}
		if err := addCurve(rate, name, logarithms(mean(l.Rate, l.Step, p.points(ratePoints))), style(t, i, l.Dashed)); err != nil {
			return err
		}
		if err := addCurve(up, "", mean(l.Up, l.Step, p.points(upPoints)), style(t, i, l.Dashed)); err != nil {
			return err
		}
	}
	if p.Capacity > 0 {
		line := logarithms(plotter.XYs{{X: 0, Y: p.Capacity}, {X: last, Y: p.Capacity}})
		s := draw.LineStyle{Color: t.foreground, Width: 1, Dashes: []vg.Length{2, 3}}
		name := "what the servers can take"
		if !t.legend {
			name = ""
		}
		if err := addCurve(rate, name, line, s); err != nil {
			return err
		}
	}
	rate.Y.Min, up.Y.Min = 0, 0
	up.Y.Max = float64(p.Clients) * 1.03
	for _, pl := range []*plot.Plot{rate, up} {
		pl.X.Min, pl.X.Max = 0, max(last, 1)
		pl.Y.Max = max(pl.Y.Max, 1)
	}
	rate.Y.Max = max(rate.Y.Max, 1) * 1.03
	if t.legend {
		// Room above the curves, for each line of the legend.
		rate.Y.Max *= 1 + 0.055*float64(len(p.Lines)+1)
	}
	// Both plots begin at the same place, whatever their labels' widths.
	top := draw.Crop(dc, 8, -12, upPart, -6)
	bottom := draw.Crop(dc, 8, -12, 6, -ratePart)
	plots := [][]*plot.Plot{{rate}, {up}}
	canvases := plot.Align(plots, draw.Tiles{Rows: 2, Cols: 1}, draw.Crop(dc, 8, -12, 6, -6))
	canvases[0][0].Rectangle.Min.Y, canvases[0][0].Rectangle.Max.Y = top.Min.Y, top.Max.Y
	canvases[1][0].Rectangle.Min.Y, canvases[1][0].Rectangle.Max.Y = bottom.Min.Y, bottom.Max.Y
	rate.Draw(canvases[0][0])
	up.Draw(canvases[1][0])
	return nil
}

func style(t theme, i int, dashed bool) draw.LineStyle {
	s := draw.LineStyle{Color: t.lines[i%len(t.lines)], Width: 1.6}
	if dashed {
		s.Dashes = []vg.Length{6, 4}
	}
	return s
}

func addCurve(p *plot.Plot, name string, xys plotter.XYs, s draw.LineStyle) error {
	if len(xys) == 0 {
		return nil
	}
	line, err := plotter.NewLine(xys)
	if err != nil {
		return err
	}
	line.LineStyle = s
	p.Add(line)
	if name != "" {
		p.Legend.Add(name, line)
	}
	return nil
}

// points scales a number of points to the picture's width.
func (p *Picture) points(n int) int { return max(1, int(float64(n)*float64(p.width()/DefaultWidth))) }

// mean thins a curve out to so many points at most.
func mean(values []float64, step time.Duration, most int) plotter.XYs {
	group := max(1, (len(values)+most-1)/most)
	xys := make(plotter.XYs, 0, len(values)/group+1)
	for i := 0; i < len(values); i += group {
		part := values[i:min(i+group, len(values))]
		sum := 0.0
		for _, v := range part {
			sum += v
		}
		x := (float64(i) + float64(len(part))/2) * step.Seconds()
		xys = append(xys, plotter.XY{X: x, Y: sum / float64(len(part))})
	}
	return xys
}

func newPlot(t theme) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.Transparent
	sans := func(size font.Length) font.Font {
		return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	}
	p.Title.TextStyle.Font = sans(13)
	p.Title.TextStyle.Color = t.foreground
	p.Title.Padding = 6
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle.Color = t.foreground
		a.Tick.LineStyle.Color = t.foreground
		a.Tick.Label.Font = sans(10)
		a.Tick.Label.Color = t.foreground
		a.Label.TextStyle.Font = sans(11)
		a.Label.TextStyle.Color = t.foreground
		a.Padding = 4
	}
	p.X.Tick.Marker = ticks{}
	p.Y.Tick.Marker = ticks{}
	p.Legend.TextStyle.Font = sans(10)
	p.Legend.TextStyle.Color = t.foreground
	p.Legend.Top = true
	p.Legend.XOffs = -6
	p.Legend.YOffs = -4
	p.Legend.Padding = 2
	p.Legend.ThumbnailWidth = 26
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = t.grid, t.grid
	p.Add(grid)
	return p
}

// logarithms replaces the values by their decimal logarithms. What is less than
// one lies at the bottom.
func logarithms(xys plotter.XYs) plotter.XYs {
	for i := range xys {
		xys[i].Y = math.Log10(max(xys[i].Y, 1))
	}
	return xys
}

// decades are the powers of ten on an axis of logarithms, with a small mark at
// twice and five times each.
type decades struct{}

func (decades) Ticks(least, most float64) []plot.Tick {
	var out []plot.Tick
	for e := math.Ceil(least); e <= most; e++ {
		out = append(out, plot.Tick{Value: e, Label: number(math.Pow(10, e))})
		for _, f := range []float64{2, 5} {
			if v := e + math.Log10(f); v <= most {
				out = append(out, plot.Tick{Value: v})
			}
		}
	}
	return out
}

// ticks are round numbers with their thousands grouped.
type ticks struct{}

func (ticks) Ticks(least, most float64) []plot.Tick {
	span := most - least
	if !(span > 0) {
		return nil
	}
	unit := math.Pow(10, math.Floor(math.Log10(span/5)))
	for _, f := range []float64{1, 2, 5, 10} {
		if span/(unit*f) <= 7 {
			unit *= f
			break
		}
	}
	var out []plot.Tick
	for i := math.Ceil(least / unit); i*unit <= most*(1+1e-9); i++ {
		out = append(out, plot.Tick{Value: i * unit, Label: number(i * unit)})
	}
	return out
}

func number(v float64) string {
	if v != math.Trunc(v) {
		return fmt.Sprintf("%.4g", v)
	}
	digits := fmt.Sprintf("%.0f", v)
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
