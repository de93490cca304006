package main

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"fieldseal/notary/service"
)

var firstPassword = regexp.MustCompile(`(?m)^  ([a-z2-7-]{23})$`)

func TestLastOperatorGetsANewPasswordFromTheFolder(t *testing.T) {
	dir := t.TempDir()
	d := service.Folder(dir)
	quiet := slog.New(slog.DiscardHandler)
	if _, err := service.Init(t.Context(), d, service.InitOptions{Origin: "log.example/1", Now: time.Now(), Log: quiet}); err != nil {
		t.Fatal(err)
	}
	say := func(want string, args ...string) string {
		t.Helper()
		out, err := notary(t, append([]string{"account"}, append(args, "--data", dir)...)...)
		if err != nil || !strings.Contains(out, want) {
			t.Fatalf("%q: %s, %v", args, out, err)
		}
		return out
	}
	refuse := func(want string, args ...string) {
		t.Helper()
		if out, err := notary(t, append([]string{"account"}, append(args, "--data", dir)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v", args, out, err)
		}
	}
	say("No account yet", "list")
	first := firstPassword.FindStringSubmatch(say("shown this once", "add", "op", "--role", "operator", "--everywhere"))
	if first == nil {
		t.Fatal("no password to read")
	}
	refuse("already", "add", "op", "--role", "operator", "--everywhere")
	refuse("say which sites", "add", "li", "--role", "inspector")
	refuse("say which sites", "add", "li", "--role", "inspector", "--everywhere", "--district", "pudong")
	refuse("own sites only", "add", "firm", "--role", "company", "--district", "pudong")
	refuse("is none of", "add", "li", "--role", "king", "--everywhere")

	c := service.DefaultConfig()
	c.Listen.MQTT, c.Listen.HTTP = "127.0.0.1:0", "127.0.0.1:0"
	s, err := service.Open(t.Context(), d, c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	say("must change the first password", "list")
	say("inspector, limited to food, district pudong", "role", "op", "--role", "inspector", "--district", "pudong", "--business", "food")
	say("shut out", "disable", "op")
	say("may sign in again", "enable", "op")
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	second := firstPassword.FindStringSubmatch(say("shown this once", "reset", "op"))
	if second == nil || second[1] == first[1] {
		t.Errorf("the new password is %v after %v", second, first)
	}
	trail := say("account.reset", "trail")
	for _, what := range []string{"account.add", "account.role", "account.disable", "account.enable", "keeper", "Every row follows", "SHA-256"} {
		if !strings.Contains(trail, what) {
			t.Errorf("%s is missing in the trail: %s", what, trail)
		}
	}
}
