package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// certificatesPath is where the notary certifies keys of accounts.
const certificatesPath = "/api/v1/certificates"

func newCertificateCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "certificate", Short: "Have a key certified that reads live values over MQTT in your name"}
	cmd.AddCommand(newCertificateNewCmd())
	return cmd
}

func newCertificateNewCmd() *cobra.Command {
	var n notaryFlags
	var out string
	cmd := &cobra.Command{
		Use:   "new --notary URL -o FOLDER",
		Short: "Make a key here and have the notary certify it",
		Long: `Makes a key that never leaves this machine, and has the notary certify it for your
account. With it an MQTT client reads live/DISTRICT/SITE/DEVICE/POINT from the notary's
broker: what your account may see at that moment, and nothing else.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := n.dial()
			if err != nil {
				return err
			}
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				return err
			}
			der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
			if err != nil {
				return err
			}
			pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				return err
			}
			in := map[string]string{"request": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))}
			var got struct {
				Serial      string `json:"serial"`
				Account     string `json:"account"`
				Until       int64  `json:"until"`
				Certificate string `json:"certificate"`
				CA          string `json:"ca"`
			}
			if err := os.MkdirAll(out, 0o700); err != nil {
				return err
			}
			keyFile := filepath.Join(out, "reader.key")
			// First, so that nothing is certified whose key could not be kept.
			if err := writeOnce(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600); err != nil {
				return err
			}
			err = c.JSON(cmd.Context(), http.MethodPost, certificatesPath, in, &got)
			if err == nil {
				err = errors.Join(writeOnce(filepath.Join(out, "reader.pem"), []byte(got.Certificate), 0o644), writeOnce(filepath.Join(out, "notary-ca.pem"), []byte(got.CA), 0o644))
			}
			if err != nil {
				return errors.Join(err, os.Remove(keyFile))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), `Certificate %s for %s, good until %s. In %s: reader.key, reader.pem, notary-ca.pem.

Next: mosquitto_sub -h HOST -p 8883 --cafile %[4]s/notary-ca.pem --cert %[4]s/reader.pem --key %[4]s/reader.key -V mqttv311 -i %s -t 'live/#' -v
`, got.Serial, got.Account, day(got.Until), quote(out), quote(got.Account))
			return err
		},
	}
	n.add(cmd, true)
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder for the key and the certificates")
	if err := cmd.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag is in the lines above
	}
	return cmd
}

// writeOnce makes a file that was not there.
func writeOnce(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
