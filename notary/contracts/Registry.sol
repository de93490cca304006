// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Registry: what organisations say about origin and permission, where anybody can prove it
/// @author The Fieldseal authors
/// @notice Sites with the department that owns them, gateway keys, signers of coverage plans and configurations, rule
/// sets and sharing grants. It names no person and no place: ids are random, keys and grantees are digests. Each fact is
/// one storage slot or two at a place that anybody can compute, so that a storage proof shows it, or that it is absent.
/// @dev Verifiers rely on storage positions: sites 0, gateways 1, signers 2, ruleSets 3, grants 4. Times are seconds
/// since 1970; "from" is included and "until" is not. Nothing is ever deleted: what ends gets an end. Nothing is
/// immutable or linked, so the code hash is one for all deployments.
contract Registry {
    /// @notice A site.
    /// @param department the department that owns it; never zero for a site that is known
    /// @param since when it was registered or last handed over
    /// @param open whether it is in use
    /// @param keeper the account that may share it
    struct Site {
        bytes16 department;
        uint64 since;
        bool open;
        address keeper;
    }

    /// @notice A key and for what time it is good.
    /// @param site the site it belongs to
    /// @param from when it begins
    /// @param until when it ends; 0 for never
    /// @param revoked from when on it is not to be believed, perhaps in the past; 0 as long as it is
    struct Key {
        bytes16 site;
        uint64 from;
        uint64 until;
        uint64 revoked;
    }

    /// @notice A published rule set.
    /// @param name keccak256 of its name
    /// @param version counts up from 1 under a name
    /// @param from when it comes into force
    struct RuleSet {
        bytes32 name;
        uint64 version;
        uint64 from;
    }

    /// @notice A permission to read a site.
    /// @param site the site
    /// @param from when it begins
    /// @param until when it ends, or was revoked
    /// @param grantee digest of who may read
    struct Grant {
        bytes16 site;
        uint64 from;
        uint64 until;
        bytes32 grantee;
    }

    /// @notice Who may do what besides the governor.
    enum Role {
        Sites,
        Gateways,
        Signers,
        Rules
    }

    /// @notice What a signer's key is for.
    enum Purpose {
        CoveragePlan,
        Configuration
    }

    /// @notice Sites by random id.
    mapping(bytes16 site => Site) public sites;

    /// @notice Gateway keys by the SHA-256 of the public key.
    mapping(bytes32 digest => Key) public gateways;

    /// @notice Signers by keccak256(site, purpose, digest of the public key); see signerId.
    mapping(bytes32 signerId => Key) public signers;

    /// @notice Rule sets by the SHA-256 of their bytes.
    mapping(bytes32 digest => RuleSet) public ruleSets;

    /// @notice Grants by random id.
    mapping(bytes32 grantId => Grant) public grants;

    /// @notice The newest version under each rule set's name.
    mapping(bytes32 name => uint64 version) public newestRules;

    /// @notice Accounts that may write in a role.
    mapping(address account => mapping(Role role => bool)) public registrars;

    /// @notice Who names registrars: a contract Governance.
    address public governor;

    /// @notice An account may write in a role, or no longer.
    /// @param account the account
    /// @param role the role
    /// @param may whether it may
    event RegistrarSet(address indexed account, Role indexed role, bool may);

    /// @notice A site was registered, handed over or ended.
    /// @param site its id
    /// @param department the department that owns it
    /// @param keeper the account that may share it
    /// @param open whether it is in use
    event SiteSet(bytes16 indexed site, bytes16 indexed department, address keeper, bool open);

    /// @notice A gateway's key was registered.
    /// @param digest SHA-256 of the public key
    /// @param site the site
    /// @param from when it begins
    /// @param until when it ends; 0 for never
    event GatewaySet(bytes32 indexed digest, bytes16 indexed site, uint64 from, uint64 until);

    /// @notice A gateway's key was revoked.
    /// @param digest SHA-256 of the public key
    /// @param since from when on it is not to be believed
    event GatewayRevoked(bytes32 indexed digest, uint64 since);

    /// @notice A signer was named.
    /// @param site the site
    /// @param purpose what the key signs
    /// @param digest SHA-256 of the public key
    /// @param from when it begins
    /// @param until when it ends; 0 for never
    event SignerSet(bytes16 indexed site, Purpose indexed purpose, bytes32 indexed digest, uint64 from, uint64 until);

    /// @notice A signer was revoked.
    /// @param site the site
    /// @param purpose what the key signed
    /// @param digest SHA-256 of the public key
    /// @param since from when on it is not to be believed
    event SignerRevoked(bytes16 indexed site, Purpose indexed purpose, bytes32 indexed digest, uint64 since);

    /// @notice A rule set was published.
    /// @param name keccak256 of its name
    /// @param version its version
    /// @param digest SHA-256 of its bytes
    /// @param from when it comes into force
    event RulesPublished(bytes32 indexed name, uint64 indexed version, bytes32 digest, uint64 from);

    /// @notice A permission to read was given.
    /// @param grantId its id
    /// @param site the site
    /// @param grantee digest of who may read
    /// @param until when it ends
    event Granted(bytes32 indexed grantId, bytes16 indexed site, bytes32 indexed grantee, uint64 until);

    /// @notice A permission to read was taken back.
    /// @param grantId its id
    event Revoked(bytes32 indexed grantId);

    /// @notice Only the governor may do this.
    error NotGovernor();

    /// @notice The sender may not write in this role.
    /// @param role the role
    error NotRegistrar(Role role);

    /// @notice The sender does not keep this site.
    error NotKeeper();

    /// @notice It is registered already, or ended, and is not written over.
    error Known();

    /// @notice It is not registered.
    error Unknown();

    /// @notice An id or digest is zero, an interval is empty, or a time lies where it cannot.
    error Bad();

    /// @notice Rule sets of a name are numbered without a gap.
    /// @param next the number that comes next
    error NotNext(uint64 next);

    /// @notice Somebody must govern.
    error NoGovernor();

    modifier registrar(Role role) {
        if (!registrars[msg.sender][role] && msg.sender != governor) revert NotRegistrar(role);
        _;
    }

    /// @notice Names the governor, for ever.
    /// @param governor_ a contract Governance
    constructor(address governor_) {
        if (governor_ == address(0)) revert NoGovernor();
        governor = governor_;
    }

    /// @notice Lets an account write in a role, or no longer.
    /// @param account the account
    /// @param role the role
    /// @param may whether it may
    function setRegistrar(address account, Role role, bool may) external {
        if (msg.sender != governor) revert NotGovernor();
        registrars[account][role] = may;
        emit RegistrarSet(account, role, may);
    }

    /// @notice Registers a site, hands it over or ends it.
    /// @param site its random id
    /// @param department the department that owns it
    /// @param keeper the account that may share it
    /// @param open whether it is in use
    function setSite(bytes16 site, bytes16 department, address keeper, bool open) external registrar(Role.Sites) {
        if (site == 0 || department == 0 || keeper == address(0)) revert Bad();
        if (sites[site].department == 0 && !open) revert Unknown();
        sites[site] = Site(department, _now(), open, keeper);
        emit SiteSet(site, department, keeper, open);
    }

    /// @notice Registers a gateway's key, once.
    /// @param digest SHA-256 of the public key
    /// @param site the site
    /// @param from when it begins
    /// @param until when it ends; 0 for never
    function setGateway(bytes32 digest, bytes16 site, uint64 from, uint64 until) external registrar(Role.Gateways) {
        if (digest == 0) revert Bad();
        _put(gateways[digest], site, from, until);
        emit GatewaySet(digest, site, from, until);
    }

    /// @notice Revokes a gateway's key. Told again with an earlier time, the earlier one counts.
    /// @param digest SHA-256 of the public key
    /// @param since from when on it is not to be believed; not in the future
    function revokeGateway(bytes32 digest, uint64 since) external registrar(Role.Gateways) {
        _revoke(gateways[digest], since);
        emit GatewayRevoked(digest, since);
    }

    /// @notice Names a signer of a site's coverage plans or configurations, once.
    /// @param site the site
    /// @param purpose what the key signs
    /// @param digest SHA-256 of the public key
    /// @param from when it begins
    /// @param until when it ends; 0 for never
    function setSigner(bytes16 site, Purpose purpose, bytes32 digest, uint64 from, uint64 until)
        external
        registrar(Role.Signers)
    {
        if (digest == 0) revert Bad();
        _put(signers[signerId(site, purpose, digest)], site, from, until);
        emit SignerSet(site, purpose, digest, from, until);
    }

    /// @notice Revokes a signer. Told again with an earlier time, the earlier one counts.
    /// @param site the site
    /// @param purpose what the key signed
    /// @param digest SHA-256 of the public key
    /// @param since from when on it is not to be believed; not in the future
    function revokeSigner(bytes16 site, Purpose purpose, bytes32 digest, uint64 since)
        external
        registrar(Role.Signers)
    {
        _revoke(signers[signerId(site, purpose, digest)], since);
        emit SignerRevoked(site, purpose, digest, since);
    }

    /// @notice Publishes a version of a rule set, for ever.
    /// @param name keccak256 of its name
    /// @param version the one after the newest
    /// @param digest SHA-256 of its bytes
    /// @param from when it comes into force
    function publishRules(bytes32 name, uint64 version, bytes32 digest, uint64 from) external registrar(Role.Rules) {
        if (digest == 0 || name == 0) revert Bad();
        if (ruleSets[digest].version != 0) revert Known();
        if (version != newestRules[name] + 1) revert NotNext(newestRules[name] + 1);
        newestRules[name] = version;
        ruleSets[digest] = RuleSet(name, version, from);
        emit RulesPublished(name, version, digest, from);
    }

    /// @notice Lets somebody read a site.
    /// @param grantId a random id
    /// @param site the site, which the sender keeps
    /// @param grantee digest of who may read
    /// @param until when it ends
    function grant(bytes32 grantId, bytes16 site, bytes32 grantee, uint64 until) external {
        if (sites[site].keeper != msg.sender || !sites[site].open) revert NotKeeper();
        if (grantId == 0 || grantee == 0 || until <= _now()) revert Bad();
        if (grants[grantId].site != 0) revert Known();
        grants[grantId] = Grant(site, _now(), until, grantee);
        emit Granted(grantId, site, grantee, until);
    }

    /// @notice Takes a permission back at once. The keeper of the site may, whoever gave it, and the governor.
    /// @param grantId the permission
    function revoke(bytes32 grantId) external {
        Grant storage g = grants[grantId];
        if (g.site == 0) revert Unknown();
        if (sites[g.site].keeper != msg.sender && msg.sender != governor) revert NotKeeper();
        if (g.until > _now()) g.until = _now();
        emit Revoked(grantId);
    }

    /// @notice Whether a permission stands at this moment.
    /// @param grantId the permission
    /// @param site the site to read
    /// @param grantee digest of who reads
    /// @return whether it may
    function mayRead(bytes32 grantId, bytes16 site, bytes32 grantee) external view returns (bool) {
        Grant memory g = grants[grantId];
        // A site that was ended, or handed to another keeper after the permission was given, is shared anew.
        return g.site == site && site != 0 && g.grantee == grantee && _now() < g.until && sites[site].open
            && sites[site].since <= g.from;
    }

    /// @notice Under what a signer is kept.
    /// @param site the site
    /// @param purpose what the key signs
    /// @param digest SHA-256 of the public key
    /// @return the key of the mapping signers
    function signerId(bytes16 site, Purpose purpose, bytes32 digest) public pure returns (bytes32) {
        return keccak256(abi.encode(site, purpose, digest));
    }

    /// @notice Keeps a new key.
    /// @param k where it is kept
    /// @param site the site
    /// @param from when it begins
    /// @param until when it ends; 0 for never
    function _put(Key storage k, bytes16 site, uint64 from, uint64 until) private {
        if (!sites[site].open) revert Unknown();
        if (from == 0 || (until != 0 && until <= from)) revert Bad();
        if (k.from != 0) revert Known();
        k.site = site;
        k.from = from;
        k.until = until;
    }

    /// @notice Ends the belief in a key; only ever moves that end back.
    /// @param k the key
    /// @param since from when on it is not to be believed
    function _revoke(Key storage k, uint64 since) private {
        if (k.from == 0) revert Unknown();
        if (since == 0 || since > _now()) revert Bad();
        if (k.revoked != 0 && since >= k.revoked) revert Known();
        k.revoked = since;
    }

    /// @notice Time of this block, seconds since 1970.
    /// @return the time
    function _now() private view returns (uint64) {
        // Validity counts seconds, and a sealer can move a block's time by few of them.
        // solhint-disable-next-line not-rely-on-time
        return uint64(block.timestamp);
    }
}
