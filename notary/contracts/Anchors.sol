// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Anchors: where Merkle logs leave the head they can never take back
/// @author The Fieldseal authors
/// @notice Each log has an id and one writer. The writer anchors checkpoints (size, root) of its log; a log only
/// grows. One storage slot a checkpoint is kept for ever, so that a storage proof from any later block shows that
/// the checkpoint existed, and when. A log may ask that so many organisations cosign each checkpoint. The governor, a
/// contract Governance where several organisations share the chain, registers, stops and closes logs; nobody else can,
/// and nobody can replace the governor or change what is anchored.
/// @dev The slot of a checkpoint holds
///     keccak256(abi.encode(bytes32 root, uint256 size, uint256 block.number, uint256 block.timestamp)),
/// 128 bytes hashed, number and time being those of the block that anchored it. A verifier finds it at
///     keccak256(abi.encode(uint256 size, keccak256(abi.encode(bytes32 logId, uint256 0)))).
/// Nothing is immutable or linked, so that the runtime code, and with it the code hash, is one for all deployments.
contract Anchors {
    /// @dev What a log's writer has anchored last, and whether it may go on; one storage slot.
    /// @param size entries under the newest anchored checkpoint; 0 as long as there is none
    /// @param number block that anchored it; before the first, the one that registered the log
    /// @param time timestamp of that block, in seconds since 1970
    /// @param rate most entries that the log may grow by in a second, 1 at least
    /// @param cosigners organisations that must cosign each checkpoint
    /// @param state UNKNOWN, OPEN, STOPPED or CLOSED
    struct Seat {
        uint64 size;
        uint64 number;
        uint64 time;
        uint48 rate;
        uint8 cosigners;
        uint8 state;
    }

    /// @dev How a log ended.
    /// @param size entries that its history has
    /// @param closed whether it ended
    /// @param successor the log that goes on; zero for none
    struct Ending {
        uint64 size;
        bool closed;
        bytes32 successor;
    }

    uint8 private constant UNKNOWN = 0;
    uint8 private constant OPEN = 1;
    uint8 private constant CLOSED = 2;
    uint8 private constant STOPPED = 3;

    /// @notice Most organisations that a log can ask to cosign.
    uint8 public constant MAX_COSIGNERS = 32;

    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME = keccak256("Fieldseal Anchors");
    bytes32 private constant VERSION = keccak256("1");

    /// @dev Half the order of secp256k1: of the two forms of a signature the one with s up to here is taken (EIP-2).
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @notice EIP-712 type of what organisations cosign.
    bytes32 public constant CHECKPOINT = keccak256("Checkpoint(bytes32 logId,uint64 size,bytes32 root)");

    /// @notice The anchored checkpoints, by log and size; zero where none was anchored.
    /// @dev Declared first: verifiers rely on storage position 0.
    mapping(bytes32 logId => mapping(uint64 size => bytes32)) public checkpoints;

    /// @notice The writer of each log; zero for a log that is not registered.
    mapping(bytes32 logId => address) public writers;

    /// @notice Who registers, stops and closes logs and replaces writers.
    address public governor;

    /// @notice How each log ended, if it did.
    mapping(bytes32 logId => Ending) public endings;

    /// @dev Keyed by the writer too, so that one read tells both whether the sender may write and what came last;
    /// a writer kept apart would cost 2,100 gas more an anchor.
    mapping(bytes32 logId => mapping(address writer => Seat)) private seats;

    /// @notice Whether an account cosigns for an organisation, each for another. The governor tells; it is kept here
    /// because asking there would cost 4,700 gas more an anchor.
    mapping(address account => bool) public cosigns;

    /// @notice A log was registered.
    /// @param logId keccak256 of the log's origin
    /// @param writer the only account that may anchor it
    /// @param cosigners organisations that must cosign each checkpoint
    /// @param rate most entries that it may grow by in a second
    event Registered(bytes32 indexed logId, address writer, uint8 cosigners, uint48 rate);

    /// @notice What a log must keep to was changed.
    /// @param logId keccak256 of the log's origin
    /// @param cosigners organisations that must cosign each checkpoint from now on
    /// @param rate most entries that it may grow by in a second from now on
    event Bound(bytes32 indexed logId, uint8 cosigners, uint48 rate);

    /// @notice A log was stopped or goes on.
    /// @param logId keccak256 of the log's origin
    /// @param stopped whether nothing can be anchored in it for now
    event Stopped(bytes32 indexed logId, bool stopped);

    /// @notice An account cosigns for an organisation, or does no longer.
    /// @param account the account
    /// @param serves whether it does
    event CosignerSet(address indexed account, bool serves);

    /// @notice A log was given another writer; what it anchored stays.
    /// @param logId keccak256 of the log's origin
    /// @param writer the only account that may anchor it from now on
    event Replaced(bytes32 indexed logId, address writer);

    /// @notice A checkpoint was anchored for the first time.
    /// @param logId keccak256 of the log's origin
    /// @param size entries under the checkpoint
    /// @param root RFC 6962 root over these entries
    event Anchored(bytes32 indexed logId, uint64 size, bytes32 root);

    /// @notice A log was closed; nothing can be anchored in it any more.
    /// @param logId keccak256 of the log's origin
    /// @param size entries that its history has; a checkpoint above, if there is one, is no part of it
    /// @param successor the log that goes on; zero for none
    event Closed(bytes32 indexed logId, uint64 size, bytes32 successor);

    /// @notice Only the governor may do this.
    error NotGovernor();

    /// @notice The sender is not the writer of this log.
    error NotWriter();

    /// @notice The log has been registered before.
    error Known();

    /// @notice The log is not registered.
    error Unknown();

    /// @notice The zero address cannot write.
    error NoWriter();

    /// @notice A checkpoint over no entries says nothing.
    error Empty();

    /// @notice Another root is anchored at this size: the log shows two histories.
    /// @param size the size at which they part, at the latest
    error Fork(uint64 size);

    /// @notice A larger checkpoint is anchored already.
    /// @param newest its size
    error Stale(uint64 newest);

    /// @notice The log is closed.
    /// @param size entries that its history has
    error IsClosed(uint64 size);

    /// @notice The log is stopped.
    error IsStopped();

    /// @notice No checkpoint of this size is anchored.
    /// @param newest size of the newest one
    error NotAnchored(uint64 newest);

    /// @notice The log cannot have grown by so much in this time.
    /// @param most the greatest size that can be anchored in this block
    error TooLarge(uint64 most);

    /// @notice Cosignatures are missing, not sorted by account, not in low-s form, or of accounts that cosign for no
    /// organisation.
    /// @param needed organisations that must cosign
    error NotCosigned(uint8 needed);

    /// @notice A log may grow by one entry a second at least, and at most 32 organisations cosign.
    error BadBound();

    /// @notice Somebody must govern.
    error NoGovernor();

    modifier governed() {
        if (msg.sender != governor) revert NotGovernor();
        _;
    }

    /// @notice Names the governor, for ever.
    /// @param governor_ a contract Governance; an account where one operator runs the chain alone
    constructor(address governor_) {
        if (governor_ == address(0)) revert NoGovernor();
        governor = governor_;
    }

    /// @notice Registers a log, once.
    /// @param logId keccak256 of the log's origin
    /// @param writer the only account that may anchor it
    /// @param cosigners organisations that must cosign each checkpoint; 0 for none
    /// @param rate most entries that the log may grow by in a second: what a stolen writer key can run ahead by
    function register(bytes32 logId, address writer, uint8 cosigners, uint48 rate) external governed {
        if (writer == address(0)) revert NoWriter();
        if (writers[logId] != address(0)) revert Known();
        _checkBounds(cosigners, rate);
        writers[logId] = writer;
        // The time of a block is what an anchor is about; a sealer can move it by seconds.
        // solhint-disable-next-line not-rely-on-time
        seats[logId][writer] = Seat(0, uint64(block.number), uint64(block.timestamp), rate, cosigners, OPEN);
        emit Registered(logId, writer, cosigners, rate);
    }

    /// @notice Gives a log another writer, which goes on where the old one stopped.
    /// @param logId the log
    /// @param writer the only account that may anchor it from now on
    function replace(bytes32 logId, address writer) external governed {
        if (writer == address(0)) revert NoWriter();
        address old = writers[logId];
        if (old == address(0)) revert Unknown();
        if (old == writer) revert Known();
        seats[logId][writer] = seats[logId][old];
        delete seats[logId][old];
        writers[logId] = writer;
        emit Replaced(logId, writer);
    }

    /// @notice Changes what a log must keep to.
    /// @param logId the log
    /// @param cosigners organisations that must cosign each checkpoint from now on
    /// @param rate most entries that it may grow by in a second from now on
    function bound(bytes32 logId, uint8 cosigners, uint48 rate) external governed {
        Seat storage seat = _seat(logId);
        _checkBounds(cosigners, rate);
        seat.cosigners = cosigners;
        seat.rate = rate;
        emit Bound(logId, cosigners, rate);
    }

    /// @notice Tells that an account cosigns for an organisation that has no other, or does no longer.
    /// @param account the account
    /// @param serves whether it does from now on
    function cosigner(address account, bool serves) external governed {
        cosigns[account] = serves;
        emit CosignerSet(account, serves);
    }

    /// @notice Stops a log, or lets it go on.
    /// @param logId the log
    /// @param stopped whether nothing can be anchored in it for now
    function stop(bytes32 logId, bool stopped) external governed {
        Seat storage seat = _seat(logId);
        if (seat.state == CLOSED) revert IsClosed(endings[logId].size);
        seat.state = stopped ? STOPPED : OPEN;
        emit Stopped(logId, stopped);
    }

    /// @notice Closes a log at an anchored checkpoint, for ever. Checkpoints above it stay and are no part of its
    /// history: they are what a stolen key has anchored.
    /// @param logId the log
    /// @param size entries under that checkpoint; 0 if its history has none
    /// @param successor the log that goes on; zero for none
    function close(bytes32 logId, uint64 size, bytes32 successor) external governed {
        Seat storage seat = _seat(logId);
        if (seat.state == CLOSED) revert IsClosed(endings[logId].size);
        if (size != 0 && checkpoints[logId][size] == 0) revert NotAnchored(seat.size);
        seat.state = CLOSED;
        endings[logId] = Ending(size, true, successor);
        emit Closed(logId, size, successor);
    }

    /// @notice Anchors a checkpoint of a log that asks for no cosignatures. The newest one again changes nothing and
    /// succeeds, so that it can be sent again by a writer that does not know whether it arrived.
    /// @param logId the log
    /// @param size entries under the checkpoint, above 0
    /// @param root RFC 6962 root over these entries
    function anchor(bytes32 logId, uint64 size, bytes32 root) external {
        Seat storage seat = seats[logId][msg.sender];
        (bool grows, uint8 cosigners) = _grows(seat, logId, size, root);
        if (grows) {
            if (cosigners != 0) revert NotCosigned(cosigners);
            _write(seat, logId, size, root);
        }
    }

    /// @notice Anchors a checkpoint with the cosignatures of organisations; see anchor.
    /// @param logId the log
    /// @param size entries under the checkpoint, above 0
    /// @param root RFC 6962 root over these entries
    /// @param cosignatures r, s, v of EIP-712 signatures over (logId, size, root), 65 bytes each, one of each
    /// organisation's cosigner, in ascending order of the accounts
    function anchorCosigned(bytes32 logId, uint64 size, bytes32 root, bytes calldata cosignatures) external {
        Seat storage seat = seats[logId][msg.sender];
        (bool grows, uint8 cosigners) = _grows(seat, logId, size, root);
        if (grows) {
            _checkCosigned(cosigners, digest(logId, size, root), cosignatures);
            _write(seat, logId, size, root);
        }
    }

    /// @notice The newest anchored checkpoint of a log; all zero where there is none.
    /// @param logId the log
    /// @return size entries under it
    /// @return number block that anchored it
    /// @return time timestamp of that block, in seconds since 1970
    /// @return closed whether the log is closed
    function newest(bytes32 logId) external view returns (uint64 size, uint64 number, uint64 time, bool closed) {
        Seat memory seat = seats[logId][writers[logId]];
        closed = seat.state == CLOSED;
        if (seat.size != 0) (size, number, time) = (seat.size, seat.number, seat.time);
    }

    /// @notice What a log must keep to.
    /// @param logId the log
    /// @return cosigners organisations that must cosign each checkpoint
    /// @return rate most entries that it may grow by in a second
    /// @return stopped whether nothing can be anchored in it for now
    function bounds(bytes32 logId) external view returns (uint8 cosigners, uint48 rate, bool stopped) {
        Seat memory seat = seats[logId][writers[logId]];
        return (seat.cosigners, seat.rate, seat.state == STOPPED);
    }

    /// @notice What organisations sign to cosign a checkpoint (EIP-712).
    /// @param logId the log
    /// @param size entries under the checkpoint
    /// @param root RFC 6962 root over these entries
    /// @return hash the digest
    function digest(bytes32 logId, uint64 size, bytes32 root) public view returns (bytes32 hash) {
        bytes32 domain = DOMAIN;
        bytes32 name = NAME;
        bytes32 version = VERSION;
        bytes32 checkpoint = CHECKPOINT;
        // As abi.encode would do it in three pieces of memory and for 500 gas more: the domain, the checkpoint, both.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, domain)
            mstore(add(at, 32), name)
            mstore(add(at, 64), version)
            mstore(add(at, 96), chainid())
            mstore(add(at, 128), address())
            domain := keccak256(at, 160)
            mstore(at, checkpoint)
            mstore(add(at, 32), logId)
            mstore(add(at, 64), and(size, 0xffffffffffffffff))
            mstore(add(at, 96), root)
            checkpoint := keccak256(at, 128)
            mstore(at, shl(240, 0x1901))
            mstore(add(at, 2), domain)
            mstore(add(at, 34), checkpoint)
            hash := keccak256(at, 66)
        }
    }

    /// @notice What the slot of a checkpoint holds.
    /// @param root RFC 6962 root
    /// @param size entries under it
    /// @param number block that anchors it
    /// @param time timestamp of that block, in seconds since 1970
    /// @return the hash of the four, each as a 32-byte word
    function slot(bytes32 root, uint256 size, uint256 number, uint256 time) public pure returns (bytes32) {
        return keccak256(abi.encode(root, size, number, time));
    }

    /// @notice Writes a checkpoint that was found to grow the log.
    /// @param seat the log's seat
    /// @param logId the log
    /// @param size entries under it
    /// @param root RFC 6962 root
    function _write(Seat storage seat, bytes32 logId, uint64 size, bytes32 root) private {
        // solhint-disable-next-line not-rely-on-time
        uint256 time = block.timestamp;
        checkpoints[logId][size] = slot(root, size, block.number, time);
        seat.size = size;
        seat.number = uint64(block.number);
        seat.time = uint64(time);
        emit Anchored(logId, size, root);
    }

    /// @notice Whether a checkpoint may be written; false if it is the newest again.
    /// @param seat the log's seat
    /// @param logId the log
    /// @param size entries under it
    /// @param root RFC 6962 root
    /// @return whether it is to be written
    /// @return organisations that must cosign it
    function _grows(Seat memory seat, bytes32 logId, uint64 size, bytes32 root) private view returns (bool, uint8) {
        if (seat.state == UNKNOWN) revert NotWriter();
        if (size == 0) revert Empty();
        if (size < seat.size) revert Stale(seat.size);
        if (size == seat.size) {
            if (checkpoints[logId][size] != slot(root, size, seat.number, seat.time)) revert Fork(size);
            return (false, 0);
        }
        if (seat.state == CLOSED) revert IsClosed(endings[logId].size);
        if (seat.state == STOPPED) revert IsStopped();
        // solhint-disable-next-line not-rely-on-time
        uint256 most = uint256(seat.size) + uint256(seat.rate) * (block.timestamp - seat.time + 1);
        if (size > most) revert TooLarge(uint64(most));
        return (true, seat.cosigners);
    }

    /// @notice Reverts unless enough organisations have signed.
    /// @param needed organisations that must sign
    /// @param digest_ what they signed
    /// @param cosignatures the signatures
    function _checkCosigned(uint8 needed, bytes32 digest_, bytes calldata cosignatures) private view {
        uint256 n = cosignatures.length / 65;
        if (cosignatures.length != n * 65 || n < needed) revert NotCosigned(needed);
        uint256 next;
        uint256 end;
        // solhint-disable-next-line no-inline-assembly
        assembly {
            next := cosignatures.offset
            end := add(next, cosignatures.length)
        }
        address last = address(0);
        while (next < end) {
            bytes32 r;
            bytes32 s;
            uint8 v;
            // n * 65 is the length, so that all three lie within; slices would check it three times over.
            // solhint-disable-next-line no-inline-assembly
            assembly {
                r := calldataload(next)
                s := calldataload(add(next, 32))
                v := byte(0, calldataload(add(next, 64)))
                next := add(next, 65)
            }
            // Who did not sign comes out as another account or as zero, which is above none. Distinct accounts are
            // distinct organisations, of which there are at most 32.
            address one = ecrecover(digest_, v, r, s);
            if (uint256(s) > HALF_ORDER || one <= last || !cosigns[one]) revert NotCosigned(needed);
            last = one;
        }
    }

    /// @notice The seat of a log that is registered.
    /// @param logId the log
    /// @return its seat
    function _seat(bytes32 logId) private view returns (Seat storage) {
        address writer = writers[logId];
        if (writer == address(0)) revert Unknown();
        return seats[logId][writer];
    }

    /// @notice Reverts if a log could not live with these.
    /// @param cosigners organisations that must cosign
    /// @param rate most entries a second
    function _checkBounds(uint8 cosigners, uint48 rate) private pure {
        if (rate == 0 || cosigners > MAX_COSIGNERS) revert BadBound();
    }
}
