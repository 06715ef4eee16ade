// Package batch is about many reports: a mailbox, a folder of complaints, a night's
// spam trap.
//
// Work is done by several workers and comes out in the order of the input (Pool), a
// run that was killed goes on from its own output (Done), and what the reports say
// together is added up (Summary): who handed the messages over, what was found in
// them, and which of them share infrastructure.
//
// It reads reports and makes none. What it keeps of them is bounded, however many
// there are, and what a bound cut off is said.
package batch
