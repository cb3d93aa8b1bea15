package cluster

import (
	"errors"
	"os"
	"syscall"
)

// childAttributes: a process group of its own keeps Ctrl-C away from the child.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

var errNoPause = errors.New("cluster: Windows can't pause a process")

func pause(*os.Process) error  { return errNoPause }
func resume(*os.Process) error { return errNoPause }
