// Package link listens to sensors that publish over MQTT: through a broker that
// the site has already, or through a server in this process (package embedded).
//
// It is no host application in the sense of Sparkplug: it publishes nothing, asks
// no node to be born again, and writes no command. What a host application tells
// a device is sealed as what was seen on its way.
//
// Its invariant: what was published comes on byte for byte and in the order in
// which one sensor sent it, and a message of unknown age gives no reading.
package link
