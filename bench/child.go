package main

import (
	"encoding/json"
	"os"
	"os/exec"
)

// childEnv makes a child of this program do one job with one library: so that what is
// measured is a process with nothing else in it, and with settings of its own.
const childEnv = "EVERNATS_BENCH_CHILD"

// job is what a child does.
type job struct {
	Kind    string // a key of jobs
	Lib     string
	URL     string
	Conns   int
	Callers int
	Headers int
	Ballast int // megabytes that the process has in its heap beside
	Order   string
}

// jobs are the kinds of job.
var jobs = map[string]func(job, lib) sample{
	"idle":    idleJob,
	"publish": publishJob,
	"receive": receiveJob,
	"request": requestJob,
}

// inChild does a job in a process of its own, with more variables in its environment.
func inChild(j job, env ...string) sample {
	exe, err := os.Executable()
	must(err)
	text, err := json.Marshal(j)
	must(err)
	cmd := exec.Command(exe)
	cmd.Env = append(append(os.Environ(), childEnv+"="+string(text)), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	must(err)
	var s sample
	must(json.Unmarshal(out, &s))
	return s
}

// runChild is the child's main.
func runChild(text string) {
	var j job
	must(json.Unmarshal([]byte(text), &j))
	l := ours
	if j.Lib == theirs.name {
		l = theirs
	}
	b, err := json.Marshal(jobs[j.Kind](j, l))
	must(err)
	os.Stdout.Write(b)
}
