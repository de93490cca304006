// Package broker is the notary's own MQTT 3.1.1 broker: it carries the messages
// of package wire between gateways and the intake, over mutual TLS, and nothing
// else. The certificate's common name, the client id, the topic and the header's
// gateway are one and the same.
//
// It is not a message bus: no gateway reads another's topic, nothing is retained
// or queued, and there are no wills and no kept sessions.
//
// Its invariant: a PUBACK leaves only after the intake returned, so it means
// "durable, or refused for good"; where nothing was stored the connection ends
// instead.
package broker
