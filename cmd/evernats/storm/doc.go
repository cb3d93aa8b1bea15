// Package storm simulates what a fleet of clients does to its servers when they
// restart: the machine that decides in production, a million times over, on
// virtual time.
package storm
