package storm

import (
	_ "embed"
	"html/template"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/evernats/nats/cmd/evernats/storm/chart"
)

//go:embed report.html
var reportText string

var reportTemplate = template.Must(template.New("report").Parse(reportText))

// writeHTML writes a page that needs no network: the picture is drawn inline, once
// for a wide screen and once for a narrow one, and takes its colours from the page, which follows the reader's light or dark.
func writeHTML(w io.Writer, results []*Result) error {
	p := picture(results)
	p.Title = ""
	wide, err := p.ThemedSVG()
	if err != nil {
		return err
	}
	p.Width = chart.NarrowWidth
	narrow, err := p.ThemedSVG()
	if err != nil {
		return err
	}
	type cell struct{ Name, Text string }
	type line struct {
		Name  string
		Cells []cell
	}
	type key struct {
		Name, Class string
		Colour      template.CSS
	}
	c := results[0].Config
	data := struct {
		Title, Subtitle string
		Wide, Narrow    template.HTML
		Legend          []key
		Names           []string
		Rows            []line
		Policies        []cell
		Command         string
		Early           []string
	}{
		Title:    c.title(),
		Subtitle: "A server takes " + number(c.HandshakesPerSecond) + " clients a second. " + c.story(),
		Wide:     template.HTML(wide), // our own drawings, of numbers
		Narrow:   template.HTML(narrow),
		Command:  strings.Join(append([]string{"evernats"}, os.Args[1:]...), " "),
	}
	for i, r := range results {
		class := "solid"
		if p.Lines[i].Dashed {
			class = "dashed"
		}
		data.Legend = append(data.Legend, key{r.Policy.Name, class, template.CSS("--line-" + strconv.Itoa(i+1))})
		data.Names = append(data.Names, r.Policy.Name)
		data.Policies = append(data.Policies, cell{r.Policy.Name, r.Policy.String()})
		if why := r.early(); why != "" {
			data.Early = append(data.Early, why+" "+moment(r.Virtual)+" into “"+r.Policy.Name+"”: the figures are those until then.")
		}
	}
	data.Legend = append(data.Legend, key{"what the servers can take", "dotted", "--ink"})
	for _, row := range rowsOf(results) {
		l := line{Name: row.name}
		for _, r := range results {
			l.Cells = append(l.Cells, cell{r.Policy.Name, row.value(r)})
		}
		data.Rows = append(data.Rows, l)
	}
	return reportTemplate.Execute(w, data)
}
