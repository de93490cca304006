package service

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// Client speaks to the running notary of a folder through its socket: requests
// go to http://notary/… . While no notary runs there, every request is an error
// that wraps syscall.ECONNREFUSED or fs.ErrNotExist.
func (d Folder) Client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			// As in listenSocket: a long path goes through the folder's descriptor.
			dir, err := os.Open(string(d))
			if err != nil {
				return nil, fmt.Errorf("data folder: %w", err)
			}
			defer dir.Close()
			var n net.Dialer
			if c, err := n.DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), socketFile)); err == nil {
				return c, nil
			}
			return n.DialContext(ctx, "unix", d.path(socketFile))
		},
	}}
}
