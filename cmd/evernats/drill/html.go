package drill

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/evernats/nats/cmd/evernats/terminal"
)

//go:embed report.html
var pageText string

var pageTemplate = template.Must(template.New("drill").Parse(pageText))

type pageCell struct{ Path, Raw, Text, Class string }

type pageRow struct {
	Name  string
	Cells []pageCell
}

type pageRun struct {
	Library, Options, Verdict, Class string
	Wide, Narrow                     template.HTML
	Errors, Warnings                 []string
	Events                           []pageEvent
}

type pageEvent struct{ At, Kind, Text string }

type pageScenario struct {
	Name, What string
	Runs       []pageRun
	Rows       []pageRow
}

type summary struct {
	Name  string
	Cells []pageCell
}

// writeHTML writes a page that needs no network. Its timelines are drawn twice, for a
// wide screen and for a narrow one, and take their colours from the page, which
// follows the reader's light or dark.
func (r *Report) writeHTML(w io.Writer) error {
	data := struct {
		Title, Verdict, Class string
		Facts                 []string
		Libraries             []string
		Summary               []summary
		Scenarios             []pageScenario
		Interrupted           bool
		Legend                []curve
	}{Title: "What a program lives through", Interrupted: r.Interrupted, Legend: curves}
	where := "Servers: a cluster of its own, three servers"
	if len(r.Servers) > 0 {
		where = "Servers: " + strings.Join(r.Servers, ", ")
	}
	strikes := "Each fault strikes the server that the program sits on, for " + figure(r.Outage)
	if r.Everywhere {
		strikes = "Each fault strikes all servers, for " + figure(r.Outage)
	}
	data.Facts = []string{where, strikes, fmt.Sprintf("%d messages a second each way, evernats %s, options: %s", r.Rate, r.Version, r.Options)}
	data.Verdict, data.Class = "The program came back from everything.", "good"
	if bad := r.survived(); len(bad) > 0 {
		data.Verdict, data.Class = "The program didn't come back from "+strings.Join(bad, ", ")+".", "bad"
	}
	for _, s := range r.Scenarios {
		p := pageScenario{Name: s.Name, What: s.What}
		sum := summary{Name: s.Name}
		for i := range s.Runs {
			o := &s.Runs[i]
			if len(data.Libraries) < len(s.Runs) {
				data.Libraries = append(data.Libraries, o.Library)
			}
			class := "good"
			if !o.Survived {
				class = "bad"
			}
			sum.Cells = append(sum.Cells, pageCell{Text: o.back(), Class: class},
				pageCell{Text: terminal.Thousands(o.Publisher.Lost + o.Subscriber.Lost + o.Queue.Lost)})
			p.Runs = append(p.Runs, o.page(class))
		}
		for _, row := range rows() {
			line := pageRow{Name: row.name}
			for i := range s.Runs {
				raw, text := row.value(&s.Runs[i])
				line.Cells = append(line.Cells, pageCell{Path: row.path, Raw: raw, Text: text})
			}
			p.Rows = append(p.Rows, line)
		}
		data.Summary = append(data.Summary, sum)
		data.Scenarios = append(data.Scenarios, p)
	}
	return pageTemplate.Execute(w, data)
}

func (o *Outcome) page(class string) pageRun {
	run := pageRun{
		Library: o.Library, Options: o.Options, Verdict: o.verdict(), Class: class, Warnings: o.warnings(),
		Wide: template.HTML(o.timeline(wideDrawing)), Narrow: template.HTML(o.timeline(narrowDrawing)), // our own drawings, of numbers
	}
	for _, f := range []struct {
		name string
		flow Flow
	}{{"message", o.Publisher}, {"request", o.Requester}} {
		for text, n := range f.flow.Errors {
			run.Errors = append(run.Errors, terminal.Count(int(n), f.name)+" failed: "+text)
		}
		slices.Sort(run.Errors)
	}
	for _, e := range o.Events {
		run.Events = append(run.Events, pageEvent{fmt.Sprintf("%.3f s", e.At/1000), e.Kind, e.Text})
	}
	return run
}

// verdict is what became of the program, in a sentence or two.
func (o *Outcome) verdict() string {
	var text string
	switch {
	case o.Closed:
		text = "The connection was closed for good."
	case o.Recovery == nil:
		text = "It didn't come back as long as it was waited for."
	case *o.Recovery == 0:
		text = "No flow paused for 250 ms."
	default:
		text = "All flows were back for good " + figure(*o.Recovery) + " after the fault began."
	}
	lost := o.Publisher.Lost + o.Subscriber.Lost + o.Queue.Lost
	away := " were lost"
	if o.Recovery == nil && !o.Closed {
		away = " had not arrived" // and may yet
	}
	switch {
	case lost == 0 && o.Publisher.Failed == 0:
		text += " No message was lost."
	case o.Publisher.Lost == 0 && o.Publisher.Failed == 0:
		text += " Nothing that it published was lost; of what others sent, " + terminal.Count(int(lost), "message") + " never reached it."
	default:
		text += " Of what it published " + terminal.Count(int(o.Publisher.Lost), "message") + away
		if o.Publisher.Failed > 0 {
			text += " and " + terminal.Thousands(o.Publisher.Failed) + " refused"
		}
		text += "; of what others sent, " + terminal.Count(int(o.Subscriber.Lost+o.Queue.Lost), "message") + " never reached it."
	}
	return strings.ReplaceAll(text, " 1 message were", " 1 message was")
}

// disturbing is a pause that no fault made and that makes figures doubtful.
const disturbing = 100.0

// warnings are what else may have made the figures what they are.
func (o *Outcome) warnings() []string {
	var w []string
	if o.Witness > 0 {
		w = append(w, "The witness lost its connection too; what is lost may not be the program's.")
	}
	if o.Control >= disturbing {
		w = append(w, "Messages that no fault struck paused too, for up to "+figure(o.Control)+": this machine or the servers are busy. Gaps that come of it don't count, times may be that much longer.")
	}
	return w
}
