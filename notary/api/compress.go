package api

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"fieldseal/notary/api/client"
)

// compressFrom is the smallest answer that is compressed, in bytes.
const compressFrom = 2 << 10

// long are the answers that grow with sites and points. Nothing secret is among them
// (the session's token is with /me), so that their length tells nothing that matters.
var long = []string{client.CentreSitesPath, client.PointsPath, client.HistoryPath, client.AlarmsPath, client.ExcursionsPath, client.CoveragePath, client.LatestPath}

// compressed sends long answers compressed to who takes that: a list of two hundred
// sites is 120 kB, and phones read it.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(compressFrom), gzhttp.CompressionLevel(1), gzhttp.ContentTypes([]string{"application/json", "text/csv"}))
	if err != nil {
		panic(err) // the options are constants
	}
	squeeze := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			for _, p := range long {
				if rest, ok := strings.CutPrefix(r.URL.Path, p); ok && (rest == "" || rest[0] == '/') {
					squeeze.ServeHTTP(w, r)
					return
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}
