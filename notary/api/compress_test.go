package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fieldseal/notary/api/client"
)

func TestOnlyLongListsAreCompressed(t *testing.T) {
	long := strings.Repeat(`{"name":"north-yard"},`, 500)
	h := compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := long
		if r.URL.Query().Has("short") {
			text = long[:100]
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `W/"1"`)
		io.WriteString(w, text)
	}))
	for target, want := range map[string]bool{
		client.CentreSitesPath: true, client.CoveragePath + "?site=a": true, client.AlarmsPath + "/abc": true, client.HistoryPath: true,
		client.CentreSitesPath + "?short": false, client.CentreSitesPath + "x": false, client.StreamPath: false, client.MePath: false, client.TokensPath: false, client.EvidencePath: false,
	} {
		for _, takes := range []bool{true, false} {
			r := httptest.NewRequest("GET", target, nil)
			if takes {
				r.Header.Set("Accept-Encoding", "gzip")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			is := w.Header().Get("Content-Encoding") == "gzip"
			if is != (want && takes) || w.Header().Get("ETag") != `W/"1"` {
				t.Errorf("%s, taking gzip %v: %v", target, takes, w.Header())
			}
			if !is {
				continue
			}
			size := w.Body.Len()
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(z); err != nil || string(b) != long || size > len(long)/10 || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: %d bytes, %v", target, size, err)
			}
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("PUT", client.CentreSitesPath+"/a/register", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	if h.ServeHTTP(w, r); w.Header().Get("Content-Encoding") != "" {
		t.Error("the answer to a PUT is compressed")
	}
}
