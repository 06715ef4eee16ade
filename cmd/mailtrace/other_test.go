//go:build !unix

package main

import (
	"errors"
	"os"
)

func maxRSS(*os.ProcessState) int64 { return 0 }

func makeFIFO(string) error { return errors.ErrUnsupported }
