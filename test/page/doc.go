// Package page holds the tests that open pages which evernats writes in a browser. They
// need Chromium, and so a build tag:
//
//	go test -tags browser ./test/page
package page
