// Package document reads a configuration file of YAML strictly: every key is
// known or an error, every number is kept as the text it was written in, and
// every error says file, line, what is wrong and what to do.
//
// It is not a general YAML reader: anchors, aliases, tags, merges and several
// documents in one file do not exist here, for a reviewer should see in one place
// what a device is told.
//
// Its invariant: what was not asked for is reported; nothing is skipped.
package document
