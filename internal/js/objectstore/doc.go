// Package objectstore is what both faces of object stores do: package jetstream's, and that
// of the older API in the root. It joins the machines of package object with a connection
// and a stream, which it knows by the interface [Host], and returns the errors that the face
// gave it.
//
//   - A Put ([Store.Put]) brings chunks into the stream (upload.go), asks after trouble which
//     of them are there (verify.go), and only then announces the object. What it leaves when
//     it fails is removed (cleanup.go).
//   - A [Result] reads chunks from a [Source], which is a consumer of the face's that goes on
//     over another link by itself. Which chunk is the next, and when they are lost: next.go.
//   - What is said of objects, and links to them: info.go and link.go.
package objectstore
