// Package support is what the tests of the library's behaviour share: connections
// that end with their test, a recorder of what handlers are told, bubbles of virtual
// time with servers in them, and waits that are bounded. It is for tests only.
package support
