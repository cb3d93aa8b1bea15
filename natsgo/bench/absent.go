// Package bench_is_not_in_evernats stands where nats.go has
// bench. What nats.go's benchmarks share isn't part of evernats.
//
// The path is there for go mod tidy, which wants every package that the tests of a
// build's libraries import. The package's name is what the compiler tells a
// program that uses it.
package bench_is_not_in_evernats
