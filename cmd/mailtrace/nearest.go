package main

import (
	"cmp"
	"slices"
	"strings"
)

// nearest gives the one or few of words that word may have been meant to be,
// best first; none when nothing comes near.
func nearest(word string, words []string) []string {
	const atMost = 3
	type guess struct {
		word     string
		distance int
	}
	word = strings.ToLower(word)
	if word == "" || len(word) > 100 {
		return nil
	}
	var guesses []guess
	for _, w := range words {
		d := distance(word, w)
		if len(word) >= 3 && strings.Contains(w, word) {
			d = 1 // A part of it was typed.
		}
		if d <= 1+len(w)/4 && d < len(w) {
			guesses = append(guesses, guess{w, d})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(a.distance, b.distance) })
	var near []string
	for _, g := range guesses {
		if len(near) < atMost && g.distance <= guesses[0].distance+1 {
			near = append(near, g.word)
		}
	}
	return near
}

// distance counts the bytes to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
