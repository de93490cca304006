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
		say(w, http.StatusBadGateway, "The sign-in cannot begin: the OpenID provider does not answer. Try again later.", "无法开始登录：统一身份服务没有应答，请稍后再试。", signIn)
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
	if code := q.Get("error"); code != "" {
		a.Logger.InfoContext(r.Context(), "sign-in at the OpenID provider broken off", "remote", from(r), "code", code[:min(len(code), 100)])
		en, zh := brokenOff(code)
		say(w, http.StatusForbidden, en, zh, signIn)
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
		status, en, zh := turnedAway(err)
		say(w, status, en, zh, signIn)
		return
	}
	setCookie(w, cookie, int(a.Accounts.Lasts()/time.Second))
	// A redirect would still count as coming from the provider's site, and the
	// session's strict cookie would not be sent; a page of our own is a new start.
	w.Header().Set("Refresh", "0; url="+home(back))
	say(w, http.StatusOK, "You are signed in.", "您已登录。", home(back))
}

// signIn is the page's view to begin again.
const signIn = "/sign-in"

// brokenOff says what an error code of the provider means (OAuth 2.0 §4.1.2.1, OpenID
// Connect Core §3.1.2.6). Its own description is not repeated: anybody can write a
// link with a text in it.
func brokenOff(code string) (en, zh string) {
	switch code {
	case "access_denied":
		return "The sign-in was refused or broken off at the OpenID provider. Sign in again, or ask there for access to this notary.",
			"登录在统一身份服务处被拒绝或取消。请重新登录，或向该服务的管理方申请访问本公证端。"
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return "The OpenID provider wants you to sign in there first. Sign in again.", "统一身份服务要求您先在该处登录。请重新登录。"
	case "server_error", "temporarily_unavailable":
		return "The OpenID provider cannot sign anybody in at the moment. Try again later.", "统一身份服务暂时无法处理登录，请稍后再试。"
	case "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_response_type", "invalid_request_object", "request_not_supported":
		return "The OpenID provider does not take sign-ins from this notary as it is set up (" + code + "). Tell the notary's operator.",
			"统一身份服务不接受本公证端的登录请求（" + code + "），配置可能有误。请告知公证端运营方。"
	}
	return "The OpenID provider did not sign you in. Try again; if it stays so, ask the notary's operator.", "统一身份服务未完成登录。请重试；若仍如此，请联系公证端运营方。"
}

// turnedAway says why who comes back from the provider is not let in.
func turnedAway(err error) (status int, en, zh string) {
	const provided, signed = "You have signed in at the OpenID provider, but ", "您已在统一身份服务登录，但"
	const ask, asked = " Ask the notary's operator.", "请联系公证端运营方。"
	for _, c := range []struct {
		is     error
		en, zh string
	}{
		// A name that does not fit is told as no role: it stands first.
		{accounts.ErrRequest, "the account name that it gives you cannot be one here.", "该服务给出的账号名不符合本公证端的要求。"},
		{openid.ErrRole, "it gives you no role here.", "该服务未授予您在本公证端的任何角色。"},
		{accounts.ErrExists, "there is an account of your name here already, with a password or of somebody else.", "本公证端已有同名账号（使用密码登录，或属于他人）。"},
		{accounts.ErrWrong, "your account here is disabled.", "您在本公证端的账号已停用。"},
		{accounts.ErrMany, "this notary can hold no more accounts.", "本公证端的账号数量已达上限。"},
	} {
		if errors.Is(err, c.is) {
			return http.StatusForbidden, provided + c.en + ask, signed + c.zh + asked
		}
	}
	if errors.Is(err, openid.ErrReturn) {
		return http.StatusForbidden, "This sign-in was not begun in this browser, or too long ago. Begin again.", "本次登录不是在此浏览器中开始的，或间隔太久。请重新登录。"
	}
	return http.StatusBadGateway, "The OpenID provider did not answer as it should. Try again later.", "统一身份服务的应答不正确，请稍后再试。"
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
	fmt.Fprintf(w, "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Fieldseal</title><p>%s</p><p lang=zh-CN>%s</p><p><a href=\"%s\">Fieldseal: go on · 继续</a></p></html>\n",
		html.EscapeString(en), html.EscapeString(zh), html.EscapeString(next))
}
