package main

import (
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"fieldseal/agent/decode"
	"fieldseal/firmware-config/document"
	"fieldseal/firmware-config/profile"
)

func newDecodeCmd() *cobra.Command {
	var protocol, profileName string
	cmd := &cobra.Command{
		Use:   "decode --protocol " + strings.Join(decode.Protocols(), "|") + " [--profile P]",
		Short: "Decode frames, one a line, to JSON, one object a line",
		Long: `Decode reads one frame a line: in hexadecimal, or as text for hj212 and nmea, where
\r\n may be written out or missing. It writes one JSON object a line, in order:

  {"ok": bool, "error": "…", "protocol": "…", "frame": {…},
   "readings": [{"point", "value", "unit", "flag", "time"}]}

A frame whose check or length is wrong gives "ok": false. Exit code 0 says that all input
was processed, whatever the frames were like; 1 that reading or writing failed; 64 that the
command line was wrong.`,
		Example: `  echo '01 03 04 02 92 FF 9B 5A 3D' | fieldseal-agent decode --protocol modbus-rtu --profile coldroom/rs-ws`,
		Args: func(cmd *cobra.Command, args []string) error {
			// All that the flags can get wrong is found here, before the run, so
			// that it counts as usage.
			if err := cobra.NoArgs(cmd, args); err != nil {
				return err
			}
			_, err := newDecoder(protocol, profileName)
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := newDecoder(protocol, profileName)
			if err != nil {
				return err
			}
			return d.Run(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&protocol, "protocol", "", "protocol of the frames: "+strings.Join(decode.Protocols(), ", "))
	cmd.Flags().StringVar(&profileName, "profile", "", "device profile: the id of a shipped one, or the path of a .yaml file")
	return cmd
}

func newDecoder(protocol, profileName string) (*decode.Decoder, error) {
	if protocol == "" {
		return nil, fmt.Errorf("--protocol is missing; known are %s", strings.Join(decode.Protocols(), ", "))
	}
	p, err := loadProfile(profileName)
	if err != nil {
		return nil, err
	}
	return decode.New(protocol, p)
}

// loadProfile reads a profile by path or by id; nil for no name.
func loadProfile(name string) (*profile.File, error) {
	if name == "" {
		return nil, nil
	}
	if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
		if info.Size() > document.MaxSize {
			return nil, fmt.Errorf("profile %s: %d bytes are above the limit of %d", name, info.Size(), document.MaxSize)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("profile: %w", err)
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
