// Package tap listens on a Modbus RTU line that has a master already, and hands on
// what it can tell for certain: a request, and the reply that answers it.
//
// It is no master and no slave: it holds nothing that could write to the line. It
// asks for nothing, so it reads what the master asks, as often as the master asks.
//
// Its invariant: a reading comes only from a reply that fits the one open request
// before it in unit, function, byte count, length and checksum, and came in its time.
// Where request and reply cannot be told apart, it says nothing.
package tap
