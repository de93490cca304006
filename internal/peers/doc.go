// Package peers finds the parts we did not write that some tests talk to: a
// Modbus master and slaves from elsewhere, strace, the outside judges of a log.
//
// It installs nothing; tools/peers.sh does. Its invariant: a part that is
// missing is never passed over in silence. On a bare machine the test is skipped
// with the reason; where FIELDSEAL_PEERS=required or CI=true, it fails.
package peers
