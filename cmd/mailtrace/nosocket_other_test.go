//go:build !linux

package main

func nosocket() {}
