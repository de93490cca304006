package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/service"
)

// running starts a notary until the test ends.
func running(t *testing.T) (s *service.Service, address, ca string) {
	t.Helper()
	dir := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	if _, err := service.Init(t.Context(), service.Folder(dir), service.InitOptions{Origin: "log.example/1", Now: time.Now(), Log: quiet}); err != nil {
		t.Fatal(err)
	}
	c := service.DefaultConfig()
	c.Listen.MQTT, c.Listen.HTTP = "127.0.0.1:0", "127.0.0.1:0"
	c.Accounts.LocalReader = false
	s, err := service.Open(t.Context(), service.Folder(dir), c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, "https://" + s.HTTPAddr.String(), filepath.Join(dir, "ca.pem")
}

// typed runs a command with lines typed in.
func typed(t *testing.T, lines string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(lines))
	root.SetOut(&out)
	root.SetErr(io.Discard)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestLoginKeepsATokenThatTheOtherCommandsUse(t *testing.T) {
	s, address, ca := running(t)
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	first, err := s.Accounts.Add(accounts.KeeperBy("test"), accounts.Spec{Name: "wang", Role: accounts.Inspector})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := typed(t, "", "token", "list", "--notary", address, "--ca", ca); err == nil || !strings.Contains(err.Error(), "fieldseal login") {
		t.Errorf("without a token: %v", err)
	}
	if _, err := typed(t, "guess\n", "login", "--notary", address, "--ca", ca, "--name", "wang"); err == nil || !strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}
	out, err := typed(t, first+"\ncorrect horse battery\ncorrect horse battery\n", "login", "--notary", address, "--ca", ca, "--name", "wang")
	if err != nil || !strings.Contains(out, "Signed in as wang") {
		t.Fatalf("%s, %v", out, err)
	}
	kept, err := filepath.Glob(filepath.Join(home, "fieldseal", "*.token"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	if info, err := os.Stat(kept[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	// The CA is known from the login.
	file := filepath.Join(t.TempDir(), "watch.token")
	if _, err := typed(t, "", "token", "new", "--notary", address, "--label", "x"); err == nil || !strings.Contains(err.Error(), "--may") {
		t.Errorf("a token for everything by oversight: %v", err)
	}
	if out, err = typed(t, "", "token", "new", "--notary", address, "--label", "wall screen", "--may", "reading:read", "--lasts", "30d", "-o", file); err != nil {
		t.Fatal(out, err)
	}
	id := regexp.MustCompile(`Token ([0-9a-f]{16})`).FindStringSubmatch(out)
	c, err := client.Dial(address, ca, file)
	if err != nil {
		t.Fatal(err)
	}
	var newest map[string]any
	if err := c.JSON(t.Context(), http.MethodGet, client.LatestPath, nil, &newest); err != nil {
		t.Errorf("the token reads nothing: %v", err)
	}
	if err := c.JSON(t.Context(), http.MethodGet, client.GatewaysPath, nil, &newest); err == nil {
		t.Error("the token does what it was not given")
	}
	if out, err = typed(t, "", "token", "list", "--notary", address); err != nil || !strings.Contains(out, "wall screen") || !strings.Contains(out, "fieldseal login at") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err = typed(t, "", "token", "revoke", id[1], "--notary", address); err != nil || !strings.Contains(out, "is revoked") {
		t.Errorf("%s, %v", out, err)
	}
	if err := c.JSON(t.Context(), http.MethodGet, client.LatestPath, nil, &newest); err == nil {
		t.Error("a revoked token reads")
	}
	// A key certified in one's name reads live values from the broker, and is no key
	// any more once the account is shut out.
	dir := filepath.Join(t.TempDir(), "reader")
	if out, err = typed(t, "", "certificate", "new", "--notary", address, "-o", dir); err != nil || !strings.Contains(out, "mosquitto_sub") {
		t.Fatalf("%s, %v", out, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "reader.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := subscribe(t, s.MQTTAddr.String(), dir); err != nil {
		t.Errorf("the certificate reads nothing: %v", err)
	}
	if err := s.Accounts.Assign(accounts.KeeperBy("test"), accounts.Spec{Name: "wang", Role: accounts.Public}); err != nil {
		t.Fatal(err)
	}
	if err := subscribe(t, s.MQTTAddr.String(), dir); err == nil {
		t.Error("the certificate of an account that may not read any more is taken")
	}
	if err := s.Accounts.Assign(accounts.KeeperBy("test"), accounts.Spec{Name: "wang", Role: accounts.Inspector}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	if out, err = typed(t, "", "logout", "--notary", address); err != nil {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := s.Accounts.ByToken(strings.TrimSpace(string(text)), ""); err == nil {
		t.Error("after logout the token is still good")
	}
	if _, err := os.Stat(kept[0]); !os.IsNotExist(err) {
		t.Errorf("after logout the token is still kept: %v", err)
	}
}

// subscribe reads live values with what certificate new wrote.
func subscribe(t *testing.T, broker, dir string) error {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "reader.pem"), filepath.Join(dir, "reader.key"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "notary-ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("ssl://" + broker).SetClientID("wang").SetProtocolVersion(4).SetCleanSession(true).SetAutoReconnect(false).
		SetConnectRetry(false).SetConnectTimeout(5 * time.Second).SetTLSConfig(&tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, MinVersion: tls.VersionTLS13}))
	if k := c.Connect(); !k.WaitTimeout(10*time.Second) || k.Error() != nil {
		return cmp.Or(k.Error(), errors.New("no answer"))
	}
	defer c.Disconnect(0)
	k := c.Subscribe("live/#", 0, nil)
	if !k.WaitTimeout(10*time.Second) || k.Error() != nil {
		return cmp.Or(k.Error(), errors.New("no answer"))
	}
	return nil
}

// shown is what a command prints while it runs.
type shown struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shown) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shown) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestCommandIsLetInOnThePage(t *testing.T) {
	s, address, ca := running(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	first, err := s.Accounts.Add(accounts.KeeperBy("test"), accounts.Spec{Name: "wang", Role: accounts.Inspector})
	if err != nil {
		t.Fatal(err)
	}
	var told shown
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs([]string{"login", "--notary", address, "--ca", ca, "--page"})
	root.SetOut(&out)
	root.SetErr(&told)
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(t.Context()) }()
	at := regexp.MustCompile(`https://\S+`)
	for end := time.Now().Add(20 * time.Second); !at.MatchString(told.String()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no address to open: %s", told.String())
		}
	}
	page := at.FindString(told.String())

	base, err := client.Dial(address, ca, "")
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := base.WithJar(jar)
	path := strings.TrimPrefix(page, base.Base())
	if _, _, err := c.Ask(t.Context(), http.MethodGet, path, nil, 1<<16); err == nil {
		t.Error("the page lets in who has not signed in")
	}
	var me client.Me
	if err := c.JSON(t.Context(), http.MethodPost, client.SessionPath, client.SignIn{Name: "wang", Password: first}, &me); err != nil {
		t.Fatal(err)
	}
	c = c.WithHeader("X-CSRF-Token", me.CSRF)
	if err := c.JSON(t.Context(), http.MethodPost, client.PasswordPath, client.Password{Old: first, New: "correct horse battery"}, &me); err != nil {
		t.Fatal(err)
	}
	text, _, err := base.WithJar(jar).Ask(t.Context(), http.MethodGet, path, nil, 1<<16)
	if err != nil || !strings.Contains(string(text), "fieldseal login at") {
		t.Fatalf("%s, %v", text, err)
	}
	code := regexp.MustCompile(`name="code" value="([^"]+)"`).FindStringSubmatch(string(text))[1]
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(string(text))[1]
	form := base.WithJar(jar).WithHeader("Content-Type", "application/x-www-form-urlencoded")
	if _, _, err := form.Ask(t.Context(), http.MethodPost, client.DevicePath+"/approve", []byte(url.Values{"code": {code}}.Encode()), 1<<16); err == nil {
		t.Error("a form of another page lets a command in")
	}
	if _, _, err := form.Ask(t.Context(), http.MethodPost, client.DevicePath+"/approve", []byte(url.Values{"code": {code}, "csrf": {csrf}}.Encode()), 1<<16); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil || !strings.Contains(out.String(), "Signed in as wang") {
			t.Errorf("%s, %v", out.String(), err)
		}
	case <-time.After(30 * time.Second):
		t.Error("the command still waits")
	}
	if _, _, err := form.Ask(t.Context(), http.MethodPost, client.DevicePath+"/approve", []byte(url.Values{"code": {code}, "csrf": {csrf}}.Encode()), 1<<16); err == nil {
		t.Error("a code lets in twice")
	}
}
