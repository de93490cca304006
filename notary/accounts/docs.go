package accounts

import (
	"slices"
	"strings"
)

//go:generate go test -run TestDocsHoldTheTable -update

// Markdown is the table for people.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| |")
	for _, role := range everyone() {
		if role != Nobody {
			b.WriteString(" " + string(role) + " |")
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(everyone())-1) + "\n")
	for _, r := range Resources() {
		b.WriteString("| " + string(r) + " |")
		for _, role := range everyone() {
			if role == Nobody {
				continue
			}
			var may []string
			for _, a := range Actions() {
				if Allows(role, a, r) {
					may = append(may, string(a))
				}
			}
			if slices.Equal(may, []string{"read", "add", "change", "remove"}) {
				may = []string{"all"}
			}
			b.WriteString(" " + strings.Join(may, ", ") + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
