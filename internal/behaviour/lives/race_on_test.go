//go:build race

package lives_test

const raceDetector = true
