package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/api/client"
	"fieldseal/notary/authority"
)

func newCalibrationCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calibration",
		Short: "State that an instrument was calibrated, as the supervision side",
		Long: `A calibration names the instrument behind a device, the certificate's number and
digest, who calibrated, and until when it is good. The supervision key signs it (the one
of coverage plans), it stands in the log, and the centre tells before it is due again.`,
	}
	cmd.AddCommand(newCalibrationSignCmd(), newSubmitCmd("calibration sign"))
	return cmd
}

// calibrated is what the command line says of a calibration.
type calibrated struct {
	site, gateway, device              string
	instrument, certificate, lab, file string
	performed, until                   string
}

func newCalibrationSignCmd() *cobra.Command {
	var n notaryFlags
	var x calibrated
	var key, out string
	cmd := &cobra.Command{
		Use:   "sign --notary URL --site S --gateway G --device D --certificate FILE --number N … --key supervision.key -o FILE",
		Short: "Sign a calibration with the supervision key",
		Example: `  fieldseal calibration sign --notary https://127.0.0.1:7411 --site north-yard --gateway gw-1 --device dust-1 \
    --instrument "TSI 8530 no. 8530104412" --certificate dust-1.pdf --number 2026-0412 --laboratory "City metrology institute" \
    --performed 2026-04-12 --until 2027-04-11 --key supervision.key -o dust-1.calibration.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body, err := x.body(time.Now())
			if err != nil {
				return usage("%v", err)
			}
			c, err := n.dial()
			if err != nil {
				return err
			}
			origin, err := x.place(cmd.Context(), c, body)
			if err != nil {
				return err
			}
			heard, unknown := x.heard(cmd.Context(), c)
			by, err := signStatement(key, origin, body, out)
			if err != nil {
				return err
			}
			switch {
			case unknown != nil: // who may not read may state a calibration all the same
				fmt.Fprintf(cmd.OutOrStdout(), "Whether a device %s of %s sends was not told: %v\n\n", x.device, x.site, unknown)
			case !heard:
				fmt.Fprintf(cmd.OutOrStdout(), "The notary has no reading of a device %s of %s yet: is that its name?\n\n", x.device, x.site)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s: certificate %s of %s, SHA-256 %x,\ngood until %s, for log %s, signed by %s\n\nNext: fieldseal calibration submit --notary %s %s\n",
				x.device, x.site, body.Certificate, body.Laboratory, body.Document, time.UnixMicro(body.Until).UTC().Format(time.DateOnly), origin, by, c.Base(), quote(out))
			return err
		},
	}
	n.add(cmd, true)
	f := cmd.Flags()
	f.StringVar(&x.site, "site", "", "configuration id of the site")
	f.StringVar(&x.gateway, "gateway", "", "configuration id of the gateway")
	f.StringVar(&x.device, "device", "", "configuration id of the device")
	f.StringVar(&x.instrument, "instrument", "", "maker, model and serial number, as the certificate names them")
	f.StringVar(&x.file, "certificate", "", "file of the certificate; its SHA-256 is stated")
	f.StringVar(&x.certificate, "number", "", "number of the certificate")
	f.StringVar(&x.lab, "laboratory", "", "who calibrated")
	f.StringVar(&x.performed, "performed", "", "day of the calibration, such as 2026-04-12, or RFC 3339")
	f.StringVar(&x.until, "until", "", "last day on which it is good, or RFC 3339")
	f.StringVar(&key, "key", "supervision.key", "the supervision key")
	f.StringVarP(&out, "out", "o", "calibration.signed.json", "file to write")
	for _, name := range []string{"site", "gateway", "device", "instrument", "certificate", "number", "laboratory", "performed", "until"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flags are in the lines above
		}
	}
	return cmd
}

// body is what is signed, without the ids that the notary knows.
func (x *calibrated) body(now time.Time) (*statement.Calibration, error) {
	out := &statement.Calibration{Device: x.device, Instrument: x.instrument, Certificate: x.certificate, Laboratory: x.lab}
	for _, t := range []struct {
		flag, text string
		limit      int
	}{{"device", x.device, record.MaxName}, {"instrument", x.instrument, statement.MaxName}, {"number", x.certificate, statement.MaxName}, {"laboratory", x.lab, statement.MaxName}} {
		if t.text == "" || len(t.text) > t.limit {
			return nil, fmt.Errorf("--%s: %d bytes, where 1 to %d may be", t.flag, len(t.text), t.limit)
		}
	}
	performed, err := dayOf("performed", x.performed, 0)
	if err != nil {
		return nil, err
	}
	until, err := dayOf("until", x.until, 24*time.Hour)
	if err != nil {
		return nil, err
	}
	switch {
	case performed.After(now):
		return nil, fmt.Errorf("--performed %s lies ahead", x.performed)
	case !until.After(performed):
		return nil, fmt.Errorf("--until %s is not after --performed %s", x.until, x.performed)
	}
	out.Performed, out.Until = performed.UnixMicro(), until.UnixMicro()
	f, err := os.Open(x.file)
	if err != nil {
		return nil, fmt.Errorf("--certificate: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return nil, fmt.Errorf("--certificate %s: %w", x.file, err)
	}
	if size == 0 {
		return nil, fmt.Errorf("--certificate %s is empty", x.file)
	}
	h.Sum(out.Document[:0])
	return out, nil
}

// dayOf reads a day or a moment; a day is moved on by end.
func dayOf(flag, s string, end time.Duration) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, time.Local)
	if err == nil {
		t = t.Add(end)
	} else if t, err = time.Parse(time.RFC3339, s); err != nil {
		return t, fmt.Errorf("--%s %q: write a day such as 2026-04-12, or a moment such as 2026-04-12T10:00:00+08:00", flag, s)
	}
	if t.Year() < 1980 || t.Year() > 9000 {
		return t, fmt.Errorf("--%s %q: a year from 1980 to 9000 is expected", flag, s)
	}
	return t, nil
}

// place asks the notary for its origin and the ids of site and gateway.
func (x *calibrated) place(ctx context.Context, c *client.Client, body *statement.Calibration) (origin string, err error) {
	var gateways []client.Gateway
	if err := c.JSON(ctx, "GET", client.GatewaysPath, nil, &gateways); err != nil {
		return "", err
	}
	g, err := enrolled(gateways, x.site, x.gateway)
	if err != nil {
		return "", err
	}
	body.Site, body.Gateway = g.Site, g.Gateway
	return originOf(ctx, c)
}

// heard says whether anything has come from the device: a name that is misspelt would
// stand in the log for good.
func (x *calibrated) heard(ctx context.Context, c *client.Client) (heard bool, err error) {
	err = c.Points(ctx, url.Values{"site": {x.site}, "device": {x.device}}, func(client.Point) error { heard = true; return nil })
	return heard, err
}

// originOf asks a notary for the name of its log.
func originOf(ctx context.Context, c *client.Client) (string, error) {
	var facts struct {
		Log struct {
			Origin string `json:"origin"`
		} `json:"log"`
	}
	err := c.JSON(ctx, "GET", client.FactsPath, nil, &facts)
	return facts.Log.Origin, err
}

// signStatement signs a body for a log and writes what submit takes. It tells whose
// key it was.
func signStatement(key, origin string, body statement.Body, out string) (string, error) {
	if origin == "" || len(origin) > batch.MaxOrigin {
		return "", errors.New("origin: the name of the log is needed")
	}
	k, err := authority.ReadKey(key)
	if err != nil {
		return "", err
	}
	s, salted, err := statement.Sign(k, rand.Reader, origin, time.Now().UnixMicro(), body)
	if err != nil {
		return "", err
	}
	a, err := authority.WriteAnswers(&authority.Answers{Format: authority.AnswersFormat, Origin: origin,
		Statements: []authority.Signed{{Header: s.Raw(), Body: salted}}})
	if err != nil {
		return "", err
	}
	return k.Public().String(), writeWhole(out, a, false)
}
