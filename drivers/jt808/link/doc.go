// Package link listens to vehicle terminals that report by JT/T 808 and dial in at
// a port: it registers and authenticates them, takes their position reports and
// batches, puts split messages together and answers.
//
// It is not a platform: it asks a terminal for nothing and originates no command.
// The messages that hold a terminal's authentication key (0102 and the answer 8100)
// are not handed on, so that no key is sealed.
//
// Its invariant: a message of values is answered only when it is durable in the
// journal, and a terminal that the site file does not name, or that has not
// authenticated on its connection, gives no reading.
package link
