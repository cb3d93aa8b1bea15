//go:build race

package jetstream

// raceDetector says that races are looked for.
const raceDetector = true
