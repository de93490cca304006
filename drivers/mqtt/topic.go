package mqtt

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Namespace is the first part of every Sparkplug B topic (chapter 4).
const Namespace = "spBv1.0"

// Kind is the kind of a Sparkplug message, as in its topic.
type Kind string

// The kinds of Sparkplug messages of nodes and devices.
const (
	NBirth   Kind = "NBIRTH"
	NData    Kind = "NDATA"
	NDeath   Kind = "NDEATH"
	NCommand Kind = "NCMD"
	DBirth   Kind = "DBIRTH"
	DData    Kind = "DDATA"
	DDeath   Kind = "DDEATH"
	DCommand Kind = "DCMD"
)

// Birth says that a message names every metric, with its alias and type.
func (k Kind) Birth() bool { return k == NBirth || k == DBirth }

// Data says that a message carries values that changed.
func (k Kind) Data() bool { return k == NData || k == DData }

// Death says that a node or device is away.
func (k Kind) Death() bool { return k == NDeath || k == DDeath }

// Command says that a host application tells a node or device what to do.
func (k Kind) Command() bool { return k == NCommand || k == DCommand }

// Topic is a topic of Sparkplug B, read: spBv1.0/group/kind/node, with /device
// behind it where Kind begins with D.
type Topic struct {
	Kind   Kind
	Node   string // group/node
	Device string // empty for the node itself
}

// Address is the device's address in a site file: group/node, with /device.
func (t Topic) Address() string {
	if t.Device == "" {
		return t.Node
	}
	return t.Node + "/" + t.Device
}

// ParseTopic reads a topic of Sparkplug B; ok is false for every other topic.
func ParseTopic(topic string) (t Topic, ok bool) {
	parts := strings.Split(topic, "/")
	if len(parts) < 4 || len(parts) > 5 || parts[0] != Namespace || parts[1] == "" || parts[3] == "" {
		return t, false
	}
	t = Topic{Kind: Kind(parts[2]), Node: parts[1] + "/" + parts[3]}
	if len(parts) == 5 {
		t.Device = parts[4]
	}
	switch t.Kind {
	case NBirth, NData, NDeath, NCommand:
		return t, len(parts) == 4
	case DBirth, DData, DDeath, DCommand:
		return t, t.Device != ""
	}
	return t, false
}

// UplinkOf is the DevEUI, in small letters, of a topic of ChirpStack's MQTT
// integration that carries uplinks: application/ID/device/DevEUI/event/up.
func UplinkOf(topic string) (eui string, ok bool) {
	p := strings.Split(topic, "/")
	if len(p) != 6 || p[0] != "application" || p[1] == "" || p[2] != "device" || p[4] != "event" || p[5] != "up" {
		return "", false
	}
	eui = strings.ToLower(p[3])
	return eui, isEUI(eui)
}

func isEUI(s string) bool {
	return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == ""
}

// CheckTopic refuses what no single topic can be.
func CheckTopic(topic string) error {
	if topic == "" || len(topic) > MaxTopic || !utf8.ValidString(topic) || strings.ContainsAny(topic, "#+\x00") || strings.HasPrefix(topic, "$") {
		return malformed("topic %q: write one topic of at most %d bytes, without the wildcards + and # and without $ in front", topic, MaxTopic)
	}
	return nil
}

// CheckAddress refuses an address that no device of an encoding can have.
func CheckAddress(e Encoding, address string) error {
	switch e {
	case JSON:
		if CheckTopic(address) != nil || strings.HasSuffix(address, "/") {
			return fmt.Errorf("address %q: write the topic that the sensor publishes, such as cold/room-1, without wildcards and without a slash at the end", address)
		}
	case Sparkplug:
		parts := strings.Split(address, "/")
		bad := CheckTopic(address) != nil || len(address)+len(Namespace)+8 > MaxTopic || len(parts) < 2 || len(parts) > 3
		for _, p := range parts {
			bad = bad || p == ""
		}
		if bad {
			return fmt.Errorf("address %q: write group/node for an edge node, or group/node/device", address)
		}
	case ChirpStack:
		if !isEUI(address) {
			return fmt.Errorf("address %q: write the DevEUI, 16 hexadecimal digits in small letters, such as a840419edb62011c", address)
		}
	}
	return nil
}
