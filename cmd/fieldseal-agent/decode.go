package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"fieldseal/agent/decode"
	"fieldseal/drivers/hj212"
	"fieldseal/drivers/textline"
	"fieldseal/firmware-config/document"
	"fieldseal/firmware-config/profile"
)

// decodeFlags are what the command line of decode says.
type decodeFlags struct {
	protocol, profile, key string
}

func newDecodeCmd() *cobra.Command {
	var flags decodeFlags
	var decoder *decode.Decoder
	cmd := &cobra.Command{
		Use:   "decode --protocol " + strings.Join(decode.Protocols(), "|") + " [--profile P]",
		Short: "Decode frames, one a line, to JSON, one object a line",
		Long: `Decode reads one frame a line: in hexadecimal, or as text for hj212, nmea and text, where
\r\n may be written out or missing. It writes one JSON object a line, in order:

  {"ok": bool, "error": "…", "protocol": "…", "frame": {…},
   "readings": [{"point", "value", "unit", "flag", "time"}]}

A frame whose check or length is wrong gives "ok": false. Exit code 0 says that all input
was processed, whatever the frames were like; 1 that reading or writing failed; 64 that the
command line was wrong.`,
		Example: `  echo '01 03 04 02 92 FF 9B 5A 3D' | fieldseal-agent decode --protocol modbus-rtu --profile coldroom/rs-ws`,
		Args: func(cmd *cobra.Command, args []string) (err error) {
			// All that the flags can get wrong is found here, before the run, so
			// that it counts as usage.
			if err := cobra.NoArgs(cmd, args); err != nil {
				return err
			}
			decoder, err = flags.decoder()
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return decoder.Run(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&flags.protocol, "protocol", "", "protocol of the frames: "+strings.Join(decode.Protocols(), ", "))
	cmd.Flags().StringVar(&flags.profile, "profile", "", "device profile: the path of a .yaml file, or the id of a shipped one")
	cmd.Flags().StringVar(&flags.key, "sm4-key", "", "file with the SM4 key of encrypted hj212 content, 32 hexadecimal digits")
	return cmd
}

func (f *decodeFlags) decoder() (*decode.Decoder, error) {
	if f.protocol == "" {
		return nil, fmt.Errorf("--protocol is missing; known are %s", strings.Join(decode.Protocols(), ", "))
	}
	var o decode.Options
	var err error
	switch {
	case f.profile == "":
	case f.protocol == "hj212":
		var p *profile.File
		if p, err = loadProfile(f.profile); err == nil {
			o.Station, err = hj212.Bind(&p.Profile)
		}
	case f.protocol == "text":
		var p *profile.File
		if p, err = loadProfile(f.profile); err == nil {
			o.Lines, err = textline.Bind(&p.Profile)
		}
	case f.protocol == "modbus-rtu":
		if o.Registers, err = loadProfile(f.profile); err == nil && o.Registers.Speaks() {
			err = fmt.Errorf("profile %s is of protocol %s; name one of a Modbus instrument", f.profile, o.Registers.Profile.Protocol)
		}
	default:
		err = fmt.Errorf("frames of %s are decoded without a profile; leave --profile out", f.protocol)
	}
	if err != nil {
		return nil, err
	}
	if f.key != "" {
		if o.Key, err = readKey(f.key); err != nil {
			return nil, err
		}
	}
	return decode.New(f.protocol, o)
}

// loadProfile reads a Modbus profile by path or by id.
func loadProfile(name string) (*profile.File, error) {
	if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
		data, err := readSmall(name, document.MaxSize)
		if err != nil {
			return nil, err
		}
		return profile.Parse(name, data)
	}
	l, err := profile.Shipped()
	if err != nil {
		return nil, err
	}
	p, ok := l.Get(name)
	if !ok {
		return nil, fmt.Errorf("profile %q is not shipped; known are %s; a file's name ends in .yaml", name, l.Known())
	}
	return p, nil
}

// readSmall reads a file of at most limit bytes.
func readSmall(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is above the limit of %d bytes", name, limit)
	}
	return data, nil
}

// readKey reads an SM4 key; what is wrong with it is told without a digit of it.
func readKey(name string) ([]byte, error) {
	data, err := readSmall(name, 64)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(data)))
	if err != nil || len(key) != 16 {
		return nil, errors.New(name + " holds no key of 32 hexadecimal digits")
	}
	return key, nil
}
