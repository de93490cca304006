package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"rsc.io/qr"

	"fieldseal/evidence/file"
)

// edge is the blank edge that readers of codes need, in modules (ISO/IEC 18004).
const edge = 4

func newEvidenceCodeCmd() *cobra.Command {
	var desk, out string
	var force bool
	cmd := &cobra.Command{
		Use:   "code --desk URL FILE",
		Short: "Print the code of an evidence file, to be scanned at an inspector's desk",
		Long: `Prints a QR code that names an evidence file by its SHA-256: an address of the
inspector's desk with the digest behind the #, which browsers send to no server.
Whoever scans it at a desk learns, without network, whether the file they hold is
this one to the last byte. The code proves nothing by itself.

With -o FILE.svg the code is written as a picture for the printed sheet.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := deskAddress(desk)
			if err != nil {
				return err
			}
			text, err := readBounded(args[0], file.MaxFile)
			if err != nil {
				return err
			}
			if _, err := file.Parse(text); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			address := fmt.Sprintf("%s#sha256=%x", base, sha256.Sum256(text))
			code, err := qr.Encode(address, qr.M)
			if err != nil {
				return fmt.Errorf("--desk: the address is too long for a code: %w", err)
			}
			if out != "" {
				if err := writeWhole(out, drawn(code, address), force); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", out, address)
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", blocks(code), address)
			return err
		},
	}
	cmd.Flags().StringVar(&desk, "desk", "", "address of the desk, https://HOST:7411/desk")
	cmd.Flags().StringVarP(&out, "out", "o", "", "SVG file to write instead of printing")
	cmd.Flags().BoolVar(&force, "force", false, "write over a file that is there")
	if err := cmd.MarkFlagRequired("desk"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

// deskAddress checks the address that codes name.
func deskAddress(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return "", fmt.Errorf("--desk %q is not an address such as https://notary.example:7411/desk", s)
	}
	if u.Fragment != "" || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("--desk %q: leave out what stands before the host, and behind ? and #", s)
	}
	return u.String(), nil
}

// dark tells whether a module is dark; outside the code it is not.
func dark(c *qr.Code, x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.Black(x, y)
}

// blocks draws a code for a terminal, two modules a character. Its own colours, dark
// on light, are asked for, since many a reader takes no light code on dark ground.
func blocks(c *qr.Code) string {
	var b strings.Builder
	for y := -edge; y < c.Size+edge; y += 2 {
		b.WriteString("\x1b[30;107m")
		for x := -edge; x < c.Size+edge; x++ {
			switch {
			case dark(c, x, y) && dark(c, x, y+1):
				b.WriteRune('█')
			case dark(c, x, y):
				b.WriteRune('▀')
			case dark(c, x, y+1):
				b.WriteRune('▄')
			default:
				b.WriteRune(' ')
			}
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String()
}

// drawn writes a code as SVG, one unit a module.
func drawn(c *qr.Code, title string) []byte {
	var b bytes.Buffer
	size := c.Size + 2*edge
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="40mm" height="40mm" shape-rendering="crispEdges">`+"\n<title>%s</title>\n", size, size, escaped(title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n"+`<path fill="#000" d="`, size, size)
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+edge, y+edge)
			}
		}
	}
	b.WriteString("\"/>\n</svg>\n")
	return b.Bytes()
}

func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
