package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/internal/command"
)

// decodeCommand runs decode with stdin and returns exit code, stdout and stderr.
func decodeCommand(t *testing.T, stdin string, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	code := command.Execute(t.Context(), root, append([]string{"decode"}, args...))
	return code, out.String(), errs.String()
}

func TestDecodeExitsByUsageNotByFrames(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
	}{
		{"--protocol modbus-rtu", 0},
		{"--protocol modbus-rtu --profile coldroom/rs-ws", 0},
		{"--protocol hj212 --profile ../../firmware-config/profile/testdata/dust.yaml", 0},
		{"", 64},
		{"--protocol morse", 64},
		{"--protocol modbus-rtu extra", 64},
		{"--protocol modbus-rtu --profile no/such", 64},
		{"--protocol modbus-rtu --profile " + filepath.Join(dir, "none.yaml"), 64},
		{"--protocol nmea --profile coldroom/rs-ws", 64},
		{"--protocol hj212 --sm4-key " + key, 64},
		{"--protocol hj212 --frob", 64},
	} {
		code, out, errs := decodeCommand(t, "00\n", strings.Fields(c.args)...)
		if code != c.code {
			t.Errorf("decode %s: exit %d, want %d: %s", c.args, code, c.code, errs)
		}
		if objects := strings.Count(out, `{"ok":false,`); (code == 0) != (objects == 1) {
			t.Errorf("decode %s: %d objects: %s", c.args, objects, out)
		}
		if strings.Contains(errs, "not a key") {
			t.Errorf("the key file's content is shown: %s", errs)
		}
	}
}

func TestDecodesLinesFromStdin(t *testing.T) {
	code, out, _ := decodeCommand(t, "01 03 04 02 92 FF 9B 5A 3D\n", "--protocol", "modbus-rtu", "--profile", "coldroom/rs-ws")
	if want := `"readings":[{"point":"humidity","value":"65.8","unit":"%RH","flag":"","time":""},{"point":"temperature","value":"-10.1","unit":"Cel","flag":"","time":""}]}`; code != 0 || !strings.Contains(out, want) {
		t.Errorf("exit %d: %s", code, out)
	}
}
