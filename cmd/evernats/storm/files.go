package storm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// files are what a storm leaves behind. They are opened before it begins, so that
// a minute's work isn't lost to a mistyped path, and put in place when complete.
type files struct {
	list []*outFile
}

type outFile struct {
	path  string
	temp  *os.File // nil when path is written directly
	write func(w io.Writer, results []*Result) error
}

func (c *Command) openFiles() (*files, error) {
	var fs files
	for _, f := range []outFile{
		{path: c.CSV, write: writeCSV},
		{path: c.SVG, write: writeSVG},
		{path: c.PNG, write: writePNG},
		{path: c.HTML, write: writeHTML},
	} {
		if f.path == "" {
			continue
		}
		if err := f.open(); err != nil {
			fs.discard()
			return nil, err
		}
		fs.list = append(fs.list, &f)
	}
	return &fs, nil
}

func (f *outFile) open() error {
	info, err := os.Stat(f.path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("can't write %s: it is a directory", f.path)
	case err == nil && !info.Mode().IsRegular():
		return nil // a device or a pipe
	case err == nil:
		// Replacing needs no permission on the file itself, but who protected it
		// meant it.
		old, err := os.OpenFile(f.path, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("can't write %s: %w", f.path, err)
		}
		old.Close()
	}
	f.temp, err = os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*")
	if err != nil {
		return fmt.Errorf("can't write %s: %w", f.path, err)
	}
	return nil
}

// write fills every file and puts it in its place.
func (fs *files) write(results []*Result) error {
	var errs []error
	for _, f := range fs.list {
		if err := f.fill(results); err != nil {
			errs = append(errs, fmt.Errorf("can't write %s: %w", f.path, err))
		}
	}
	return errors.Join(errs...)
}

func (f *outFile) fill(results []*Result) error {
	if f.temp == nil {
		out, err := os.OpenFile(f.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer out.Close()
		return f.write(out, results)
	}
	defer f.discard()
	if err := f.write(f.temp, results); err != nil {
		return err
	}
	if err := f.temp.Chmod(0o644); err != nil {
		return err
	}
	if err := f.temp.Close(); err != nil {
		return err
	}
	return os.Rename(f.temp.Name(), f.path)
}

// discard removes what wasn't put in place.
func (fs *files) discard() {
	for _, f := range fs.list {
		f.discard()
	}
}

func (f *outFile) discard() {
	if f.temp == nil {
		return
	}
	f.temp.Close()
	os.Remove(f.temp.Name())
	f.temp = nil
}
