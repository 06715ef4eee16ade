package dns

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	systemConfig = "/etc/resolv.conf"

	// maxConfig bounds the file; it is written by hand or by DHCP.
	maxConfig = 64 << 10

	// Of resolv.conf(5): more servers are not asked, and the options have ceilings.
	maxServers  = 3
	maxTimeout  = 30 * time.Second
	maxAttempts = 5
)

// System is a Client that asks the servers that the programs of this computer ask.
func System() (*Client, error) {
	f, err := os.Open(systemConfig)
	if err != nil {
		return nil, fmt.Errorf("find the system's DNS servers: %w; name one with --resolver ADDRESS", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return nil, fmt.Errorf("find the system's DNS servers: %w; name one with --resolver ADDRESS", err)
	}
	return fromConfig(string(text)), nil
}

// fromConfig reads the text of a resolv.conf. "search", "domain" and ndots are passed
// over: the names that are asked here are absolute. What is not understood is too, as
// in other resolvers.
func fromConfig(text string) *Client {
	c := &Client{}
	for line := range strings.Lines(text) {
		if i := strings.IndexAny(line, "#;"); i >= 0 {
			line = line[:i]
		}
		word := strings.Fields(line)
		switch {
		case len(word) < 2:
		case word[0] == "nameserver" && len(c.Servers) < maxServers:
			if a, err := netip.ParseAddr(word[1]); err == nil {
				c.Servers = append(c.Servers, Server{Address: netip.AddrPortFrom(a, dnsPort)})
			}
		case word[0] == "options":
			c.setOptions(word[1:])
		}
	}
	if len(c.Servers) == 0 {
		// As glibc does.
		c.Servers = []Server{{Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), dnsPort)}}
	}
	return c
}

func (c *Client) setOptions(options []string) {
	for _, o := range options {
		name, value, _ := strings.Cut(o, ":")
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			continue
		}
		switch name {
		case "timeout":
			c.Timeout = min(time.Duration(min(n, 1000))*time.Second, maxTimeout)
		case "attempts":
			c.Attempts = min(n, maxAttempts)
		}
	}
}
