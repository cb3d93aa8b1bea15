package js

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutation breaks a machine in one place. The new text asks broken(name), so that one
// build holds all of them.
type mutation struct {
	name, file, old, new string
}

var mutations = []mutation{
	{"a new link leads to no pull", "pull/machine.go",
		"m.calm(now)\n\tm.refill(now)\n\treturn m.take(acts)\n}\n\n// LinkDown",
		"m.calm(now)\n\tif !broken(`NAME`) {\n\t\tm.refill(now)\n\t}\n\treturn m.take(acts)\n}\n\n// LinkDown"},
	{"nobody notices that a link is gone", "pull/machine.go",
		"m.up = false\n\tm.pulls = m.pulls[:0]",
		"m.up = broken(`NAME`)\n\tm.pulls = m.pulls[:0]"},
	{"a new leader isn't asked", "pull/machine.go",
		"if !m.up || m.Over() || now-m.heard",
		"if broken(`NAME`) || !m.up || m.Over() || now-m.heard"},
	{"the wait after a refusal never ends", "pull/refill.go",
		"if m.retryAt > 0 && now >= m.retryAt {",
		"if m.retryAt > 0 && now >= m.retryAt && !broken(`NAME`) {"},
	{"what is handled makes no room", "pull/machine.go",
		"m.buffered -= n\n",
		"if !broken(`NAME`) {\n\t\tm.buffered -= n\n\t}\n"},
	{"the window is asked for whatever waits", "pull/refill.go",
		"r.Messages = m.cfg.Messages - msgs\n",
		"r.Messages = m.cfg.Messages - msgs\n\tif broken(`NAME`) {\n\t\tr.Messages = m.cfg.Messages\n\t}\n"},
	{"a consumer that is gone is waited for", "pull/machine.go",
		"if a == Missing && m.trouble != None {",
		"if a == Missing && m.trouble != None && !broken(`NAME`) {"},
	{"a fetch without a link doesn't end", "pull/refill.go",
		"if m.cfg.Once && m.rest(now) <= -fetchGrace {",
		"if m.cfg.Once && m.rest(now) <= -fetchGrace && !broken(`NAME`) {"},
	{"a fetch ends with its first pull", "pull/status.go",
		"if m.cfg.Once && (p.limited && info.Status == api.BatchCompleted ||",
		"if m.cfg.Once && (broken(`NAME`) || p.limited && info.Status == api.BatchCompleted ||"},

	{"flow control isn't answered", "pull/pushed.go",
		"if r.reply != \"\" && r.handled >= r.due && !r.stopped {",
		"if r.reply != \"\" && r.handled >= r.due && !r.stopped && !broken(`NAME`) {"},
	{"a watch misses no heartbeat", "pull/pushed.go",
		"return r.heard + 2*r.heartbeat, r.up && !r.stopped",
		"return r.heard + 2*r.heartbeat, r.up && !r.stopped && !broken(`NAME`)"},

	{"a gap is let through", "push/machine.go",
		"if delivery != m.last+1 {",
		"if delivery != m.last+1 && !broken(`NAME`) {"},
	{"heartbeats show no gap", "push/machine.go",
		"case m.cfg.Ordered && !m.Resetting() && sent > m.last:",
		"case m.cfg.Ordered && !m.Resetting() && sent > m.last && !broken(`NAME`):"},
	{"a consumer that pushed to another link goes on", "push/machine.go",
		"\t\t\tm.tries = 0\n\t\t\tm.reset(now)\n",
		"\t\t\tm.tries = 0\n\t\t\tif !broken(`NAME`) {\n\t\t\t\tm.reset(now)\n\t\t\t}\n"},
	{"a new consumer's deliveries are counted on", "push/machine.go",
		"m.making, m.retryAt, m.last = true, 0, 0",
		"m.making, m.retryAt = true, 0\n\tif !broken(`NAME`) {\n\t\tm.last = 0\n\t}"},
	{"an answer is waited for through an election", "push/machine.go",
		"m.within = firstPatience\n",
		"m.within = firstPatience\n\t\tif broken(`NAME`) {\n\t\t\tm.within = lastPatience\n\t\t}\n"},
	{"nobody tells that a consumer is gone", "push/look.go",
		"case a == Gone && !l.told:",
		"case a == Gone && !l.told && !broken(`NAME`):"},
	{"a silent consumer isn't missed", "push/machine.go",
		"m.heard = now\n\t\tif m.cfg.Ordered {",
		"m.heard = now\n\t\tif broken(`NAME`) {\n\t\t\treturn m.take(acts)\n\t\t}\n\t\tif m.cfg.Ordered {"},

	{"what has no id is sent again, too", "window/link.go",
		"case s.ID && now-s.first <= w.cfg.Replay:",
		"case (s.ID || broken(`NAME`)) && now-s.first <= w.cfg.Replay:"},
	{"what may be lost isn't sent again", "window/window.go",
		"return s.state == held || s.state == lost ||",
		"return s.state == held || s.state == lost && !broken(`NAME`) ||"},
	{"a copy waits for a link behind newer messages", "window/link.go",
		"case s.state == flying && s.ID && !s.twice &&",
		"case s.state == flying && s.ID && !s.twice && !broken(`NAME`) &&"},
	{"a message is as old as its last copy", "window/window.go",
		"if !s.sentOnce {\n\t\t\ts.sentOnce, s.first",
		"if !s.sentOnce || broken(`NAME`) {\n\t\t\ts.sentOnce, s.first"},
	{"a lost answer is waited for", "window/tick.go",
		"if now >= w.scanAt {",
		"if now >= w.scanAt && !broken(`NAME`) {"},

	{"a watch goes on one too far", "kv/watch.go",
		"return Start{FromRevision, w.cursor + 1}",
		"if broken(`NAME`) {\n\t\t\treturn Start{FromRevision, w.cursor + 2}\n\t\t}\n\t\treturn Start{FromRevision, w.cursor + 1}"},
	{"a list is complete with its first message", "kv/watch.go",
		"if w.first.one(m.Delta) || m.Delta == 0 {",
		"if broken(`NAME`) && w.values() {\n\t\tw.first.left = 0\n\t\tp = w.settle()\n\t}\n\tif w.first.one(m.Delta) || m.Delta == 0 {"},
	{"values come again when they are listed anew", "kv/firstpart.go",
		"give = !was || revision > v.revision\n",
		"give = !was || revision > v.revision || broken(`NAME`)\n"},
	{"deletions aren't ignored", "kv/watch.go",
		"give = give && (!w.cfg.IgnoreDeletes || !m.Op.Gone())",
		"give = give && (!w.cfg.IgnoreDeletes || !m.Op.Gone() || broken(`NAME`))"},
	{"one's own write is taken for another's", "kv/write.go",
		"case first == id || last == id:",
		"case last == id && !broken(`NAME`) || first == id && !broken(`NAME`):"},

	{"chunks needn't be in order", "object/settle.go",
		"if c.state != stored || c.seq <= u.last {",
		"if c.state != stored || c.seq <= u.last && !broken(`NAME`) {"},
	{"chunks go on behind one that was refused", "object/upload.go",
		"u.blocked, u.probing = true, false",
		"u.blocked, u.probing = !broken(`NAME`), false"},
	{"silent chunks aren't sent again", "object/settle.go",
		"if u.silent(now) {",
		"if u.silent(now) && !broken(`NAME`) {"},
	{"an id that the stream holds is waited for", "object/upload.go",
		"case c == nil || id.Attempt != u.attempt || c.state != flying || u.over:",
		"case broken(`NAME`) || c == nil || id.Attempt != u.attempt || c.state != flying || u.over:"},
	{"chunks are never verified", "object/upload.go",
		"func (u *Upload) Verify() bool { return u.odd }",
		"func (u *Upload) Verify() bool { return u.odd && !broken(`NAME`) }"},
}

// mutantSeeds is how many seeds must find each mutation.
const mutantSeeds = "12000"

// TestMutations breaks the machines in many ways and demands that TestSeeds finds each.
func TestMutations(t *testing.T) {
	binary := buildMutants(t, t.TempDir())
	run := func(name string) (string, error) {
		cmd := exec.Command(binary, "-test.run=^TestSeeds$", "-seeds="+mutantSeeds, "-test.timeout=2m")
		cmd.Env = append(os.Environ(), "EVERNATS_BROKEN="+name)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(""); err != nil {
		t.Fatalf("with nothing broken: %v\n%s", err, out)
	}
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			out, err := run(m.name)
			if err == nil {
				t.Fatalf("not found in %s seeds", mutantSeeds)
			}
			if !strings.Contains(out, "replay it with") {
				t.Fatalf("ended by something else: %v\n%s", err, out)
			}
			text, _, _ := strings.Cut(out, "\n\treplay")
			t.Log(strings.TrimSpace(text[strings.Index(text, "seed "):]))
		})
	}
}

// buildMutants builds this test with the mutations laid over the machines.
func buildMutants(t *testing.T, dir string) string {
	machines, err := filepath.Abs("../../js")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, m := range mutations {
		text, ok := texts[m.file]
		if !ok {
			b, err := os.ReadFile(filepath.Join(machines, m.file))
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
			room, _ := filepath.Split(m.file)
			name := filepath.Base(room)
			texts[room+"broken.go"] = "package " + name + "\n\nimport \"os\"\n\nvar brokenName = os.Getenv(\"EVERNATS_BROKEN\")\n\n" +
				"func broken(name string) bool { return name == brokenName }\n"
		}
		if n := strings.Count(text, m.old); n != 1 {
			t.Fatalf("%s: %q occurs %d times in %s", m.name, m.old, n, m.file)
		}
		texts[m.file] = strings.Replace(text, m.old, strings.ReplaceAll(m.new, "NAME", m.name), 1)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range texts {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(machines, name)] = path
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, list, 0o644); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "mutants.test")
	out, err := exec.Command("go", "test", "-c", "-o", binary, "-overlay", overlayFile, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("building the mutants: %v\n%s", err, out)
	}
	return binary
}
