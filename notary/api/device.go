package api

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
)

// byPage are the requests by which a command is let in by who has signed in on
// the page, with a password or at the OpenID provider.
func (a *API) byPage(r *rest.Router) {
	rest.Raw[struct{ Body accounts.TokenSpec }, struct{ Body client.Device }](r, rest.Operation{ID: "device-ask", Method: http.MethodPost, Path: client.DevicePath, Tag: "accounts",
		Summary: "A command asks to be let in", MaxBody: maxSignIn, Errors: []int{http.StatusTooManyRequests}}, a.deviceAsk)
	rest.Raw[struct{ Body client.DeviceAsks }, struct{ Body client.NewToken }](r, rest.Operation{ID: "device-collect", Method: http.MethodPost, Path: client.DevicePath + "/token", Tag: "accounts",
		Summary: "Whether the command was let in: 202 while nobody has", MaxBody: maxSignIn, Errors: []int{http.StatusNotFound}}, a.deviceCollect)
	rest.Raw[struct {
		Code string `query:"code"`
	}, struct{ Body string }](r, rest.Operation{ID: "device-page", Method: http.MethodGet, Path: client.DevicePath, Tag: "accounts", Media: "text/html",
		Summary: "The page on which one lets a command in"}, a.devicePage)
	rest.Raw[struct{ Body string }, struct{ Body string }](r, rest.Operation{ID: "device-let-in", Method: http.MethodPost, Path: client.DevicePath + "/approve", Tag: "accounts", Media: "text/html",
		Summary: "Let a command in, by form", Needs: need(accounts.Add, accounts.Token), MaxBody: maxSignIn}, a.deviceLetIn)
}

func (a *API) deviceAsk(w http.ResponseWriter, r *http.Request) {
	if !a.devices.Allow(accounts.Block(from(r))) {
		refuse(w, fmt.Errorf("%w to log in", accounts.ErrSlow))
		return
	}
	var s accounts.TokenSpec
	if err := decode(r.Body, &s); err != nil {
		refuse(w, err)
		return
	}
	secret, code, until, err := a.Accounts.AskDevice(s, from(r))
	told(w, client.Device{Device: secret, Code: code, Path: client.DevicePath + "?code=" + code, Interval: int(accounts.DeviceInterval.Seconds()), Until: until.UnixMicro()}, err)
}

func (a *API) deviceCollect(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	var in client.DeviceAsks
	if err := decode(r.Body, &in); err != nil {
		refuse(w, err)
		return
	}
	text, t, err := a.Accounts.Collect(in.Device)
	if errors.Is(err, accounts.ErrWaiting) {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	told(w, client.NewToken{Token: text, AccessToken: t}, err)
}

// devicePage asks the person, who sees what waits and from where.
func (a *API) devicePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	v, code := a.viewer(r), accounts.CleanCode(r.URL.Query().Get("code"))
	if v.CSRF() == "" || !v.May(accounts.Add, accounts.Token) {
		next := "/sign-in"
		if a.OpenID != nil {
			next = client.OpenIDPath + "?back=" + url.QueryEscape(client.DevicePath+"?code="+code)
		}
		say(w, http.StatusUnauthorized, "Sign in first, then open this address again to let the command in.", "请先登录，再打开此地址放行该命令。", next)
		return
	}
	s, place, err := a.Accounts.Waiting(v, code)
	if err != nil {
		say(w, http.StatusNotFound, "No command waits under this code. Codes last ten minutes.", "没有命令在等待此验证码。验证码十分钟内有效。", "/")
		return
	}
	may := "everything that your account may"
	if len(s.Limits) > 0 {
		may = ""
		for _, p := range s.Limits {
			may += p.String() + " "
		}
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width"><title>Fieldseal</title>
<h1>Let a command in? <span lang=zh-CN>放行命令？</span></h1>
<p>The command %[1]q at %[2]s shows the code <strong>%[3]s</strong> and asks, as %[4]s, for: %[5]s.</p>
<p>Go on only if you have started it yourself, and it shows this code.</p>
<p lang=zh-CN>位于 %[2]s 的命令“%[1]s”显示验证码 <strong>%[3]s</strong>，请求以 %[4]s 的身份获得：%[5]s。仅当该命令由您本人启动并显示此验证码时才继续。</p>
<form method="post" action="%[6]s/approve"><input type="hidden" name="code" value="%[7]s"><input type="hidden" name="csrf" value="%[8]s"><button>Let it in 放行</button></form></html>
`, html.EscapeString(s.Label), html.EscapeString(place), html.EscapeString(code), html.EscapeString(v.Name), html.EscapeString(may), client.DevicePath, html.EscapeString(code), html.EscapeString(v.CSRF()))
}

func (a *API) deviceLetIn(w http.ResponseWriter, r *http.Request) {
	if err := a.Accounts.LetIn(accounts.From(r.Context()), r.PostFormValue("code")); err != nil {
		p := asProblem(err)
		say(w, p.Status, "The command was not let in: "+p.Detail+".", "该命令未获放行。", "/")
		return
	}
	say(w, http.StatusOK, "The command is let in. You can close this page.", "该命令已获放行，可以关闭此页。", "/")
}
