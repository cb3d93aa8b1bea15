//go:build !race

package receive

// raceDetector says that the race detector is built in.
const raceDetector = false
