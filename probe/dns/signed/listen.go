package signed

import (
	"errors"
	"net"
)

// listenTries is how many ports are tried: of those that the system gives for TCP another
// program may hold the UDP port.
const listenTries = 10

// Listen listens for questions by TCP and by UDP at one port: that of the address, or, where
// it is 0, one that is free for both.
func Listen(address string) (net.Listener, net.PacketConn, error) {
	var all error
	for range listenTries {
		tcp, err := net.Listen("tcp", address)
		if err != nil {
			return nil, nil, err
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp, nil
		}
		all = errors.Join(all, err, tcp.Close())
		if tcp.Addr().String() == address {
			break
		}
	}
	return nil, nil, all
}
