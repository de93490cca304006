package command_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"fieldseal/internal/command"
)

func TestExitCodesTellAWrongCallFromAFailedOne(t *testing.T) {
	for _, c := range []struct {
		args string
		err  error
		code int
		says string
	}{
		{"do --must x", nil, 0, ""},
		{"do", nil, command.Usage, "See: tool do --help"},
		{"do --must x surplus", nil, command.Usage, "See: tool do --help"},
		{"do --must x --odd", nil, command.Usage, "See: tool do --help"},
		{"nonsense", nil, command.Usage, "See: tool --help"},
		{"do --must x", errors.New("the disk is full"), command.Failed, "tool: the disk is full"},
		{"do --must x", fmt.Errorf("%w: no device y", command.ErrUsage), command.Usage, "no device y"},
		{"do --must x", command.ExitCode(3), 3, ""},
	} {
		ran := false
		do := &cobra.Command{Use: "do", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error { ran = true; return c.err }}
		do.Flags().String("must", "", "")
		if err := do.MarkFlagRequired("must"); err != nil {
			t.Fatal(err)
		}
		root := &cobra.Command{Use: "tool"}
		root.AddCommand(do)
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		code := command.Execute(t.Context(), root, strings.Fields(c.args))
		if code != c.code || !strings.Contains(out.String(), c.says) || c.says == "" && out.Len() > 0 {
			t.Errorf("%s with %v: exit code %d, %q", c.args, c.err, code, out.String())
		}
		if understood := c.code != command.Usage || c.err != nil; ran != understood {
			t.Errorf("%s: ran %v", c.args, ran)
		}
	}
}
