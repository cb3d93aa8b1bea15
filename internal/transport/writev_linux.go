package transport

import (
	"runtime"
	"syscall"
	"unsafe"
)

// writev writes the pieces, of which none is empty, in one system call, if they
// aren't too many.
func writev(fd int, pieces [][]byte) (n int, err error) {
	var space [16]syscall.Iovec // more are left for the next call
	vecs := space[:min(len(pieces), len(space))]
	for i := range vecs {
		vecs[i].Base = &pieces[i][0]
		vecs[i].SetLen(len(pieces[i]))
	}
	r, _, errno := syscall.Syscall(syscall.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&vecs[0])), uintptr(len(vecs)))
	runtime.KeepAlive(pieces)
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}
