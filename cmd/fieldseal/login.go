package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
)

func newLoginCmd() *cobra.Command {
	var n notaryFlags
	var name string
	var lasts time.Duration
	var page bool
	cmd := &cobra.Command{
		Use:   "login --notary URL (--name NAME | --page)",
		Short: "Sign in at a notary, for the commands that follow",
		Long: `Gets an access token and keeps it in your configuration folder, readable by you alone;
watch, evidence get and token then use it for this notary by themselves. With --name
the password is asked for here (a first password has to be changed); with --page you
sign in on the notary's page or at your organisation's provider, and let this command
in there. fieldseal logout revokes the token.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := keptFor(n.address)
			if err != nil {
				return err
			}
			ca := n.ca
			if ca == "" && exists(k.ca) {
				ca = k.ca
			}
			c, err := client.Dial(n.address, ca, "")
			if err != nil {
				return err
			}
			host, err := os.Hostname()
			if err != nil {
				host = "a machine without a name"
			}
			spec := accounts.TokenSpec{Label: "fieldseal login at " + host, Expires: time.Now().Add(lasts).UnixMicro()}
			var out client.NewToken
			if page {
				out, err = byPage(cmd.Context(), c, spec, cmd.ErrOrStderr())
			} else {
				p := &prompt{in: cmd.InOrStdin(), out: cmd.ErrOrStderr()}
				out, err = byPassword(cmd.Context(), c, name, spec, p)
			}
			if err != nil {
				return err
			}
			if err := keep(k.token, []byte(out.Token+"\n")); err != nil {
				return fmt.Errorf("keep the token: %w", err)
			}
			if n.ca != "" {
				raw, err := os.ReadFile(n.ca)
				if err == nil {
					err = keep(k.ca, raw)
				}
				if err != nil {
					return fmt.Errorf("keep the CA's certificate: %w", err)
				}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), `Signed in as %s until %s.
The token is kept in %s

Next: fieldseal watch --notary %s
`, out.Account, time.UnixMicro(out.Expires).Local().Format("2006-01-02 15:04 MST"), k.token, quote(n.address))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&n.address, "notary", "", "address of the notary, https://HOST:7411")
	f.StringVar(&n.ca, "ca", "", "certificate of the notary's CA (ca.pem of its data folder); it is kept for the commands that follow")
	f.StringVar(&name, "name", "", "your account; its password is asked for here")
	f.BoolVar(&page, "page", false, "sign in on the notary's page instead")
	f.DurationVar(&lasts, "lasts", 30*24*time.Hour, "how long the token lasts")
	if err := cmd.MarkFlagRequired("notary"); err != nil {
		panic(err) // the flag is in the lines above
	}
	cmd.MarkFlagsOneRequired("name", "page")
	cmd.MarkFlagsMutuallyExclusive("name", "page")
	return cmd
}

// prompt asks a person, or reads lines where there is none.
type prompt struct {
	in    io.Reader
	out   io.Writer
	lines *bufio.Reader
}

// password asks for one without showing it.
func (p *prompt) password(what string) (string, error) {
	fmt.Fprintf(p.out, "%s: ", what)
	if f, ok := p.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(p.out)
		return string(b), err
	}
	if p.lines == nil {
		p.lines = bufio.NewReader(io.LimitReader(p.in, 64<<10))
	}
	line, err := p.lines.ReadString('\n')
	fmt.Fprintln(p.out)
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("no password to read: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func byPassword(ctx context.Context, c *client.Client, name string, spec accounts.TokenSpec, p *prompt) (out client.NewToken, err error) {
	password, err := p.password("Password of " + name)
	if err != nil {
		return out, err
	}
	// A session shows whether the password must be changed; it ends with this command.
	jar, err := cookiejar.New(nil)
	if err != nil {
		return out, err
	}
	c = c.WithJar(jar)
	var me client.Me
	if err := c.JSON(ctx, http.MethodPost, client.SessionPath, client.SignIn{Name: name, Password: password}, &me); err != nil {
		return out, err
	}
	c = c.WithHeader("X-CSRF-Token", me.CSRF)
	if me.MustChange {
		if err := changeFirst(ctx, c, password, p); err != nil {
			return out, err
		}
	}
	err = c.JSON(ctx, http.MethodPost, client.TokensPath, spec, &out)
	_, _, bye := c.Ask(ctx, http.MethodDelete, client.SessionPath, nil, 64<<10)
	return out, errors.Join(err, bye)
}

func changeFirst(ctx context.Context, c *client.Client, old string, p *prompt) error {
	fmt.Fprintf(p.out, "The operator has set this password: choose your own, of at least %d characters.\n", accounts.MinPassword)
	fresh, err := p.password("New password")
	if err != nil {
		return err
	}
	again, err := p.password("New password again")
	if err != nil {
		return err
	}
	if fresh != again {
		return errors.New("the two passwords differ; run fieldseal login again")
	}
	var me client.Me
	return c.JSON(ctx, http.MethodPost, client.PasswordPath, client.Password{Old: old, New: fresh}, &me)
}

// byPage waits until somebody lets this command in.
func byPage(ctx context.Context, c *client.Client, spec accounts.TokenSpec, out io.Writer) (t client.NewToken, err error) {
	var d client.Device
	if err := c.JSON(ctx, http.MethodPost, client.DevicePath, spec, &d); err != nil {
		return t, err
	}
	fmt.Fprintf(out, "Open this address in a browser, sign in, and let in the command with code %s:\n\n  %s%s\n\nWaiting…\n", d.Code, c.Base(), d.Path)
	every := time.NewTicker(time.Duration(max(d.Interval, 1)) * time.Second)
	defer every.Stop()
	end := time.NewTimer(time.Until(time.UnixMicro(d.Until)))
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return t, ctx.Err()
		case <-end.C:
			return t, fmt.Errorf("nobody let code %s in; run fieldseal login again", d.Code)
		case <-every.C:
		}
		err := c.JSON(ctx, http.MethodPost, client.DevicePath+"/token", client.DeviceAsks{Device: d.Device}, &t)
		if err != nil || t.Token != "" {
			return t, err
		}
	}
}

func newLogoutCmd() *cobra.Command {
	var n notaryFlags
	cmd := &cobra.Command{
		Use:   "logout --notary URL",
		Short: "Revoke the token that fieldseal login has kept, and forget it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := keptFor(n.address)
			if err != nil {
				return err
			}
			if !exists(k.token) {
				return fmt.Errorf("no token is kept for %s", n.address)
			}
			c, err := n.dial()
			if err != nil {
				return err
			}
			id, err := tokenID(k.token)
			if err != nil {
				return err
			}
			if _, _, err := c.Ask(cmd.Context(), http.MethodDelete, client.TokensPath+"/"+id, nil, 64<<10); err != nil {
				var refused *client.Problem
				if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
					return err
				}
				// It had ended already.
			}
			if err := os.Remove(k.token); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "Signed out; the token is revoked.")
			return err
		},
	}
	n.add(cmd, true)
	return cmd
}

// tokenID is the public part of a kept token.
func tokenID(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	parts := strings.Split(strings.TrimSpace(string(raw)), "_")
	if len(parts) != 3 {
		return "", fmt.Errorf("%s holds no access token", path)
	}
	return parts[1], nil
}
