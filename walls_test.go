package nats_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The walls between the packages, as docs/architecture.md draws them. They are
// checked on the source of every file, for whatever system it is built.

const module = "github.com/evernats/nats"

// wall says what the code of some directories must not do.
type wall struct {
	name   string
	dirs   []string // with all below them
	except []string // of these, with all below them
	tests  bool     // holds for _test.go files too
	allows func(imported string) bool
	// names that may be used of a package that may be imported; nil: all
	uses        map[string]func(name string) bool
	noGoroutine bool
}

var (
	pure  = []string{"internal/wire", "internal/reconnect", "internal/outbound", "internal/overlap", "internal/js/api", "internal/js/ingest", "internal/js/pull", "internal/js/push", "internal/js/window", "internal/js/kv", "internal/js/object", "internal/ring"}
	clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
)

var walls = []wall{
	{
		name: "an internal package doesn't know the public one", dirs: []string{"internal"}, except: []string{"internal/behaviour"},
		allows: func(p string) bool { return p != module },
	},
	{
		name: "the public package doesn't know what is built on it", dirs: []string{""},
		allows: func(p string) bool { return !within(p, module+"/micro", module+"/health", module+"/otelnats") },
	},
	{
		name: "the protocol, the machine and the buffer don't touch the world", dirs: pure,
		allows: func(p string) bool {
			return !within(p, "net", "os", "context", "crypto/rand", "log", "io/ioutil", "syscall", "runtime", "testing", "unique")
		},
		uses: map[string]func(string) bool{
			"time":         func(name string) bool { return !slices.Contains(clock, name) },
			"sync":         func(name string) bool { return name == "Pool" },
			"math/rand":    func(string) bool { return false },
			"math/rand/v2": givenSource,
		},
		noGoroutine: true,
	},
	{
		// It may use all cores: what it computes doesn't depend on how many.
		name: "the simulator's time and chance are its own", dirs: []string{"internal/sim"},
		allows: func(p string) bool {
			return !within(p, "net", "os", "context", "crypto/rand", "log", "io/ioutil", "syscall", "testing", "unique")
		},
		uses: map[string]func(string) bool{
			"time":         func(name string) bool { return !slices.Contains(clock, name) },
			"math/rand":    func(string) bool { return false },
			"math/rand/v2": givenSource,
		},
	},
	{
		name: "the protocol stands alone", dirs: []string{"internal/wire"},
		allows: func(p string) bool { return !within(p, module) },
	},
	{
		name: "the machine stands alone", dirs: []string{"internal/reconnect"},
		allows: func(p string) bool { return !within(p, module) },
	},
	{
		name: "the buffer knows the protocol's frames and nothing else", dirs: []string{"internal/outbound"},
		allows: func(p string) bool { return !within(p, module) || p == module+"/internal/wire" },
	},
	{
		name: "the overlap of two links stands alone", dirs: []string{"internal/overlap"},
		allows: func(p string) bool { return !within(p, module) },
	},
	{
		name: "JetStream's machines know its texts and nothing else", dirs: []string{"internal/js/api", "internal/js/ingest", "internal/js/pull", "internal/js/push", "internal/js/window", "internal/js/kv", "internal/js/object"},
		allows: func(p string) bool { return !within(p, module) || p == module+"/internal/js/api" },
	},
	{
		name: "JetStream's face knows its machines, and of the connection its port and frames", dirs: []string{"jetstream"}, except: []string{"jetstream/jetstreamext"},
		allows: func(p string) bool {
			return !within(p, module) || p == module || within(p, module+"/internal/js") || p == module+"/internal/wire"
		},
	},
	{
		name: "what is beside JetStream's interfaces knows them, and its machine, the port and frames", dirs: []string{"jetstream/jetstreamext"},
		allows: func(p string) bool {
			return !within(p, module) || p == module || p == module+"/jetstream" || slices.Contains([]string{
				"/internal/js/api", "/internal/js/alarm", "/internal/js/ingest", "/internal/js/port", "/internal/wire",
			}, strings.TrimPrefix(p, module))
		},
	},
	{
		name: "what both faces of object stores do knows the machine, the port and frames, and no face", dirs: []string{"internal/js/objectstore"},
		allows: func(p string) bool {
			return !within(p, module) || within(p, module+"/internal/js/alarm", module+"/internal/js/api", module+"/internal/js/object", module+"/internal/js/port") || p == module+"/internal/wire"
		},
	},
	{
		name: "the port knows neither side", dirs: []string{"internal/js/port"},
		allows: func(p string) bool { return !within(p, module) },
	},
	{
		name: "the transport doesn't know the protocol", dirs: []string{"internal/transport"},
		allows: func(p string) bool { return !within(p, module) },
	},
	{
		name: "addresses stand alone", dirs: []string{"internal/address"},
		allows: func(p string) bool {
			return !within(p, module, "os", "context", "crypto", "log", "net/http", "syscall", "time")
		},
		uses: map[string]func(string) bool{
			"net": func(name string) bool { return slices.Contains([]string{"JoinHostPort", "ParseIP"}, name) },
		},
		noGoroutine: true,
	},
	{
		name: "credentials know the protocol's CONNECT and nothing else", dirs: []string{"internal/auth"},
		allows: func(p string) bool {
			if within(p, module) {
				return p == module+"/internal/wire"
			}
			return !within(p, "net", "context", "crypto/tls", "log", "sync", "syscall", "time")
		},
		noGoroutine: true,
	},
	{
		name: "a connection's life knows the machine, servers, credentials and the protocol, and not what goes over a link", dirs: []string{"internal/session"},
		allows: func(p string) bool {
			if within(p, module) {
				return slices.Contains([]string{"address", "auth", "reconnect", "ring", "transport", "wire"}, strings.TrimPrefix(p, module+"/internal/"))
			}
			return !within(p, "os/exec", "log")
		},
	},
	{
		name: "only credentials know nkeys", dirs: []string{"", "internal/address", "internal/session", "internal/transport", "internal/sim"},
		allows: func(p string) bool { return !within(p, "github.com/nats-io/nkeys") },
	},
	{
		name: "what leaves knows the buffer and the protocol's frames, and neither servers nor listeners", dirs: []string{"internal/send"},
		allows: func(p string) bool {
			if within(p, module) {
				return p == module+"/internal/outbound" || p == module+"/internal/wire"
			}
			return !within(p, "crypto", "log", "net/url", "net/http")
		},
		uses: map[string]func(string) bool{
			"net": func(name string) bool { return name == "Error" },
			"os":  func(name string) bool { return name == "ErrDeadlineExceeded" },
		},
	},
	{
		name: "who tells listeners in order knows neither connections nor the world", dirs: []string{"internal/notify"},
		allows: func(p string) bool { return !within(p, module, "net", "os", "context", "log", "syscall") },
	},
	{
		name: "what arrives is handed over without knowing from where, or to which types", dirs: []string{"internal/receive"},
		allows: func(p string) bool {
			if within(p, module) {
				return p == module+"/internal/wire" || p == module+"/internal/outbound" || p == module+"/internal/overlap"
			}
			return !within(p, "net", "os", "context", "crypto", "log", "syscall", "reflect")
		},
	},
	{
		name: "what moves a connection knows the steps and the protocol's frames, and of the connection its host", dirs: []string{"internal/handover"},
		allows: func(p string) bool {
			if within(p, module) {
				return p == module+"/internal/overlap" || p == module+"/internal/wire"
			}
			return !within(p, "net", "os", "context", "crypto", "log", "syscall")
		},
	},
	{
		name: "requests, drains and encoded values know their host and nothing else", dirs: []string{"internal/request", "internal/drain", "internal/encoded"},
		allows: func(p string) bool {
			return !within(p, module, "net", "os", "log", "syscall")
		},
	},
	{
		name: "what is remembered and how events read knows nobody", dirs: []string{"internal/ring", "internal/eventlog"},
		allows: func(p string) bool { return !within(p, module) },
	},
	{
		name: "the simulator is built on the machine alone", dirs: []string{"internal/sim"}, except: []string{"internal/sim/js"},
		allows: func(p string) bool { return !within(p, module) || p == module+"/internal/reconnect" },
	},
	{
		name: "JetStream's simulator is built on its machines alone", dirs: []string{"internal/sim/js"},
		allows: func(p string) bool {
			return !within(p, module) || within(p, module+"/internal/js") && p != module+"/internal/js/port" && p != module+"/internal/js/alarm"
		},
	},
	{
		name: "services, probes and metrics know the public package alone", dirs: []string{"micro", "health", "otelnats"},
		except: []string{"otelnats/example"},
		allows: func(p string) bool { return !within(p, module) || p == module },
	},
	{
		name: "encoders know nothing of connections", dirs: []string{"encoders"},
		allows: func(p string) bool { return !within(p, module) },
	},
	{
		name: "what is for tests stays in tests", dirs: []string{"", "internal", "libdefaults", "natsgo", "cmd", "jetstream", "micro", "encoders", "health", "otelnats"},
		except: []string{"internal/behaviour"},
		allows: func(p string) bool { return !within(p, module+"/internal/natstest", module+"/internal/behaviour") },
	},
	{
		// They see what a program sees, and a server.
		name: "behaviour is tested from outside", dirs: []string{"internal/behaviour"}, tests: true,
		allows: func(p string) bool {
			return !within(p, module) || p == module || within(p, module+"/encoders", module+"/internal/natstest", module+"/internal/behaviour/support")
		},
	},
	{
		name: "what hands on does nothing else", dirs: []string{"natsgo"},
		allows: func(p string) bool {
			return !within(p, module) || slices.Contains(handedOn, p) || p == module+"/libdefaults"
		},
		noGoroutine: true,
	},
	{
		name: "JetStream is handed on from the package of JetStream", dirs: []string{"natsgo/jetstream"},
		allows: func(p string) bool { return !within(p, module) || p == module || p == module+"/jetstream" },
	},
	{
		name: "services are handed on from the package of services", dirs: []string{"natsgo/micro"},
		allows: func(p string) bool { return !within(p, module) || p == module || p == module+"/micro" },
	},
	{
		name: "encoders are handed on from their package", dirs: []string{"natsgo/encoders"},
		allows: func(p string) bool { return !within(p, module) || p == module+"/encoders/builtin" },
	},
	{
		name: "the library brings three dependencies", dirs: []string{"", "internal", "libdefaults", "jetstream", "micro", "encoders", "health"}, tests: true,
		allows: func(p string) bool {
			return !strings.Contains(strings.Split(p, "/")[0], ".") || within(p, module) || slices.Contains(dependencies, modulePath(p))
		},
	},
}

// handedOn are the packages whose names the module natsgo hands on.
var handedOn = []string{module, module + "/jetstream", module + "/micro", module + "/encoders/builtin"}

// dependencies are the modules that the library may require.
var dependencies = []string{"github.com/coder/websocket", "github.com/nats-io/nkeys", "github.com/nats-io/nuid"}

// givenSource allows a source of chance that was given, not the global one.
func givenSource(name string) bool {
	return slices.Contains([]string{"New", "NewPCG", "NewChaCha8", "Rand", "PCG", "ChaCha8", "Source"}, name)
}

func within(p string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return p == root || strings.HasPrefix(p, root+"/") })
}

// modulePath is what an import path on GitHub has in common with its module's.
func modulePath(p string) string {
	parts := strings.SplitN(p, "/", 4)
	return path.Join(parts[:min(3, len(parts))]...)
}

func (w *wall) covers(dir string, isTest bool) bool {
	if isTest && !w.tests {
		return false
	}
	return !within(dir, w.except...) &&
		slices.ContainsFunc(w.dirs, func(d string) bool { return dir == d || d != "" && within(dir, d) })
}

// breaches lists what a file does that the wall forbids.
func (w *wall) breaches(f *ast.File) []string {
	var found []string
	local := make(map[string]string) // name in this file → import path
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return []string{err.Error()}
		}
		if w.allows != nil && !w.allows(p) {
			found = append(found, "imports "+p)
		}
		name := path.Base(p)
		if name == "v2" {
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		local[name] = p
		if may := w.uses[p]; may != nil && name == "." {
			found = append(found, "imports "+p+" with a dot")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if w.noGoroutine {
				found = append(found, "starts a goroutine")
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				break
			}
			if may := w.uses[local[x.Name]]; may != nil && !may(n.Sel.Name) {
				found = append(found, "uses "+local[x.Name]+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestWalls(t *testing.T) {
	held := make(map[string]int)
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "testdata" || name != "." && strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(file))
		if dir == "." {
			dir = ""
		}
		for i := range walls {
			w := &walls[i]
			if !w.covers(dir, strings.HasSuffix(file, "_test.go")) {
				continue
			}
			held[w.name]++
			for _, b := range w.breaches(f) {
				t.Errorf("%s: %s. The wall: %s", file, b, w.name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range walls {
		if held[w.name] == 0 {
			t.Errorf("no file stands behind this wall; was a directory renamed? %s", w.name)
		}
	}
}

// floors are the rooms of the library from the top down. A room imports rooms of floors
// below its own, and none of its own floor: what it needs of one is an interface.
var floors = [][]string{
	{""},
	{"internal/session", "internal/send", "internal/receive", "internal/notify", "internal/request", "internal/drain", "internal/handover", "internal/encoded", "internal/js/port"},
	{"internal/address", "internal/auth", "internal/reconnect", "internal/outbound", "internal/transport", "internal/overlap"},
	{"internal/wire"},
}

func floorOf(dir string) int {
	return slices.IndexFunc(floors, func(rooms []string) bool { return slices.Contains(rooms, dir) })
}

// Imports run down only, and no test of a room needs the root: its tests pass when the
// root's files are deleted.
func TestImportsRunDown(t *testing.T) {
	for floor, rooms := range floors {
		for _, room := range rooms {
			files, err := filepath.Glob(path.Join(room, "*.go"))
			if err != nil || len(files) == 0 {
				t.Errorf("%q has no files: %v", room, err)
			}
			for _, file := range files {
				f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
				if err != nil {
					t.Fatal(err)
				}
				isTest := strings.HasSuffix(file, "_test.go")
				for _, spec := range f.Imports {
					p, _ := strconv.Unquote(spec.Path.Value)
					switch to := floorOf(strings.TrimPrefix(p, module+"/")); {
					case p == module && room != "":
						t.Errorf("%s imports the root", file)
					case to >= 0 && to <= floor && !isTest:
						t.Errorf("%s imports %s, which isn't below it", file, p)
					}
				}
			}
		}
	}
}

// The root joins the rooms: it starts no goroutine, and no value of its keeps a timer or
// a socket. The older JetStream API (js_*.go) has its own.
func TestRootHoldsNothing(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "js_") && file != "js_port.go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range held(f) {
			t.Errorf("%s %s", file, what)
		}
	}
}

// held lists the goroutines that a file starts, and the timers and sockets that its
// types keep.
func held(f *ast.File) (found []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, "starts a goroutine")
		case *ast.StructType:
			for _, field := range n.Fields.List {
				if _, isFunc := field.Type.(*ast.FuncType); isFunc {
					continue
				}
				ast.Inspect(field.Type, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						if x, ok := s.X.(*ast.Ident); ok && slices.Contains([]string{"time.Timer", "time.Ticker", "net.Conn"}, x.Name+"."+s.Sel.Name) {
							found = append(found, "keeps a "+x.Name+"."+s.Sel.Name)
						}
					}
					return true
				})
			}
		}
		return true
	})
	return found
}

func TestHeldIsSeen(t *testing.T) {
	const source = `package x
import ("net"; "time")
type a struct { t *time.Timer; c []net.Conn; f func(net.Conn); d time.Duration }
func f() { go f() }
`
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := held(f), []string{"keeps a time.Timer", "keeps a net.Conn", "starts a goroutine"}; !slices.Equal(got, want) {
		t.Errorf("seen: %q, want %q", got, want)
	}
}

// A wall that sees nothing would keep nothing.
func TestWallsSeeBreaches(t *testing.T) {
	const source = `package x
import (
	r "math/rand/v2"
	"net/url"
	"sync"
	"time"
	"` + module + `"
)
var a, b, c, d = time.Now(), time.Second, r.IntN(3), r.New(nil)
var m sync.Mutex
func f() { go f() }
`
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]bool)
	for _, w := range walls {
		if w.covers("internal/wire", false) {
			for _, b := range w.breaches(f) {
				got[b] = true
			}
		}
	}
	want := []string{"imports " + module, "imports net/url", "starts a goroutine",
		"uses math/rand/v2.IntN", "uses sync.Mutex", "uses time.Now"}
	for _, b := range want {
		if !got[b] {
			t.Errorf("nobody saw that the file %s", b)
		}
		delete(got, b)
	}
	for b := range got {
		t.Errorf("a false alarm: the file %s", b)
	}
}

// The library's go.mod stays tiny: what a program takes in with the client.
func TestFewDependencies(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	inRequire := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch line {
		case "require (":
			inRequire = true
			continue
		case ")":
			inRequire = false
		}
		rest, single := strings.CutPrefix(line, "require ")
		if line != "" && (inRequire || single) && !strings.HasSuffix(line, "// indirect") {
			direct = append(direct, strings.Fields(rest)[0])
		}
	}
	slices.Sort(direct)
	if !slices.Equal(direct, dependencies) {
		t.Errorf("go.mod requires %v, allowed are %v", direct, dependencies)
	}
}
