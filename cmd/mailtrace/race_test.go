//go:build race

package main

// raceEnabled: the race detector multiplies memory and time, so nothing is measured.
const raceEnabled = true
