package main

import (
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

var theirColor = color.RGBA{R: 0xc0, G: 0x5c, B: 0x21, A: 0xff}

// growthColumns is how many curves stand side by side.
const growthColumns = 2

// drawGrowth shows what a message costs along each curve, for both libraries.
func drawGrowth(name string, results []*result) error {
	var order []string
	curves := map[string][]*result{}
	for _, r := range results {
		if c := r.row.curve; c != "" {
			if curves[c] == nil {
				order = append(order, c)
			}
			curves[c] = append(curves[c], r)
		}
	}
	var plots [][]*plot.Plot
	for i, c := range order {
		if i%growthColumns == 0 {
			plots = append(plots, make([]*plot.Plot, growthColumns))
		}
		p, err := growthPlot(c, curves[c])
		if err != nil {
			return err
		}
		plots[len(plots)-1][i%growthColumns] = p
	}
	img := vgimg.New(growthColumns*14*vg.Centimeter, vg.Length(len(plots))*6*vg.Centimeter)
	page := draw.New(img)
	tiles := draw.Tiles{
		Rows: len(plots), Cols: growthColumns,
		PadX: vg.Centimeter, PadY: vg.Centimeter / 2,
		PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(12),
	}
	for y, canvases := range plot.Align(plots, tiles, page) {
		for x, c := range canvases {
			if p := plots[y][x]; p != nil {
				p.Draw(c)
			}
		}
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(f); err != nil {
		return err
	}
	return f.Close()
}

func growthPlot(name string, points []*result) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = name
	p.Y.Label.Text = "CPU ns a message"
	p.Legend.Top = true
	p.Legend.Left = true
	var labels []string
	for _, r := range points {
		labels = append(labels, r.row.at)
	}
	p.NominalX(labels...)
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color = gridColour
	p.Add(grid)
	top := 0.0
	for _, side := range []struct {
		name  string
		color color.Color
		of    func(*result) []sample
	}{
		{ours.name, barColor, func(r *result) []sample { return r.ours }},
		{theirs.name, theirColor, func(r *result) []sample { return r.theirs }},
	} {
		var at plotter.XYs
		var bars plotter.YErrors
		for i, r := range points {
			s := spreadOf(side.of(r), r.row.metrics[0])
			at = append(at, plotter.XY{X: float64(i), Y: s.mid})
			bars = append(bars, struct{ Low, High float64 }{s.mid - s.min, s.max - s.mid})
			top = max(top, s.max)
		}
		line, marks, err := plotter.NewLinePoints(at)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = side.color, vg.Points(1.5)
		marks.Color, marks.Shape = side.color, draw.CircleGlyph{}
		spread, err := plotter.NewYErrorBars(struct {
			plotter.XYs
			plotter.YErrors
		}{at, bars})
		if err != nil {
			return nil, err
		}
		spread.Color = side.color
		p.Add(line, marks, spread)
		p.Legend.Add(side.name, line, marks)
	}
	p.Y.Min, p.Y.Max = 0, top*1.35 // the legend's room
	return p, nil
}
