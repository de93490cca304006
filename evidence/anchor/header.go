package anchor

import "golang.org/x/crypto/sha3"

// MaxHeader bounds a header's RLP, in bytes. Consortium chains put the
// validators and their seals into it: 7 validators with 5 seals take 1.1 kB.
const MaxHeader = 64 << 10

// Header is what this package uses of a block header; the bytes it was
// decoded from are all under Hash, but for the seals of a BFT chain.
type Header struct {
	Hash        [32]byte // keccak256 of the RLP; of a sealed chain [HeaderHash]
	Parent      [32]byte
	StateRoot   [32]byte
	ReceiptRoot [32]byte
	Beneficiary [20]byte // who proposed it, on QBFT and IBFT 2.0
	Number      uint64
	Time        uint64 // seconds since 1970
	Extra       []byte
	Seal        Seal // who sealed it, once [Block.Verify] has counted
}

// headerField describes a field of the yellow paper's §4.4.
type headerField struct {
	name string
	size int
	kind byte // 'f' fixed size, 'n' number of at most size bytes, 'b' bytes
}

var headerFields = []headerField{
	{"parentHash", 32, 'f'}, {"ommersHash", 32, 'f'}, {"beneficiary", 20, 'f'}, {"stateRoot", 32, 'f'},
	{"transactionsRoot", 32, 'f'}, {"receiptsRoot", 32, 'f'}, {"logsBloom", 256, 'f'}, {"difficulty", 32, 'n'},
	{"number", 8, 'n'}, {"gasLimit", 8, 'n'}, {"gasUsed", 8, 'n'}, {"timestamp", 8, 'n'}, {"extraData", 0, 'b'},
	{"mixHash", 32, 'f'}, {"nonce", 8, 'f'},
	{"baseFeePerGas", 32, 'n'},                                                        // London, EIP-1559
	{"withdrawalsRoot", 32, 'f'},                                                      // Shanghai, EIP-4895
	{"blobGasUsed", 8, 'n'}, {"excessBlobGas", 8, 'n'}, {"parentBeaconRoot", 32, 'f'}, // Cancun, EIP-4844 and 4788
	{"requestsHash", 32, 'f'}, // Prague, EIP-7685
}

// ParseHeader decodes a header from its RLP. The number of fields says which
// fork it is from: 15 before London, 16, 17 (Shanghai), 20 (Cancun), 21 (Prague).
// Its Hash is that of the bytes as they are; see [HeaderHash] for sealed chains.
func ParseHeader(rlp []byte) (Header, error) {
	h, _, err := parseHeader(rlp)
	return h, err
}

// extraField is the place of extraData among headerFields.
const extraField = 12

func parseHeader(rlp []byte) (Header, []item, error) {
	if len(rlp) > MaxHeader {
		return Header{}, nil, malformed("block header of %d bytes is above the limit of %d", len(rlp), MaxHeader)
	}
	items, err := readWhole(rlp)
	if err != nil {
		return Header{}, nil, wrap("block header", err)
	}
	switch len(items) {
	case 15, 16, 17, 20, 21:
	default:
		return Header{}, nil, malformed("block header: %d fields belong to no known fork", len(items))
	}
	for i, it := range items {
		f := headerFields[i]
		switch {
		case f.kind == 'f':
			_, err = it.fixed(f.name, f.size)
		case f.kind == 'n':
			_, err = it.integer(f.name, f.size)
		case it.list:
			err = malformed("%s: want a string, found %s", f.name, it)
		}
		if err != nil {
			return Header{}, nil, wrap("block header", err)
		}
	}
	h := Header{Hash: Keccak(rlp), Extra: items[extraField].body}
	copy(h.Parent[:], items[0].body)
	copy(h.Beneficiary[:], items[2].body)
	copy(h.StateRoot[:], items[3].body)
	copy(h.ReceiptRoot[:], items[5].body)
	// Both sizes were checked above.
	h.Number, _ = items[8].uint64("number")
	h.Time, _ = items[11].uint64("timestamp")
	return h, items, nil
}

// Keccak is the hash of Ethereum: Keccak-256 as submitted, not SHA3-256.
func Keccak(parts ...[]byte) (h [32]byte) {
	k := sha3.NewLegacyKeccak256()
	for _, p := range parts {
		k.Write(p)
	}
	k.Sum(h[:0])
	return h
}
