package chart

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

func labels(ticks []plot.Tick) []string {
	var out []string
	for _, t := range ticks {
		if t.Label != "" {
			out = append(out, t.Label)
		}
	}
	return out
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		most float64
		want []string
	}{
		{1, []string{"0", "0.2", "0.4", "0.6", "0.8", "1"}},
		{7, []string{"0", "1", "2", "3", "4", "5", "6", "7"}},
		{1_030_000, []string{"0", "200,000", "400,000", "600,000", "800,000", "1,000,000"}},
	} {
		if got := labels(ticks{}.Ticks(0, c.most)); !slices.Equal(got, c.want) {
			t.Errorf("up to %v: %q instead of %q", c.most, got, c.want)
		}
	}
	if got := (ticks{}).Ticks(3, 3); got != nil {
		t.Errorf("an axis without length has ticks: %v", got)
	}
}

func TestDecades(t *testing.T) {
	if got, want := labels(decades{}.Ticks(0, 4.2)), []string{"1", "10", "100", "1,000", "10,000"}; !slices.Equal(got, want) {
		t.Errorf("%q instead of %q", got, want)
	}
}

func TestCurvesAreThinnedToTheirMeans(t *testing.T) {
	values := make([]float64, 10*upPoints)
	for i := range values {
		values[i] = float64(i % 10)
	}
	xys := mean(values, time.Second, upPoints)
	if len(xys) != upPoints {
		t.Fatalf("%d points", len(xys))
	}
	for _, p := range xys {
		if p.Y != 4.5 {
			t.Fatalf("%v isn't the mean", p)
		}
	}
	if xys[0].X != 5 {
		t.Errorf("the first point lies at %v", xys[0].X)
	}
}

func TestLogarithmsOfNothing(t *testing.T) {
	got := logarithms(plotter.XYs{{X: 1, Y: 0}, {X: 2, Y: 1000}})
	if got[0].Y != 0 || got[1].Y != 3 {
		t.Errorf("%v", got)
	}
}

// A picture of nothing is a picture still: a storm may be interrupted at once.
func TestEmptyPicture(t *testing.T) {
	p := Picture{Lines: []Line{{Name: "none", Step: time.Second}}}
	svg, err := p.ThemedSVG()
	if err != nil || !strings.HasPrefix(svg, "<svg") {
		t.Errorf("%.40q, %v", svg, err)
	}
}
