package main

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	barColor   = color.RGBA{R: 0x2b, G: 0x6c, B: 0xb0, A: 0xff}
	spreadInk  = color.RGBA{R: 0x22, G: 0x22, B: 0x22, A: 0xff}
	equalInk   = color.RGBA{R: 0xc5, G: 0x30, B: 0x30, A: 0xff}
	gridColour = color.Gray{Y: 0xdd}
)

// bar is one line of the picture.
type bar struct {
	name  string
	ratio spread
}

// drawPicture shows the first metric's ratio of each row that compares the two.
func drawPicture(name string, results []*result) error {
	var bars []bar
	for _, r := range results {
		m := r.row.metrics[0]
		s := r.ratio(m)
		if r.row.versus != "" || r.row.curve != "" || s == (spread{}) {
			continue
		}
		label := r.row.section + ": " + r.row.name
		if len([]rune(label)) > 52 {
			label = string([]rune(label)[:51]) + "…"
		}
		bars = append(bars, bar{fmt.Sprintf("%s [%s]", label, m), s})
	}
	slices.Reverse(bars) // the first row on top

	p := plot.New()
	p.Title.Padding = vg.Points(8)
	p.Title.Text = "evernats relative to nats.go (= 1): less is better"
	p.X.Label.Text = "ratio in the same run: median, and the line from the least to the most"
	p.X.Min, p.X.Max = 0, 2
	labels := make([]string, len(bars))
	for i, b := range bars {
		labels[i] = b.name
	}
	p.NominalY(labels...)
	p.Y.Min, p.Y.Max = -0.7, float64(len(bars))-0.3
	grid := plotter.NewGrid()
	grid.Horizontal.Width = 0
	grid.Vertical.Color = gridColour
	p.Add(grid, barPlot(bars))
	one, err := plotter.NewLine(plotter.XYs{{X: 1, Y: -0.7}, {X: 1, Y: float64(len(bars)) - 0.3}})
	if err != nil {
		return err
	}
	one.Color, one.Width = equalInk, vg.Points(1.2)
	p.Add(one)
	return p.Save(30*vg.Centimeter, vg.Length(len(bars))*0.55*vg.Centimeter+3*vg.Centimeter, name)
}

func ratioText(r float64) string {
	if r < 0.01 {
		return "< 0.01"
	}
	return fmt.Sprintf("%.2f", r)
}

// barPlot draws the bars; gonum's own has no spread.
type barPlot []bar

func (b barPlot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	text := p.X.Tick.Label
	text.XAlign, text.YAlign = draw.XLeft, draw.YCenter
	for i, v := range b {
		cut := func(r float64) vg.Length { return x(min(r, p.X.Max)) }
		mid, half := y(float64(i)), vg.Points(4)
		c.FillPolygon(barColor, []vg.Point{
			{X: x(0), Y: mid - half}, {X: cut(v.ratio.mid), Y: mid - half},
			{X: cut(v.ratio.mid), Y: mid + half}, {X: x(0), Y: mid + half},
		})
		c.StrokeLine2(draw.LineStyle{Color: spreadInk, Width: vg.Points(1)}, cut(v.ratio.min), mid, cut(v.ratio.max), mid)
		c.FillText(text, vg.Point{X: min(cut(max(v.ratio.max, v.ratio.mid)), cut(p.X.Max-0.09)) + vg.Points(4), Y: mid}, ratioText(v.ratio.mid))
	}
}
