// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "./Anchors.sol";

/// @title Governance: what several organisations decide together, and none of them alone
/// @author The Fieldseal authors
/// @notice Organisations with weights decide by a threshold. A proposal is one call of one contract; it is made once
/// organisations that hold together at least the threshold have approved it, and not before. Changes of the
/// organisations and of the threshold pass through the same door. Who deploys holds nothing afterwards.
/// @dev Rules that hold after every call:
/// - the threshold is above half of all weight, so that no two opposite decisions can both be reached;
/// - the threshold is above each single weight, so that no organisation decides alone, and at least two must agree;
/// - a key serves one organisation in one role, and one that was replaced never serves again, so that what a stolen key
///   approved falls with the key.
/// No proxy, no owner, no delegatecall, no ether. Nothing is immutable or linked, so the code hash is one for all.
contract Governance {
    /// @notice An organisation as it is put in or changed.
    /// @param id its identity, random or keccak256 of a name; never zero
    /// @param name as people say it, 1 to 64 bytes of UTF-8
    /// @param key the account that proposes and approves
    /// @param cosigner the account that cosigns checkpoints; may be the same as key
    /// @param weight what its approval counts; 0 takes it out
    struct Organisation {
        bytes32 id;
        string name;
        address key;
        address cosigner;
        uint32 weight;
    }

    /// @dev A call that organisations may agree on.
    /// @param expires seconds since 1970 from which on it can no longer be approved; 0: there is none
    /// @param done whether it was made
    struct Proposal {
        uint64 expires;
        bool done;
    }

    /// @notice Most organisations at a time.
    uint256 public constant MAX_ORGANISATIONS = 32;

    /// @notice Longest call that can be proposed, in bytes.
    uint256 public constant MAX_CALL = 4096;

    /// @notice Weight that must approve.
    uint32 public threshold;

    /// @notice Seconds for which a proposal stays open.
    uint64 public period;

    /// @notice Proposals by id, the keccak256 of what they do; see idOf.
    mapping(bytes32 proposalId => Proposal) public proposals;

    /// @notice Whether a key has approved a proposal.
    mapping(bytes32 proposalId => mapping(address key => bool)) public approved;

    /// @notice The contract Anchors of this round, deployed with it. It is told who cosigns.
    Anchors public anchors;

    /// @notice The organisation that an account decides for; zero for none.
    mapping(address key => bytes32 organisation) public keyOf;

    /// @dev Accounts that have ever been a key or a cosigner.
    mapping(address account => bool) private spent;

    bytes32[] private ids;
    mapping(bytes32 organisation => Organisation) private organisations;

    /// @notice A call was proposed; whoever proposes has approved it.
    /// @param proposalId what is approved
    /// @param organisation who proposed
    /// @param target the contract to call
    /// @param data the call
    /// @param nonce tells apart two proposals of the same call
    /// @param expires seconds since 1970 from which on it can no longer be approved
    event Proposed(
        bytes32 indexed proposalId,
        bytes32 indexed organisation,
        address indexed target,
        bytes data,
        uint256 nonce,
        uint64 expires
    );

    /// @notice An organisation approved a proposal.
    /// @param proposalId the proposal
    /// @param organisation who approved
    event Approved(bytes32 indexed proposalId, bytes32 indexed organisation);

    /// @notice An organisation took its approval back.
    /// @param proposalId the proposal
    /// @param organisation who took it back
    event Withdrawn(bytes32 indexed proposalId, bytes32 indexed organisation);

    /// @notice A proposal had the weight it needs, and its call was made.
    /// @param proposalId the proposal
    event Executed(bytes32 indexed proposalId);

    /// @notice An organisation was put in, changed or, with weight 0, taken out.
    /// @param id the organisation
    /// @param name as people say it
    /// @param key the account that decides for it
    /// @param cosigner the account that cosigns for it
    /// @param weight what its approval counts; 0: it is out
    event OrganisationSet(bytes32 indexed id, string name, address key, address cosigner, uint32 weight);

    /// @notice The rules of deciding were set.
    /// @param threshold weight that must approve
    /// @param period seconds for which a proposal stays open
    event RulesSet(uint32 threshold, uint64 period);

    /// @notice The sender decides for no organisation.
    error NotOrganisation();

    /// @notice Only a decision of the organisations can do this: propose it.
    error NotDecided();

    /// @notice There is no such proposal.
    error NoProposal();

    /// @notice The proposal is there already: approve it, or take another nonce.
    error AlreadyProposed();

    /// @notice The proposal was carried out.
    error AlreadyDone();

    /// @notice The proposal's time is over.
    /// @param since seconds since 1970
    error Expired(uint64 since);

    /// @notice The organisation approved it before.
    error AlreadyApproved();

    /// @notice The organisation has not approved it.
    error NotApproved();

    /// @notice The threshold must be above half of all weight and above each single weight, and within their sum.
    /// @param threshold what was asked for
    /// @param total all weight
    /// @param greatest the greatest single weight
    error BadThreshold(uint32 threshold, uint64 total, uint32 greatest);

    /// @notice The period must be between an hour and a year.
    error BadPeriod();

    /// @notice An organisation needs an id, a name of 1 to 64 bytes, and both accounts.
    error BadOrganisation();

    /// @notice The account serves, or has served, in this or another place.
    /// @param account the account
    error KeyUsed(address account);

    /// @notice There are 32 organisations already.
    error TooMany();

    /// @notice The call is longer than can be proposed, or its target holds no code.
    error BadCall();

    /// @notice The call of a decided proposal failed; nothing has changed.
    /// @param reason what the target said
    error CallFailed(bytes reason);

    modifier decided() {
        if (msg.sender != address(this)) revert NotDecided();
        _;
    }

    /// @notice Founds the round.
    /// @param first the organisations
    /// @param threshold_ weight that must approve
    /// @param period_ seconds for which a proposal stays open
    constructor(Organisation[] memory first, uint32 threshold_, uint64 period_) {
        anchors = new Anchors(address(this));
        for (uint256 i = 0; i < first.length; ++i) {
            _set(first[i]);
        }
        _rules(threshold_, period_);
    }

    /// @notice Proposes a call and approves it.
    /// @param target the contract to call: this one, Anchors or Registry
    /// @param data the call
    /// @param nonce any number with which the same call was not proposed before
    /// @return proposalId what the others approve
    function propose(address target, bytes calldata data, uint256 nonce) external returns (bytes32 proposalId) {
        bytes32 organisation = keyOf[msg.sender];
        if (organisation == 0) revert NotOrganisation();
        if (data.length > MAX_CALL || target.code.length == 0) revert BadCall();
        proposalId = idOf(target, data, nonce);
        if (proposals[proposalId].expires != 0) revert AlreadyProposed();
        // A proposal's life counts seconds, and a sealer can move a block's time by few of them.
        // solhint-disable-next-line not-rely-on-time
        uint64 expires = uint64(block.timestamp) + period;
        proposals[proposalId].expires = expires;
        approved[proposalId][msg.sender] = true;
        emit Proposed(proposalId, organisation, target, data, nonce, expires);
        emit Approved(proposalId, organisation);
    }

    /// @notice Approves a proposal, and makes its call if that decides it. The call is given again, so that who
    /// approves signs what will be done and not a number.
    /// @param target as proposed
    /// @param data as proposed
    /// @param nonce as proposed
    function approve(address target, bytes calldata data, uint256 nonce) external {
        bytes32 organisation = keyOf[msg.sender];
        if (organisation == 0) revert NotOrganisation();
        bytes32 proposalId = idOf(target, data, nonce);
        _open(proposalId);
        if (approved[proposalId][msg.sender]) revert AlreadyApproved();
        approved[proposalId][msg.sender] = true;
        emit Approved(proposalId, organisation);
        if (weightOf(proposalId) < threshold) return;
        proposals[proposalId].done = true;
        emit Executed(proposalId);
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory answer) = target.call(data);
        if (!ok) revert CallFailed(answer);
    }

    /// @notice Takes an approval back while the proposal is open.
    /// @param proposalId the proposal
    function withdraw(bytes32 proposalId) external {
        bytes32 organisation = keyOf[msg.sender];
        if (organisation == 0) revert NotOrganisation();
        _open(proposalId);
        if (!approved[proposalId][msg.sender]) revert NotApproved();
        approved[proposalId][msg.sender] = false;
        emit Withdrawn(proposalId, organisation);
    }

    /// @notice Puts an organisation in, changes it or takes it out, and sets the threshold that holds from then on.
    /// @param organisation the organisation; weight 0 takes it out
    /// @param threshold_ weight that must approve from now on
    function setOrganisation(Organisation calldata organisation, uint32 threshold_) external decided {
        _set(organisation);
        _rules(threshold_, period);
    }

    /// @notice Sets the rules of deciding.
    /// @param threshold_ weight that must approve from now on
    /// @param period_ seconds for which a proposal stays open; those that are open keep theirs
    function setRules(uint32 threshold_, uint64 period_) external decided {
        _rules(threshold_, period_);
    }

    /// @notice The organisations, in no particular order.
    /// @return all all that are in
    function list() external view returns (Organisation[] memory all) {
        all = new Organisation[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            all[i] = organisations[ids[i]];
        }
    }

    /// @notice The weight of those who have approved a proposal, as organisations stand now.
    /// @param proposalId the proposal
    /// @return weight its sum
    function weightOf(bytes32 proposalId) public view returns (uint64 weight) {
        for (uint256 i = 0; i < ids.length; ++i) {
            Organisation storage o = organisations[ids[i]];
            if (approved[proposalId][o.key]) weight += o.weight;
        }
    }

    /// @notice What a proposal is called: the hash of all that it does, here and nowhere else.
    /// @param target the contract to call
    /// @param data the call
    /// @param nonce tells apart two proposals of the same call
    /// @return the id
    function idOf(address target, bytes calldata data, uint256 nonce) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), target, keccak256(data), nonce));
    }

    /// @notice Reverts unless a proposal can be approved.
    /// @param proposalId the proposal
    function _open(bytes32 proposalId) private view {
        Proposal storage p = proposals[proposalId];
        if (p.expires == 0) revert NoProposal();
        if (p.done) revert AlreadyDone();
        // solhint-disable-next-line not-rely-on-time
        if (block.timestamp >= p.expires) revert Expired(p.expires);
    }

    /// @notice Puts in, changes or takes out, without a look at the threshold: _rules comes after it.
    /// @param o the organisation
    function _set(Organisation memory o) private {
        Organisation storage old = organisations[o.id];
        if (o.weight == 0) {
            if (old.weight == 0) revert BadOrganisation();
            _remove(old);
            emit OrganisationSet(o.id, old.name, old.key, old.cosigner, 0);
            delete organisations[o.id];
            return;
        }
        uint256 size = bytes(o.name).length;
        if (o.id == 0 || size == 0 || size > 64 || o.key == address(0) || o.cosigner == address(0)) {
            revert BadOrganisation();
        }
        if (old.weight == 0) {
            if (ids.length == MAX_ORGANISATIONS) revert TooMany();
            ids.push(o.id);
        }
        if (old.key != o.key) _spend(o.key);
        if (old.cosigner != o.cosigner && o.cosigner != o.key) _spend(o.cosigner);
        delete keyOf[old.key];
        keyOf[o.key] = o.id;
        if (old.cosigner != o.cosigner) {
            if (old.cosigner != address(0)) anchors.cosigner(old.cosigner, false);
            anchors.cosigner(o.cosigner, true);
        }
        organisations[o.id] = o;
        emit OrganisationSet(o.id, o.name, o.key, o.cosigner, o.weight);
    }

    /// @notice Notes that an account serves now, and refuses one that ever did.
    /// @param account the account
    function _spend(address account) private {
        if (spent[account]) revert KeyUsed(account);
        spent[account] = true;
    }

    /// @notice Takes an organisation out of the list and its accounts out of their roles.
    /// @param old the organisation
    function _remove(Organisation storage old) private {
        delete keyOf[old.key];
        anchors.cosigner(old.cosigner, false);
        uint256 last = ids.length - 1;
        for (uint256 i = 0; i <= last; ++i) {
            if (ids[i] == old.id) {
                ids[i] = ids[last];
                ids.pop();
                return;
            }
        }
    }

    /// @notice Sets threshold and period, and holds them to what no decision may give up.
    /// @param threshold_ weight that must approve
    /// @param period_ seconds for which a proposal stays open
    function _rules(uint32 threshold_, uint64 period_) private {
        uint64 total = 0;
        uint32 greatest = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            uint32 w = organisations[ids[i]].weight;
            total += w;
            if (w > greatest) greatest = w;
        }
        if (threshold_ > total || uint64(threshold_) * 2 <= total || threshold_ <= greatest) {
            revert BadThreshold(threshold_, total, greatest);
        }
        if (period_ < 1 hours || period_ > 365 days) revert BadPeriod();
        threshold = threshold_;
        period = period_;
        emit RulesSet(threshold_, period_);
    }
}
