package sim

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mutation breaks the machine in one place. The new text asks broken(name), so
// that one build holds all of them.
type mutation struct {
	name, file, old, new string
}

// spreading are the mutations that worlds of many clients must find: where each of
// them goes is right, and where all go together isn't.
var spreading = []mutation{
	{"the server just lost keeps its place in the order", "order.go",
		"s.seq = p.seq\n",
		"if !broken(`NAME`) {\n\t\ts.seq = p.seq\n\t}\n"},
	{"no scouts", "order.go",
		"\t\t\ts.rank = rankGood\n",
		"\t\t\tif !broken(`NAME`) {\n\t\t\t\ts.rank = rankGood\n\t\t\t}\n"},
	{"those that worked come before those that didn't get their chance", "order.go",
		"case s.worked:\n\t\treturn rankGood",
		"case s.worked && broken(`NAME`):\n\t\treturn rankFresh\n\tcase s.worked:\n\t\treturn rankGood"},
}

var mutations = []mutation{
	{"a loss of an earlier epoch counts", "transitions.go",
		"if m.state != Connected || ev.Epoch != m.epoch {\n\t\treturn acts\n\t}\n\tf := ev.Failure",
		"if m.state != Connected || ev.Epoch != m.epoch && !broken(`NAME`) {\n\t\treturn acts\n\t}\n\tf := ev.Failure"},
	{"INFO of another epoch counts", "transitions.go",
		"if m.state != Connected || ev.Epoch != m.epoch {\n\t\treturn acts\n\t}\n\treturn m.advertise",
		"if m.state != Connected || ev.Epoch != m.epoch && !broken(`NAME`) {\n\t\treturn acts\n\t}\n\treturn m.advertise"},
	{"a late answer counts", "race.go",
		"if m.attempts[i].id == id {",
		"if m.attempts[i].id == id || broken(`NAME`) {"},
	{"an older answer to AskDelay counts", "transitions.go",
		"m.then != thenPass || ev.Token != m.token",
		"m.then != thenPass || ev.Token != m.token && !broken(`NAME`)"},
	{"a success doesn't reset the count", "pool.go",
		"s.failures, s.worked, s.failed = 0, true, false",
		"s.worked, s.failed = true, false\n\tif !broken(`NAME`) {\n\t\ts.failures = 0\n\t}"},
	{"a success doesn't clear the auth error", "pool.go",
		"s.refusal = nil",
		"if !broken(`NAME`) {\n\t\ts.refusal = nil\n\t}"},
	{"one attempt too many", "transitions.go",
		"int(s.failures) >= limit",
		"(int(s.failures) > limit || int(s.failures) == limit && !broken(`NAME`))"},
	{"the first connect counts towards the limit", "transitions.go",
		"if m.state != Connecting {\n\t\ts.failures++",
		"if m.state != Connecting || broken(`NAME`) {\n\t\ts.failures++"},
	{"jitter without a cap", "backoff.go",
		"limit >= 0 && j > limit",
		"limit >= 0 && j > limit && !broken(`NAME`)"},
	{"jitter of plain connections for TLS", "backoff.go",
		"m.policy.Secure || m.tls || m.pool.secure()",
		"!broken(`NAME`) && (m.policy.Secure || m.tls || m.pool.secure())"},
	{"no wait after a failed pass", "transitions.go",
		"return m.wait(now, m.delay(), thenPass, acts)\n}",
		"if broken(`NAME`) {\n\t\treturn m.beginPass(now, acts)\n\t}\n\treturn m.wait(now, m.delay(), thenPass, acts)\n}"},
	{"no guard against flapping", "backoff.go",
		"return m.short >= flapLimit",
		"return m.short >= flapLimit && !broken(`NAME`)"},
	{"the back-off never resets", "backoff.go",
		"m.short, m.backoff = 0, 0",
		"m.short = 0\n\t\tif !broken(`NAME`) {\n\t\t\tm.backoff = 0\n\t\t}"},
	{"the back-off passes its maximum", "backoff.go",
		"if ceiling > limit/2 {\n\t\t\tceiling = limit\n\t\t\tbreak\n\t\t}",
		"if ceiling > limit/2 && !broken(`NAME`) {\n\t\t\tceiling = limit\n\t\t\tbreak\n\t\t}"},
	{"servers of the call are forgotten", "discover.go",
		"leaves := !s.given && s.url",
		"leaves := (!s.given || broken(`NAME`)) && s.url"},
	{"the connected server is forgotten", "discover.go",
		"s.url != connected && !named",
		"(s.url != connected || broken(`NAME`)) && !named"},
	{"who doesn't accept isn't heard", "discover.go",
		"if len(urls) == 0 || m.policy.IgnoreDiscovered {",
		"if len(urls) == 0 || m.policy.IgnoreDiscovered || broken(`NAME`) {"},
	{"learns though told not to", "discover.go",
		"urls == nil || m.policy.IgnoreDiscovered",
		"urls == nil || m.policy.IgnoreDiscovered && !broken(`NAME`)"},
	{"servers cut short get no second turn", "pool.go",
		"p.cuts++",
		"if !broken(`NAME`) {\n\t\tp.cuts++\n\t}"},
	{"who leaves takes its neighbour's turn along", "pool.go",
		"} else if i < int(p.at) {",
		"} else if i < int(p.at) && !broken(`NAME`) {"},
	{"later passes cut servers short too", "race.go",
		"return m.passes == 0 && m.pool.anyUntried()",
		"return (m.passes == 0 || broken(`NAME`)) && m.pool.anyUntried()"},
	{"races too early", "race.go",
		"return m.lastDial + m.raceDelay, true",
		"if broken(`NAME`) {\n\t\treturn m.lastDial + m.raceDelay/4, true\n\t}\n\treturn m.lastDial + m.raceDelay, true"},
	{"races don't fade", "race.go",
		"min(m.passes, calmAfter)",
		"func() int32 {\n\t\tif broken(`NAME`) {\n\t\t\treturn 0\n\t\t}\n\t\treturn min(m.passes, calmAfter)\n\t}()"},
	{"losers of a race go on", "transitions.go",
		"acts = m.cancelAll(now, acts)\n\tm.state = Connected",
		"if !broken(`NAME`) {\n\t\tacts = m.cancelAll(now, acts)\n\t}\n\tm.state = Connected"},
	{"Close forgets the attempts", "transitions.go",
		"acts = m.cancelAll(now, acts)\n\tm.state = Closed",
		"if !broken(`NAME`) {\n\t\tacts = m.cancelAll(now, acts)\n\t}\n\tm.state = Closed"},
	{"a race goes on while the user chooses", "race.go",
		"!(m.policy.ChooseServer && m.state",
		"!(!broken(`NAME`) && m.policy.ChooseServer && m.state"},
	{"a forced reconnect isn't told as a disconnect", "transitions.go",
		"m.judge(now, true)",
		"if broken(`NAME`) {\n\t\t\tacts = acts[:len(acts)-1]\n\t\t}\n\t\tm.judge(now, true)"},
	{"epochs skip a number", "transitions.go",
		"m.epoch++",
		"m.epoch++\n\tif broken(`NAME`) && m.epoch == 3 {\n\t\tm.epoch++\n\t}"},
	{"a delay is forgotten", "machine.go",
		"case Waiting:\n\t\treturn m.waitUntil, true",
		"case Waiting:\n\t\treturn m.waitUntil, !broken(`NAME`) || m.passes < 3"},
	{"state changes aren't told", "machine.go",
		"if m.state == before {",
		"if m.state == before || broken(`NAME`) && m.state == Asking {"},
	{"passes aren't counted from one again", "transitions.go",
		"m.passes, m.bounded = 0, false",
		"m.bounded = false\n\tif !broken(`NAME`) {\n\t\tm.passes = 0\n\t}"},
	{"any auth error ends it", "pool.go",
		"if r.reason == reason {",
		"if r.reason == reason || broken(`NAME`) {"},
	{"a refusal counts though no wait preceded it", "pool.go",
		"if began < r.at+wait {",
		"if began < r.at+wait && !broken(`NAME`) {"},
	{"a server that refused is asked at once", "pool.go",
		"at: now, held: true}",
		"at: now, held: !broken(`NAME`)}"},
	{"nobody waits when all have refused", "transitions.go",
		"ok && !m.policy.ChooseServer {",
		"ok && !m.policy.ChooseServer && !broken(`NAME`) {"},
	{"the wait for a server that refused has no jitter", "transitions.go",
		"free-now+m.random(m.jitter())",
		"free-now+func() time.Duration {\n\t\tif broken(`NAME`) {\n\t\t\treturn m.policy.ReconnectWait\n\t\t}\n\t\treturn m.random(m.jitter())\n\t}()"},
	{"a forced reconnect waits for a server that refused", "transitions.go",
		"case Waiting:\n\t\tm.pool.release()",
		"case Waiting:\n\t\tif !broken(`NAME`) {\n\t\t\tm.pool.release()\n\t\t}"},
	{"an early hang-up isn't held against a server", "transitions.go",
		"if m.soon(now) ||",
		"if m.soon(now) && !broken(`NAME`) ||"},
	{"discovered servers come last", "order.go",
		"return rankDiscovered",
		"if broken(`NAME`) {\n\t\treturn rankHopeless\n\t}\n\treturn rankDiscovered"},
	{"those that never answered stay last for ever", "order.go",
		"(s.given || s.worked || flapping)",
		"(s.given || s.worked || flapping && !broken(`NAME`))"},
	{"who failed last may come first", "order.go",
		"return cmp.Compare(a.lastFailed, b.lastFailed)",
		"if broken(`NAME`) {\n\t\t\treturn cmp.Compare(b.lastFailed, a.lastFailed)\n\t\t}\n\t\treturn cmp.Compare(a.lastFailed, b.lastFailed)"},
	{"races while connections keep ending soon", "race.go",
		"!m.flapping() &&",
		"(!m.flapping() || broken(`NAME`)) &&"},
	{"no deadline for a race", "race.go",
		"if m.flying < maxAttempts && m.pool.next() == nil {",
		"if m.flying < maxAttempts && (m.pool.next() == nil || broken(`NAME`)) {"},
	{"what the user chose is passed over", "transitions.go",
		"if s := m.pool.find(m.chosen); s != nil {",
		"if s := m.pool.find(m.chosen); s != nil && !broken(`NAME`) {"},
}

// movingMutations break a move to another server.
var movingMutations = []mutation{
	{"a move leads to the server that is left", "migrate.go",
		"if s != nil && s.url == m.url {",
		"if s != nil && s.url == m.url && !broken(`NAME`) {"},
	{"a lame duck of an earlier epoch makes it move", "migrate.go",
		"case ev.Epoch != m.epoch:\n\t\treturn acts\n\tcase m.moving(finishing)",
		"case ev.Epoch != m.epoch && !broken(`NAME`):\n\t\treturn acts\n\tcase m.moving(finishing)"},
	{"who wasn't told to leaves a lame duck", "migrate.go",
		"|| !m.policy.Migrate ||",
		"|| !m.policy.Migrate && !broken(`NAME`) ||"},
	{"who doesn't reconnect leaves a lame duck", "migrate.go",
		"|| !m.policy.AllowReconnect || m.policy.ChooseServer:",
		"|| !m.policy.AllowReconnect && !broken(`NAME`) || m.policy.ChooseServer:"},
	{"moves use the whole grace", "migrate.go",
		"m.random(2*grace/spreadOver)",
		"m.random(2*grace/spreadOver*func() time.Duration {\n\t\tif broken(`NAME`) {\n\t\t\treturn 2\n\t\t}\n\t\treturn 1\n\t}())"},
	{"what was prepared is left behind", "migrate.go",
		"if v.phase == overlapping {",
		"if v.phase == overlapping && !broken(`NAME`) {"},
	{"attempts of a move are left behind", "migrate.go",
		"acts = m.cancelAll(now, acts)\n\treturn append(acts, Action{Kind: TellMigrationFailed",
		"if !broken(`NAME`) {\n\t\tacts = m.cancelAll(now, acts)\n\t}\n\treturn append(acts, Action{Kind: TellMigrationFailed"},
	{"a prepared link rescues nobody", "transitions.go",
		"if m.moving(overlapping) && m.policy.AllowReconnect {",
		"if m.moving(overlapping) && m.policy.AllowReconnect && !broken(`NAME`) {"},
	{"the old link is never dropped", "migrate.go",
		"Action{Kind: Drop, Epoch: v.old, URL: v.oldURL},\n\t\tAction{Kind: TellMigrated, Epoch: m.epoch, URL: m.url, Took: now - v.began})",
		"Action{Kind: Drop, Epoch: v.old, URL: v.oldURL},\n\t\tAction{Kind: TellMigrated, Epoch: m.epoch, URL: m.url, Took: now - v.began})\n\tif broken(`NAME`) {\n\t\tacts = append(acts[:len(acts)-2], acts[len(acts)-1])\n\t}"},
	{"a late Ready counts", "migrate.go",
		"if !m.moving(overlapping) || ev.Attempt != m.move.attempt {\n\t\treturn acts\n\t}\n\tv := m.move",
		"if !m.moving(overlapping) || ev.Attempt != m.move.attempt && !broken(`NAME`) {\n\t\treturn acts\n\t}\n\tv := m.move"},
	{"a late NotReady counts", "migrate.go",
		"if !m.moving(overlapping) || ev.Attempt != m.move.attempt {\n\t\treturn acts\n\t}\n\treturn m.unready",
		"if !m.moving(overlapping) || ev.Attempt != m.move.attempt && !broken(`NAME`) {\n\t\treturn acts\n\t}\n\treturn m.unready"},
	{"another link's end finishes a move", "migrate.go",
		"if !m.moving(finishing) || ev.Epoch != m.move.old {",
		"if !m.moving(finishing) || ev.Epoch != m.move.old && !broken(`NAME`) {"},
	{"the old link's end is taken for the connection's", "transitions.go",
		"if m.moving(finishing) && ev.Epoch == m.move.old {",
		"if m.moving(finishing) && ev.Epoch == m.move.old && !broken(`NAME`) {"},
	{"an attempt of a move counts as one of a reconnect", "transitions.go",
		"if m.state == Connected {\n\t\treturn m.moveFailed",
		"if m.state == Connected && !(broken(`NAME`) && f.Kind == Auth) {\n\t\treturn m.moveFailed"},
	{"an overlap may last for ever", "migrate.go",
		"overlapping, now+overlapWithin",
		"overlapping, now+overlapWithin+func() time.Duration {\n\t\tif broken(`NAME`) {\n\t\t\treturn time.Hour\n\t\t}\n\t\treturn 0\n\t}()"},
	{"the old link may last for ever", "migrate.go",
		"finishing, now+finishWithin",
		"finishing, now+finishWithin+func() time.Duration {\n\t\tif broken(`NAME`) {\n\t\t\treturn time.Hour\n\t\t}\n\t\treturn 0\n\t}()"},
	{"moves are begun after the grace", "migrate.go",
		"case now >= v.until:",
		"case now >= v.until && !broken(`NAME`):"},
	{"no rest between a move's passes", "migrate.go",
		"v.at = min(now+rest/2+m.random(rest), v.until)",
		"v.at = min(now+rest/2+m.random(rest), v.until)\n\tif broken(`NAME`) {\n\t\tv.at = now\n\t}"},
	{"who asks for a move that can't be keeps the connection at a lame duck", "migrate.go",
		"if !v.duck {\n",
		"if !v.duck || broken(`NAME`) {\n"},
	{"a forced reconnect forgets the move", "transitions.go",
		"acts = m.stay(now, ErrForced, acts)",
		"if !broken(`NAME`) {\n\t\t\tacts = m.stay(now, ErrForced, acts)\n\t\t}"},
	{"Close forgets the move", "transitions.go",
		"acts = m.stay(now, ErrClosed, acts)",
		"if !broken(`NAME`) {\n\t\tacts = m.stay(now, ErrClosed, acts)\n\t}"},
	{"a loss forgets the move", "transitions.go",
		"acts = m.stay(now, ErrEndedMeanwhile, acts)",
		"if !broken(`NAME`) {\n\t\tacts = m.stay(now, ErrEndedMeanwhile, acts)\n\t}"},
	{"a lame duck is moved to", "migrate.go",
		"if m.moving(overlapping) && ev.Attempt == m.move.attempt {",
		"if m.moving(overlapping) && ev.Attempt == m.move.attempt && !broken(`NAME`) {"},
	{"the new server's lame duck is forgotten", "migrate.go",
		"m.move.again, m.move.grace = true, grace",
		"m.move.again, m.move.grace = !broken(`NAME`), grace"},
	{"a link to a server that left the pool is used", "migrate.go",
		"case m.moving(overlapping) && m.pool.find(m.move.url) == nil:",
		"case m.moving(overlapping) && m.pool.find(m.move.url) == nil && !broken(`NAME`):"},
	{"a move that was stopped goes on", "migrate.go",
		"return m.stay(now, ev.Failure.Err, acts)",
		"if broken(`NAME`) {\n\t\treturn acts\n\t}\n\treturn m.stay(now, ev.Failure.Err, acts)"},
	{"nobody learns that there is nothing to move from", "migrate.go",
		"return append(acts, Action{Kind: TellMigrationFailed, Epoch: m.epoch, URL: m.url, Err: ErrNotConnected})",
		"if broken(`NAME`) {\n\t\t\treturn acts\n\t\t}\n\t\treturn append(acts, Action{Kind: TellMigrationFailed, Epoch: m.epoch, URL: m.url, Err: ErrNotConnected})"},
	{"a move has no epoch of its own", "migrate.go",
		"m.epoch++",
		"if !broken(`NAME`) {\n\t\tm.epoch++\n\t}"},
	{"a move doesn't show what the new server knows", "migrate.go",
		"Action{Kind: Switch, Attempt: v.attempt, Epoch: m.epoch, URL: v.url})\n\treturn m.advertise",
		"Action{Kind: Switch, Attempt: v.attempt, Epoch: m.epoch, URL: v.url})\n\tif broken(`NAME`) {\n\t\treturn acts\n\t}\n\treturn m.advertise"},
}

// TestMutations breaks the machine in many ways and demands that TestSeeds finds
// each within 1,000 seeds, or the tests of spread_test.go do.
func TestMutations(t *testing.T) {
	dir := t.TempDir()
	binary := buildMutants(t, dir)
	run := func(name, tests string) (string, error) {
		cmd := exec.Command(binary, "-test.run="+tests, "-seeds=1000")
		cmd.Env = append(os.Environ(), "EVERNATS_BROKEN="+name)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const seeds, crowds = "^TestSeeds$", "^(TestKickedClientsSpread|TestClients)"
	if out, err := run("", seeds+"|"+crowds); err != nil {
		t.Fatalf("with nothing broken: %v\n%s", err, out)
	}
	for _, m := range slices.Concat(mutations, movingMutations) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			out, err := run(m.name, seeds)
			if err == nil {
				t.Fatal("not found in 1,000 seeds")
			}
			if !strings.Contains(out, "replay it with") {
				t.Fatalf("ended by something else: %v\n%s", err, out)
			}
		})
	}
	for _, m := range spreading {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			out, err := run(m.name, crowds)
			if err == nil {
				t.Fatal("not found in the crowd")
			}
			if !strings.Contains(out, "--- FAIL: TestKickedClientsSpread") && !strings.Contains(out, "--- FAIL: TestClients") {
				t.Fatalf("ended by something else: %v\n%s", err, out)
			}
		})
	}
}

// buildMutants builds this test with the mutations laid over the machine.
func buildMutants(t *testing.T, dir string) string {
	machine, err := filepath.Abs("../reconnect")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"broken.go": "package reconnect\n\nimport \"os\"\n\nvar brokenName = os.Getenv(\"EVERNATS_BROKEN\")\n\n" +
			"func broken(name string) bool { return name == brokenName }\n",
	}
	for _, m := range slices.Concat(mutations, movingMutations, spreading) {
		text, ok := texts[m.file]
		if !ok {
			b, err := os.ReadFile(filepath.Join(machine, m.file))
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		if n := strings.Count(text, m.old); n != 1 {
			t.Fatalf("%s: %q occurs %d times in %s", m.name, m.old, n, m.file)
		}
		texts[m.file] = strings.Replace(text, m.old, strings.ReplaceAll(m.new, "NAME", m.name), 1)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(machine, name)] = path
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
