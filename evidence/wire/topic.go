package wire

import (
	"fmt"
	"strings"

	"fieldseal/evidence/batch"
)

// UpTopic is the only topic a gateway may publish to.
func UpTopic(g batch.ID) string { return "up/" + g.String() }

// DownTopic is the only topic a gateway may subscribe to.
func DownTopic(g batch.ID) string { return "down/" + g.String() }

// ParseTopic splits "up/<id>" or "down/<id>".
func ParseTopic(topic string) (up bool, g batch.ID, err error) {
	dir, id, _ := strings.Cut(topic, "/")
	if dir != "up" && dir != "down" {
		return false, batch.ID{}, fmt.Errorf("topic %q is neither up/<gateway> nor down/<gateway>", topic)
	}
	g, err = batch.ParseID(id)
	if err != nil {
		return false, batch.ID{}, fmt.Errorf("topic %q: %w", topic, err)
	}
	return dir == "up", g, nil
}
