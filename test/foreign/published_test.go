package foreign

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/evernats/nats"
)

// version is what the next release of both modules is called.
const version = "v" + nats.Version

// publish puts a module of this repository into a module proxy in the file system,
// as its release would be there.
func publish(t *testing.T, proxy, path, dir string) {
	t.Helper()
	at := filepath.Join(proxy, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	info := fmt.Sprintf(`{"Version":%q}`, version)
	for name, text := range map[string]string{version + ".mod": string(mod), version + ".info": info, "list": version + "\n"} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(at, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := zip.CreateFromDir(f, module.Version{Path: path, Version: version}, dir); err != nil {
		t.Fatal(err)
	}
}

// The two lines that the documentation names switch a program once both modules
// are released at one version: nothing of this repository's own replacements is
// needed, and "latest" is what is written into the program's go.mod.
func TestAReleaseReplacesNatsGo(t *testing.T) {
	root := filepath.Join("..", "..")
	proxy, program, cache := t.TempDir(), t.TempDir(), t.TempDir()
	publish(t, proxy, "github.com/evernats/nats", root)
	publish(t, proxy, "github.com/evernats/nats/natsgo", filepath.Join(root, "natsgo"))

	// What else it needs this module has downloaded already.
	var env struct{ GOMODCACHE, GOPROXY string }
	out, err := command(t, "env", "-json", "GOMODCACHE", "GOPROXY").Output()
	if err == nil {
		err = json.Unmarshal(out, &env)
	}
	if err != nil {
		t.Fatal(err)
	}
	here := func(args ...string) string {
		t.Helper()
		cmd := command(t, args...)
		cmd.Dir = program
		cmd.Env = append(cmd.Env, "GOFLAGS=-mod=mod -modcacherw", "GOMODCACHE="+cache, "GONOSUMDB=*",
			"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(env.GOMODCACHE)+"/cache/download,"+env.GOPROXY)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
		}
		return string(out)
	}
	for name, text := range map[string]string{
		"go.mod": "module example.com/program\n\ngo 1.26.0\n\nrequire github.com/nats-io/nats.go v1.55.0\n",
		"main.go": `package main

import (
	"fmt"
	"reflect"

	ever "github.com/evernats/nats"
	"github.com/evernats/nats/libdefaults"
	"github.com/nats-io/nats.go"
)

func main() {
	var nc *nats.Conn = (*ever.Conn)(nil)
	fmt.Println(libdefaults.Set(ever.Resilient()), nats.GetDefaultOptions().MaxReconnect, nats.DefaultOptions.MaxReconnect)
	fmt.Println(reflect.TypeOf(nc).Elem().PkgPath())
}
`,
	} {
		if err := os.WriteFile(filepath.Join(program, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	here("mod", "edit", "-replace", "github.com/nats-io/nats.go=github.com/evernats/nats/natsgo@latest")
	here("mod", "tidy")
	if got, want := here("run", "."), "<nil> -1 -1\ngithub.com/evernats/nats\n"; got != want {
		t.Errorf("the program prints %q, want %q", got, want)
	}
	if mod, want := read(t, filepath.Join(program, "go.mod")), "natsgo "+version; !strings.Contains(mod, want) {
		t.Errorf("%q isn't in\n%s", want, mod)
	}
}
