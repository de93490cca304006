// Command tessera-append appends entries of one size to a new log through
// Tessera's POSIX driver and prints how long that took as JSON: the measure
// beside which `make bench` puts the notary's log.
//
// An entry counts once its index is assigned and durable, as the notary's PUBACK
// says; publication of the checkpoint is waited for and timed apart.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	dir := flag.String("dir", "", "folder of the new log")
	n := flag.Int("n", 20000, "entries")
	size := flag.Int("size", 300, "bytes of an entry")
	workers := flag.Int("workers", 64, "concurrent appenders")
	batch := flag.Uint("batch", 1024, "entries of one integration at most")
	age := flag.Duration("age", 10*time.Millisecond, "age of one integration at most")
	flag.Parse()
	if err := run(*dir, *n, *size, *workers, *batch, *age); err != nil {
		fmt.Fprintln(os.Stderr, "tessera-append:", err)
		os.Exit(1)
	}
}

type result struct {
	Entries  int     `json:"entries"`
	Durable  float64 `json:"durable_seconds"`
	Publish  float64 `json:"published_seconds"`
	PerEntry float64 `json:"entries_per_second"`
}

func run(dir string, n, size, workers int, batch uint, age time.Duration) error {
	ctx := context.Background()
	if dir == "" {
		return errors.New("-dir is needed")
	}
	if _, err := os.Stat(dir); err == nil {
		return fmt.Errorf("%s exists already; the measure needs a new log", dir)
	}
	key, _, err := note.GenerateKey(rand.Reader, "bench.invalid")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return err
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(batch, age).
		WithCheckpointInterval(time.Second))
	if err != nil {
		return err
	}
	entries := make([][]byte, n)
	for i := range entries {
		entries[i] = make([]byte, size)
		rand.Read(entries[i])
	}

	start := time.Now()
	next := make(chan []byte)
	errs := make(chan error, workers)
	var done sync.WaitGroup
	// Each worker keeps a handful under way, as a connection with several
	// unacknowledged publishes does.
	const window = 16
	for range workers {
		done.Go(func() {
			var open []tessera.IndexFuture
			for e := range next {
				open = append(open, appender.Add(ctx, tessera.NewEntry(e)))
				if len(open) == window {
					if err := settle(open); err != nil {
						errs <- err
						return
					}
					open = open[:0]
				}
			}
			if err := settle(open); err != nil {
				errs <- err
			}
		})
	}
feed:
	for _, e := range entries {
		select {
		case next <- e:
		case err := <-errs:
			errs <- err
			break feed
		}
	}
	close(next)
	done.Wait()
	select {
	case err := <-errs:
		return err
	default:
	}
	durable := time.Since(start).Seconds()
	if err := shutdown(ctx); err != nil {
		return err
	}
	published := time.Since(start).Seconds()
	if cp, err := reader.ReadCheckpoint(ctx); err != nil || len(cp) == 0 {
		return fmt.Errorf("no checkpoint at the end: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(result{n, durable, published, float64(n) / durable})
}

// settle waits until the entries have their indices.
func settle(open []tessera.IndexFuture) error {
	for _, f := range open {
		if _, err := f(); err != nil {
			return err
		}
	}
	return nil
}
