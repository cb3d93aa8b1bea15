package cluster

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
)

// process is one life of a server.
type process struct {
	cmd  *exec.Cmd
	ctl  *control
	gone chan struct{} // closed when the process has ended and was waited for
}

// starter starts all children of a cluster from one operating system thread.
// Linux ties "end with your parent" to the thread that made the child, so that
// thread has to live as long as the children.
type starter struct {
	jobs chan func()
	once sync.Once
}

func newStarter() *starter {
	s := &starter{jobs: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

func (s *starter) start(cmd *exec.Cmd) error {
	done := make(chan error, 1)
	s.jobs <- func() { done <- cmd.Start() }
	return <-done
}

// close ends the thread; no child may be left.
func (s *starter) close() { s.once.Do(func() { close(s.jobs) }) }

// startProcess starts this binary once more, to be a server.
func startProcess(st *starter, log *logBuffer) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Stderr = log
	cmd.SysProcAttr = childAttributes()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := st.start(cmd); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, gone: make(chan struct{})}
	read := make(chan struct{})
	p.ctl = newControl(in, out, read)
	go func() {
		<-read // Wait closes the pipe, so all answers must have been read
		_ = cmd.Wait()
		close(p.gone)
	}()
	return p, nil
}

func (p *process) running() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}
