//go:build browser

package page

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "folder to put a picture of each page in, to look at")

const limit = 3 * time.Minute

// drilled writes the page of a short drill, and returns where it is, and its JSON.
func drilled(t *testing.T, ctx context.Context) (page string, report map[string]any) {
	t.Helper()
	dir := t.TempDir()
	page = filepath.Join(dir, "drill.html")
	program := filepath.Join(dir, "evernats")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = filepath.Join("..", "..", "cmd", "evernats")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "drill", "--scenario=cut,kill", "--everywhere", "--outage=1s", "--options=resilient", "--compare", "--json", "--html", page)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	dec := json.NewDecoder(&stdout)
	dec.UseNumber() // the page has the numbers as the report has
	if err := dec.Decode(&report); err != nil {
		t.Fatal(err)
	}
	return page, report
}

// browser starts one.
func browser(t *testing.T, ctx context.Context) context.Context {
	t.Helper()
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	for _, f := range []string{"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		opts = append(opts, chromedp.Flag(f, true))
	}
	ctx, stop := chromedp.NewExecAllocator(ctx, append(opts, chromedp.UserDataDir(t.TempDir()))...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("no browser: %v; install Chromium, on Debian by apt-get install chromium", err)
	}
	return ctx
}

// seen is what the page shows, as the browser has laid it out.
type seen struct {
	Width    float64 // of the page's content
	Pictures []struct {
		Width, Height float64
		Left, Right   float64
		Texts         []string
		Paths         int // with an area, in view
		Overlaps      []string
		Outside       []string
	}
	Figures []struct {
		Scenario, Path, Value, Text string
		Column                      int
	}
	Page, Ink string   // colours
	Contrasts []string // texts that are hard to read
	Links     []string // what the page would load
}

// look is run in the page.
const look = `(() => {
  document.querySelectorAll('details').forEach(d => d.open = true);
  const rgb = s => (s.match(/[\d.]+/g) || []).slice(0, 3).map(Number);
  const light = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05) };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c !== 'rgba(0, 0, 0, 0)') return c } return 'rgb(255, 255, 255)' };
  const contrasts = [];
  document.querySelectorAll('h1,h2,h3,h3 span,p,td,th,li,summary,svg text').forEach(e => {
    if (!e.getClientRects().length || !e.textContent.trim()) return;
    const style = getComputedStyle(e), c = e.namespaceURI.endsWith('svg') ? style.fill : style.color;
    if (ratio(c, behind(e)) < 4.5) contrasts.push(e.textContent.trim().slice(0, 40) + ': ' + c + ' on ' + behind(e));
  });
  const pictures = [...document.querySelectorAll('svg')].filter(s => s.getClientRects().length).map(s => {
    const box = s.getBoundingClientRect();
    const texts = [...s.querySelectorAll('text')].map(e => ({ text: e.textContent, box: e.getBoundingClientRect() }));
    const overlaps = [], outside = [];
    texts.forEach((a, i) => {
      if (a.box.left < box.left - 1 || a.box.right > box.right + 1 || a.box.top < box.top - 1 || a.box.bottom > box.bottom + 1) outside.push(a.text);
      texts.slice(i + 1).forEach(b => {
        const w = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left), h = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (w > 1 && h > 3) overlaps.push(a.text + ' / ' + b.text);
      });
    });
    const paths = [...s.querySelectorAll('path.flow')].filter(p => { const b = p.getBoundingClientRect(); return b.width > 20 && b.height > 3 && getComputedStyle(p).stroke !== 'none' && getComputedStyle(p).fill !== 'rgb(0, 0, 0)' }).length;
    return { Width: box.width, Height: box.height, Left: box.left, Right: box.right, Texts: texts.map(t => t.text), Paths: paths, Overlaps: overlaps, Outside: outside };
  });
  const figures = [];
  document.querySelectorAll('table.figures').forEach(t => t.querySelectorAll('tbody tr').forEach(r => r.querySelectorAll('td[data-figure]').forEach((d, i) =>
    figures.push({ Scenario: t.dataset.scenario, Path: d.dataset.figure, Value: d.dataset.value, Text: d.textContent, Column: i }))));
  const body = getComputedStyle(document.body);
  return { Width: document.documentElement.scrollWidth, Pictures: pictures, Figures: figures, Page: body.backgroundColor, Ink: body.color, Contrasts: contrasts,
    Links: performance.getEntriesByType('resource').map(e => e.name) };
})()`

// The page of a drill, on a phone and on a desk, light and dark: nothing goes wrong in it,
// its charts are drawn, it fits, it can be read, and its figures are the report's.
func TestDrillPageInABrowser(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	page, report := drilled(t, ctx)
	ctx = browser(t, ctx)
	var mu sync.Mutex
	var wrong []string
	chromedp.ListenTarget(ctx, func(e any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			wrong = append(wrong, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			wrong = append(wrong, fmt.Sprintf("console.%s", e.Type))
		case *log.EventEntryAdded:
			wrong = append(wrong, e.Entry.Text)
		}
	})
	if err := chromedp.Run(ctx, log.Enable(), runtime.Enable()); err != nil {
		t.Fatal(err)
	}
	for _, view := range []struct {
		name          string
		width, height int64
		mobile        bool
	}{{"phone", 375, 812, true}, {"desk", 1280, 900, false}} {
		colours := make(map[string]bool)
		for _, scheme := range []string{"light", "dark"} {
			t.Run(view.name+", "+scheme, func(t *testing.T) {
				var s seen
				var picture []byte
				if err := chromedp.Run(ctx,
					emulation.SetDeviceMetricsOverride(view.width, view.height, 1, view.mobile),
					emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
					chromedp.Navigate("file://"+page),
					chromedp.FullScreenshot(&picture, 100),
					chromedp.Evaluate(look, &s),
				); err != nil {
					t.Fatal(err)
				}
				if *pictures != "" {
					if err := os.WriteFile(filepath.Join(*pictures, view.name+"-"+scheme+".png"), picture, 0o644); err != nil {
						t.Error(err)
					}
				}
				s.check(t, float64(view.width), report)
				colours[s.Page+s.Ink] = true
			})
		}
		if len(colours) != 2 {
			t.Errorf("light and dark look the same: %v", colours)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(wrong) > 0 {
		t.Errorf("the browser complains: %q", wrong)
	}
}

func (s *seen) check(t *testing.T, width float64, report map[string]any) {
	t.Helper()
	if s.Width > width {
		t.Errorf("the page is %v wide, the screen %v", s.Width, width)
	}
	if len(s.Pictures) != 4 {
		t.Errorf("there are %d charts, of two scenarios with two libraries", len(s.Pictures))
	}
	for i, p := range s.Pictures {
		if p.Width < 0.8*min(width, 960) || p.Height < 200 || p.Left < 0 || p.Right > width {
			t.Errorf("chart %d is %v × %v, from %v to %v", i, p.Width, p.Height, p.Left, p.Right)
		}
		if p.Paths != 4 || len(p.Texts) < 10 {
			t.Errorf("chart %d has %d curves and %d texts", i, p.Paths, len(p.Texts))
		}
		if len(p.Overlaps) > 0 || len(p.Outside) > 0 {
			t.Errorf("chart %d: texts lie on each other: %q; are cut off: %q", i, p.Overlaps, p.Outside)
		}
	}
	if len(s.Contrasts) > 0 {
		t.Errorf("hard to read: %q", s.Contrasts[:min(5, len(s.Contrasts))])
	}
	if len(s.Links) > 0 {
		t.Errorf("the page loads %q", s.Links)
	}
	scenarios := report["scenarios"].([]any)
	count := 0
	for _, f := range s.Figures {
		for _, x := range scenarios {
			sc := x.(map[string]any)
			if sc["name"] != f.Scenario {
				continue
			}
			want := figure(sc["runs"].([]any)[f.Column], f.Path)
			if !same(want, f.Value) || f.Text == "" {
				t.Errorf("%s, %s: the page has %q (%s), the report %v", f.Scenario, f.Path, f.Value, f.Text, want)
			}
			count++
		}
	}
	if count != len(s.Figures) || count < 80 {
		t.Errorf("%d figures of %d are the report's", count, len(s.Figures))
	}
}

// figure is what a report has at a path.
func figure(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[part]
	}
	return v
}

func same(want any, shown string) bool {
	n, ok := want.(json.Number)
	if !ok {
		return want == nil && shown == "null"
	}
	a, err1 := n.Float64()
	b, err2 := strconv.ParseFloat(shown, 64)
	return err1 == nil && err2 == nil && a == b
}
