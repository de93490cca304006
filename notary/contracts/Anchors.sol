// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Anchors: where Merkle logs leave the head they can never take back
/// @notice Each log has an id and one writer. The writer anchors checkpoints (size, root) of its log; a log only
/// grows. One storage slot a checkpoint is kept for ever, so that a storage proof from any later block shows that
/// the checkpoint existed, and when.
/// @dev The slot of a checkpoint holds
///     keccak256(abi.encode(bytes32 root, uint256 size, uint256 block.number, uint256 block.timestamp)),
/// 128 bytes hashed, number and time being those of the block that anchored it. A verifier finds it at
///     keccak256(abi.encode(uint256 size, keccak256(abi.encode(bytes32 logId, uint256 0)))).
/// Nothing is immutable or linked, so that the runtime code, and with it the code hash, is one for all deployments.
contract Anchors {
    /// @dev What a log's writer has anchored last, and whether it may go on; one storage slot.
    /// @param size entries under the newest anchored checkpoint; 0 as long as there is none
    /// @param number block that anchored it
    /// @param time timestamp of that block, in seconds since 1970
    /// @param state UNKNOWN, OPEN or CLOSED
    struct Seat {
        uint64 size;
        uint64 number;
        uint64 time;
        uint8 state;
    }

    uint8 private constant UNKNOWN = 0;
    uint8 private constant OPEN = 1;
    uint8 private constant CLOSED = 2;

    /// @notice The anchored checkpoints, by log and size; zero where none was anchored.
    /// @dev Declared first: verifiers rely on storage position 0.
    mapping(bytes32 logId => mapping(uint64 size => bytes32)) public checkpoints;

    /// @notice The writer of each log; zero for a log that is not registered.
    mapping(bytes32 logId => address) public writers;

    /// @notice Who registers and closes logs and replaces writers.
    address public governor;

    /// @dev Keyed by the writer too, so that one read tells both whether the sender may write and what came last;
    /// a writer kept apart would cost 2,100 gas more an anchor.
    mapping(bytes32 logId => mapping(address writer => Seat)) private seats;

    /// @notice A log was registered.
    /// @param logId keccak256 of the log's origin
    /// @param writer the only account that may anchor it
    event Registered(bytes32 indexed logId, address writer);

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
    /// @param size entries under its last checkpoint; 0 if it never had one
    event Closed(bytes32 indexed logId, uint64 size);

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
    /// @param size entries under its last checkpoint
    error IsClosed(uint64 size);

    /// @notice The newest checkpoint has another size than the one to close at.
    /// @param newest its size
    error NotNewest(uint64 newest);

    /// @notice Whoever deploys the contract governs it.
    constructor() {
        governor = msg.sender;
    }

    /// @notice Registers a log, once.
    /// @param logId keccak256 of the log's origin
    /// @param writer the only account that may anchor it
    function register(bytes32 logId, address writer) external {
        if (msg.sender != governor) revert NotGovernor();
        if (writer == address(0)) revert NoWriter();
        if (writers[logId] != address(0)) revert Known();
        writers[logId] = writer;
        seats[logId][writer].state = OPEN;
        emit Registered(logId, writer);
    }

    /// @notice Gives a log another writer, which goes on where the old one stopped.
    /// @param logId the log
    /// @param writer the only account that may anchor it from now on
    function replace(bytes32 logId, address writer) external {
        if (msg.sender != governor) revert NotGovernor();
        if (writer == address(0)) revert NoWriter();
        address old = writers[logId];
        if (old == address(0)) revert Unknown();
        if (old == writer) revert Known();
        seats[logId][writer] = seats[logId][old];
        delete seats[logId][old];
        writers[logId] = writer;
        emit Replaced(logId, writer);
    }

    /// @notice Closes a log at its newest anchored checkpoint, for ever.
    /// @param logId the log
    /// @param size entries under that checkpoint; 0 if the log never had one
    function close(bytes32 logId, uint64 size) external {
        address writer = writers[logId];
        if (writer == address(0)) revert Unknown();
        if (msg.sender != governor && msg.sender != writer) revert NotGovernor();
        Seat storage seat = seats[logId][writer];
        if (seat.state == CLOSED) revert IsClosed(seat.size);
        if (seat.size != size) revert NotNewest(seat.size);
        seat.state = CLOSED;
        emit Closed(logId, size);
    }

    /// @notice Anchors a checkpoint. The newest one again changes nothing and succeeds, so that it can be sent
    /// again by a writer that does not know whether it arrived.
    /// @param logId the log
    /// @param size entries under the checkpoint, above 0
    /// @param root RFC 6962 root over these entries
    function anchor(bytes32 logId, uint64 size, bytes32 root) external {
        Seat storage seat = seats[logId][msg.sender];
        uint8 state = seat.state;
        uint64 last = seat.size;
        if (state == UNKNOWN) revert NotWriter();
        if (size == 0) revert Empty();
        if (size < last) revert Stale(last);
        if (size == last) {
            if (checkpoints[logId][size] != slot(root, size, seat.number, seat.time)) revert Fork(size);
            return;
        }
        if (state == CLOSED) revert IsClosed(last);
        checkpoints[logId][size] = slot(root, size, block.number, block.timestamp);
        seat.size = size;
        seat.number = uint64(block.number);
        seat.time = uint64(block.timestamp);
        emit Anchored(logId, size, root);
    }

    /// @notice The newest anchored checkpoint of a log; all zero where there is none.
    /// @param logId the log
    /// @return size entries under it
    /// @return number block that anchored it
    /// @return time timestamp of that block, in seconds since 1970
    /// @return closed whether the log is closed
    function newest(bytes32 logId) external view returns (uint64 size, uint64 number, uint64 time, bool closed) {
        Seat memory seat = seats[logId][writers[logId]];
        return (seat.size, seat.number, seat.time, seat.state == CLOSED);
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
}
