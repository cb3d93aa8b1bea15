//go:build race

package receive

// raceDetector says that the race detector is built in: what was lent is overwritten
// then, so that it sees who still reads it.
const raceDetector = true
