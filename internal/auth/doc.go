// Package auth knows how the client proves who it is: it reads credentials files
// and nkey seeds, signs what a server wants signed, and makes what CONNECT carries.
//
// What it promises:
//
//   - Credentials are asked for anew for each CONNECT: files are read again, and so
//     are the program's callbacks called. New credentials count from the next
//     attempt on.
//   - A seed that was read is wiped from memory after each use, and so is the rest
//     of its file. Whoever gives bytes keeps them.
//   - Nothing that it says in an error has a secret in it, and what is no JWT isn't
//     sent as one.
//   - What a server's URL says of user, password or token comes before the options;
//     a token callback before both.
//
// Errors of Client.Connect are an *Error; what they are for programs is the caller's
// to say. Those of files and seeds are texts for people and wrap the system's.
//
// Callers are the root package: its options for credentials, and the handshake of
// an attempt. Nothing here has state or a lock. Callbacks come in as functions and
// are called on the caller's goroutine, one after the other; who calls for several
// attempts at once sees to it that they take turns. The package knows the protocol's
// CONNECT and nothing else of this module.
package auth
