package examples

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	code = regexp.MustCompile("`([^`\n]+)`")
	// name finds what may be a name of the package: Publish, nc.Publish(),
	// AtLeastOnceLimit(n), Subscription.Pending.
	name = regexp.MustCompile(`^(?:nc\.|nats\.)?((?:[A-Z][A-Za-z]*\.)?[A-Z][A-Za-z]+)(?:\(.*\))?$`)
	// shouted are the protocol's words and the statuses.
	shouted = regexp.MustCompile(`^[A-Z_]+$`)
)

// TestDocuments checks that what the documents point at is there: files, and
// names of the package.
func TestDocuments(t *testing.T) {
	root := filepath.Join("..", "..")
	names := exportedNames(t, root)
	maps.Copy(names, exportedNames(t, filepath.Join(root, "micro")))
	maps.Copy(names, testNames(t, root))
	maps.Copy(names, exportedNames(t, filepath.Join(root, "jetstream")))
	maps.Copy(names, exportedNames(t, filepath.Join(root, "jetstream", "jetstreamext")))
	rooms, err := filepath.Glob(filepath.Join(root, "internal", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range rooms { // documents about what is inside name its parts
		if files, _ := filepath.Glob(filepath.Join(room, "*.go")); len(files) > 0 {
			maps.Copy(names, exportedNames(t, room))
		}
	}
	maps.Copy(names, exportedNames(t, filepath.Join(root, "otelnats")))
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md"} {
		documents = append(documents, filepath.Join(root, f))
	}
	links, mentioned := 0, 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), m[1])); err != nil {
				t.Errorf("%s points at %s: %v", document, m[1], err)
			}
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			n := name.FindStringSubmatch(m[1])
			if n == nil || shouted.MatchString(n[1]) {
				continue
			}
			mentioned++
			if !names[n[1]] {
				t.Errorf("%s speaks of %s, which the package doesn't have", document, m[1])
			}
		}
	}
	if links < 10 || mentioned < 100 {
		t.Errorf("found %d links and %d names: they are no longer recognised", links, mentioned)
	}
}

// testNames are the names of the tests: documents say which one keeps a promise.
func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	test := regexp.MustCompile(`(?m)^func (Test[A-Z]\w*)\(`)
	names := make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range test.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// exportedNames are the names of the package in dir: of declarations, and of
// methods and fields (an interface's methods, too), with and without the type's.
func exportedNames(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = true
				if d.Recv != nil {
					names[receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					addSpec(names, spec)
				}
			}
		}
	}
	return names
}

func receiver(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	switch generic := e.(type) {
	case *ast.IndexExpr:
		e = generic.X
	case *ast.IndexListExpr:
		e = generic.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func addSpec(names map[string]bool, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names[n.Name] = true
		}
	case *ast.TypeSpec:
		names[s.Name.Name] = true
		var fields *ast.FieldList
		switch t := s.Type.(type) {
		case *ast.StructType:
			fields = t.Fields
		case *ast.InterfaceType:
			fields = t.Methods
		default:
			return
		}
		for _, field := range fields.List {
			for _, n := range field.Names {
				names[n.Name] = true
				names[s.Name.Name+"."+n.Name] = true
			}
		}
	}
}
