package cluster

import "syscall"

// childAttributes: a process group of its own keeps the terminal's signals away.
// Should the parent die, the kernel kills the child, stopped or not.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
