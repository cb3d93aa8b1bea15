package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

const (
	beginMark = "<!-- table: written by go run ./bench -->"
	endMark   = "<!-- end of table -->"
)

// writePage puts the table between the marks of the page.
func writePage(name string, e *env, results []*result, begin time.Time) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	i, j := bytes.Index(old, []byte(beginMark)), bytes.Index(old, []byte(endMark))
	if i < 0 || j < i {
		return fmt.Errorf("%s has no marks for the table", name)
	}
	var b bytes.Buffer
	b.Write(old[:i+len(beginMark)])
	fmt.Fprintf(&b, "\n\n%s\n", conditions(e, begin))
	writeTables(&b, results)
	b.Write(old[j:])
	return os.WriteFile(name, b.Bytes(), 0o644)
}

func conditions(e *env, begin time.Time) string {
	form := "go run ./bench"
	if e.short {
		form += " -short"
	}
	return fmt.Sprintf("Measured %s with `%s`, %d rounds: %s, %d CPUs, %s/%s, %s; nats.go %s, nats-server %s. It took %s.",
		begin.Format("2006-01-02"), form, e.rounds, cpuModel(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, kernel()+runtime.Version(),
		version("github.com/nats-io/nats.go"), version("github.com/nats-io/nats-server/v2"), time.Since(begin).Round(time.Second))
}

func writeTables(b *bytes.Buffer, results []*result) {
	section := ""
	for _, r := range results {
		if r.row.section != section {
			section = r.row.section
			fmt.Fprintf(b, "\n### %s\n\n", section)
			b.WriteString("| work | figure | evernats | nats.go | ratio (spread) | target | limit |\n|---|---|---|---|---|---|---|\n")
		}
		for i, m := range r.row.metrics {
			name := ""
			if i == 0 {
				name = r.row.name
			}
			other := figure(spreadOf(r.theirs, m).mid)
			if r.row.versus != "" && i == 0 {
				other += " (" + r.row.versus + ")"
			}
			limit := ""
			if len(r.limit) > 0 && m != allocs {
				limit = figure(spreadOf(r.limit, m).mid)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", name, m,
				figure(spreadOf(r.ours, m).mid), other, r.ratio(m), r.verdict(m), limit)
		}
	}
	b.WriteString("\n")
}

// verdict says what the target is and whether the median meets it.
func (r *result) verdict(m metric) string {
	t, ok := r.row.targets[m]
	if !ok {
		return ""
	}
	text, met := "", true
	switch {
	case t.ratio > 0:
		text = fmt.Sprintf("ratio ≤ %.2f", t.ratio)
		met = r.ratio(m).mid <= t.ratio+0.005
	default:
		text = "≤ " + strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", t.atMost), "0"), ".")
		met = spreadOf(r.ours, m).mid <= t.atMost*1.005 // a timer or the collector has allocated something in between
	}
	if !met {
		return "**missed**: " + text
	}
	return "met: " + text
}

func version(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == path {
				return d.Version
			}
		}
	}
	return "of unknown version"
}

func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			return strings.TrimSpace(v)
		}
	}
	return "a machine of unknown make"
}

func kernel() string {
	out, err := exec.Command("uname", "-r").Output()
	if err != nil {
		return ""
	}
	return "Linux " + strings.TrimSpace(string(out)) + ", "
}
