// Package cluster runs a cluster of real nats-servers on 127.0.0.1, each in a
// child process of the calling program, so that a kill is a real SIGKILL and a
// pause a real SIGSTOP.
//
// The children are the calling binary itself, started once more with a hidden
// environment variable. That is why the first line of main, or of TestMain,
// must be
//
//	cluster.RunChildIfAsked()
//
// which never returns in a child. Start refuses to work without it, because a
// binary that doesn't look would run its whole main again in each child.
//
// No child outlives the program, however that ends: each holds the read end of
// a pipe whose other end closes with the parent, and what a stopped child can't
// notice by itself the kernel does (see process_unix.go).
//
// All methods may be called from several goroutines at once.
package cluster
