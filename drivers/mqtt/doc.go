// Package mqtt reads what sensors publish over MQTT: JSON by path, Sparkplug B
// payloads, and uplinks of the LoRaWAN network server ChirpStack (version 4).
//
// It is no client and no broker, and it writes nothing: there is no function in
// it that builds a payload. Its link connects.
//
// Its invariant: a value comes out with the digits that were sent, from one place
// that the profile names; what is given twice, has no number, or needs a birth
// certificate that is not there gives no value, never a guess.
//
// References are to RFC 8259 (JSON), to the Eclipse Sparkplug Specification 3.0.0
// and to ChirpStack's integration.proto.
package mqtt
