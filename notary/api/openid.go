package api

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/openid"
)

// openidCookie binds a sign-in on its way to the browser that began it. It comes
// back with a navigation from the provider's page, so it is lax.
const openidCookie = "__Host-fieldseal-openid"

// byProvider are the requests by which one signs in at the OpenID provider.
func (a *API) byProvider(r *rest.Router) {
	if a.OpenID == nil {
		return
	}
	rest.Raw[struct {
		Back string `query:"back" doc:"path of this notary to go to afterwards"`
	}, struct{ Body string }](r, rest.Operation{ID: "openid-begin", Method: http.MethodGet, Path: client.OpenIDPath, Tag: "accounts", Media: "text/html",
		Summary: "Go to the OpenID provider to sign in", Errors: []int{http.StatusTooManyRequests, http.StatusBadGateway}}, a.openidBegin)
	rest.Raw[struct {
		State string `query:"state"`
		Code  string `query:"code"`
		Error string `query:"error"`
	}, struct{ Body string }](r, rest.Operation{ID: "openid-end", Method: http.MethodGet, Path: openid.CallbackPath, Tag: "accounts", Media: "text/html",
		Summary: "Come back from the OpenID provider", Errors: []int{http.StatusForbidden, http.StatusBadGateway}}, a.openidEnd)
}

func (a *API) openidBegin(w http.ResponseWriter, r *http.Request) {
	if !a.leaving.Allow(accounts.Block(from(r))) {
		refuse(w, fmt.Errorf("%w to sign in", accounts.ErrSlow))
		return
	}
	address, browser, err := a.OpenID.Begin(r.Context(), from(r))
	if errors.Is(err, accounts.ErrSlow) {
		refuse(w, err)
		return
	}
	if err != nil {
		a.Logger.ErrorContext(r.Context(), "sign-in at the OpenID provider", "error", err)
		say(w, http.StatusBadGateway, "The sign-in cannot begin: the OpenID provider does not answer.", "无法开始登录：统一身份服务没有应答。", "/")
		return
	}
	back := base64.RawURLEncoding.EncodeToString([]byte(home(r.URL.Query().Get("back"))))
	http.SetCookie(w, &http.Cookie{Name: openidCookie, Value: browser + "." + back, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(openid.Patience / time.Second)})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther)
}

func (a *API) openidEnd(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	http.SetCookie(w, &http.Cookie{Name: openidCookie, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1})
	var browser, back string
	if c, err := r.Cookie(openidCookie); err == nil {
		text := ""
		browser, text, _ = strings.Cut(c.Value, ".")
		if b, err := base64.RawURLEncoding.DecodeString(text); err == nil {
			back = string(b)
		}
	}
	q := r.URL.Query()
	if q.Get("error") != "" {
		a.Logger.InfoContext(r.Context(), "sign-in at the OpenID provider broken off", "remote", from(r))
		say(w, http.StatusForbidden, "The OpenID provider did not sign you in.", "统一身份服务未完成登录。", "/")
		return
	}
	p, err := a.OpenID.Finish(r.Context(), q.Get("state"), q.Get("code"), browser)
	var cookie string
	if err == nil {
		cookie, _, err = a.Accounts.SignInBy(p.Subject, p.Spec, from(r))
	} else if errors.Is(err, openid.ErrRole) && p.Subject != "" {
		if e := a.Accounts.Left(p.Subject, from(r)); e != nil {
			err = e // not shut out yet: the next try, or the account's operator, does it
		}
	}
	if err != nil {
		a.Logger.WarnContext(r.Context(), "sign-in at the OpenID provider refused", "remote", from(r), "error", err)
		switch {
		case errors.Is(err, openid.ErrReturn):
			say(w, http.StatusForbidden, "This sign-in was not begun in this browser, or too long ago. Begin again.", "本次登录不是在此浏览器中开始的，或开始得太久。请重新登录。", "/")
		case errors.Is(err, openid.ErrRole), errors.Is(err, accounts.ErrWrong), errors.Is(err, accounts.ErrExists):
			say(w, http.StatusForbidden, "You have signed in at the provider, and have no account here that fits: "+err.Error()+". Ask the notary's operator.", "您已在统一身份服务登录，但此处没有与之相符的账号。请联系公证端运营方。", "/")
		default:
			say(w, http.StatusBadGateway, "The OpenID provider did not answer as it should. Try again later.", "统一身份服务的应答不正确，请稍后再试。", "/")
		}
		return
	}
	setCookie(w, cookie, int(a.Accounts.Lasts()/time.Second))
	// A redirect would still count as coming from the provider's site, and the
	// session's strict cookie would not be sent; a page of our own is a new start.
	w.Header().Set("Refresh", "0; url="+home(back))
	say(w, http.StatusOK, "You are signed in.", "您已登录。", home(back))
}

// home is a path of this notary, whatever was asked for.
func home(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || len(path) > 1000 || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// say answers a browser that has navigated here with a sentence, in both languages.
func say(w http.ResponseWriter, status int, en, zh, next string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Fieldseal</title><p>%s</p><p lang=zh-CN>%s</p><p><a href=\"%s\">Fieldseal</a></p></html>\n",
		html.EscapeString(en), html.EscapeString(zh), html.EscapeString(next))
}
