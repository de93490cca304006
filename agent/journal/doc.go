// Package journal keeps sealed batches on the gateway's disk until the notary
// has proved that it has them and a final anchor covers them.
//
// It is not a queue of messages: a broker's acknowledgement changes nothing in
// it, only a verified receipt or a refusal does. It does not seal and does not
// verify.
//
// Its invariant: each method that writes makes one synced write, and what memory
// holds after it is what [Open] would read from disk, for both go through apply.
// Without room on the disk nothing is written at all (ErrFull), and later it may
// be. After any other error in a write the journal takes no more: the process
// ends, and the next one reads what became of it.
//
// Keys, all numbers big-endian:
//
//	i/<order>   state, boot, sequence, times, log index, payload size, configuration
//	h/<order>   signed header
//	p/<order>   payload, absent once the bound took it
//	l/<order>   a run of batches whose payload the bound took undelivered
//	c/<root>    configuration leaves and the digests of their profiles
//	f/<digest>  compiled profile
//	m/…         last header, checkpoint, final block, covered size, format
//
// An order counts batches over all boots and is never used twice.
package journal
