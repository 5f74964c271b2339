// SPDX-License-Identifier: Apache-2.0
//
// A calibration registry as a contract: docs/formats/calibration-contract.md.
//
// It holds the same records as the registry's log (docs/formats/calibration-record.md), in the order in
// which they came: of each the SHA-256 of its bytes, where and when it came, and, read by the contract
// itself out of these bytes, how it hangs together with others. The bytes themselves go into an event.
// Whoever reads has each of these words proven against a block's hash, and judges the records himself:
// signatures of the records, times, ranges and uncertainties are not looked at here.
//
// The layout of the storage is part of the format: do not reorder.
pragma solidity 0.8.19;

contract CalibrationRegistry {
    // As enum ls_cal_kind.
    uint8 constant ORGANISATION = 1;
    uint8 constant TECHNICIAN = 2;
    uint8 constant DEVICE = 3;
    uint8 constant REPORT = 4;
    uint8 constant REVOCATION = 5;
    uint8 constant HEARTBEAT = 6;

    // As enum ls_cal_relation, and one more.
    uint256 constant REPORTS_OF = 1;
    uint256 constant CHILDREN_OF = 2;
    uint256 constant REVOCATIONS_OF = 3;
    uint256 constant CERTIFIED_BY = 4;
    uint256 constant DEVICES_WITH_KEY = 5;
    uint256 constant HOLDERS_OF_KEY = 6;
    uint256 constant DEVICES_NAMED = 7;

    uint256 constant DEPTH_MAX = 256; // organisations above one another
    uint256 constant VISITS_MAX = 1024; // reports that one trace looks at
    bytes32 constant LOW_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    // An account's signature over a record's id, as eth_sign makes it, in the form of EIP-2098.
    struct Seal {
        bytes32 r;
        bytes32 vs;
    }

    struct Entry {
        bytes32 digest; // +0: SHA-256 of all of its bytes
        uint64 place; // +1: its index in ids, and 1
        uint64 time; // of the block
        uint64 number; // of the block
        uint8 kind;
        uint8 level;
        bool root; // an organisation that nobody here certifies
        uint40 since; // of a revocation: from when on, seconds since 1970, at least 1; of a revoked record: the first such
        address account; // +2: of an organisation, technician or device: who acts for it
        bytes32 certifier; // +3: who answers for it; of a revocation who signed it
        bytes32 subject; // +4: of a report its device, of a revocation what is revoked
        bytes32[] parents; // +5: of a report; a document's digest has no entry
        Seal[] seals; // +6: of a report: of each parent's device, then the technician's
    }

    address public owner; // slot 0
    string public registry; // slot 1: the name that every record names
    bytes32[] public ids; // slot 2
    mapping(bytes32 => Entry) private entries; // slot 3
    mapping(bytes32 => bytes32[]) private lists; // slot 4: by keccak256(relation, subject)
    mapping(bytes32 => uint256) public anchors; // slot 5: when a checkpoint's digest came
    mapping(bytes32 => string) private names; // slot 6: of organisations

    event Recorded(bytes32 indexed id, uint8 indexed kind, bytes entry);
    event Anchored(bytes32 indexed digest);

    constructor(string memory name) {
        require(bytes(name).length > 0 && bytes(name).length < 128, "registry: its name has 1 to 127 bytes");
        owner = msg.sender;
        registry = name;
    }

    // --- writing ---------------------------------------------------------------------------

    // Each takes a whole record. Its account is who may write for it from now on.

    function createOrganisation(bytes calldata entry, address account) external returns (bytes32 id) {
        Cursor memory c = _open(entry, "kind organisation\n");
        bytes calldata name = _take(entry, c, "name ");
        bytes32 key = _keyDigest(_take(entry, c, "key "));
        uint8 level = _level(_take(entry, c, "level "));
        bytes calldata by = _take(entry, c, "certified-by ");
        Entry storage e;
        (id, e) = _add(entry, c, ORGANISATION);
        e.root = keccak256(by) == keccak256("root");
        if (e.root) {
            require(msg.sender == owner, "access: only the contract's owner names a root");
            require(level == 0, "level: a root has 0");
        } else {
            e.certifier = _id(by);
            _mayAct(e.certifier, ORGANISATION);
            require(entries[e.certifier].level < level, "level: the certifier's is less");
            _list(CERTIFIED_BY, e.certifier, id);
        }
        e.level = level;
        e.account = _account(account);
        names[id] = string(name);
        _list(HOLDERS_OF_KEY, key, id);
    }

    function createTechnician(bytes calldata entry, address account) external returns (bytes32 id) {
        Cursor memory c = _open(entry, "kind technician\n");
        _take(entry, c, "name ");
        bytes32 key = _keyDigest(_take(entry, c, "key "));
        bytes32 organisation = _id(_take(entry, c, "organisation "));
        Entry storage e;
        (id, e) = _add(entry, c, TECHNICIAN);
        _mayAct(organisation, ORGANISATION);
        e.certifier = organisation;
        e.account = _account(account);
        _list(CERTIFIED_BY, organisation, id);
        _list(HOLDERS_OF_KEY, key, id);
    }

    // A device without an account (0) seals nothing.
    function createDevice(bytes calldata entry, address account) external returns (bytes32 id) {
        Cursor memory c = _open(entry, "kind device\n");
        bytes32 name = keccak256(_take(entry, c, "name "));
        bytes32 key = _keyDigest(_take(entry, c, "key "));
        uint8 level = _level(_take(entry, c, "level "));
        bytes32 technician = _id(_take(entry, c, "technician "));
        Entry storage e;
        (id, e) = _add(entry, c, DEVICE);
        _mayAct(technician, TECHNICIAN);
        require(entries[entries[technician].certifier].level <= level, "level: the organisation's is not more");
        e.certifier = technician;
        e.level = level;
        e.account = account;
        _list(DEVICES_NAMED, name, id);
        _list(DEVICES_WITH_KEY, key, id);
        _list(HOLDERS_OF_KEY, key, id);
        _list(CERTIFIED_BY, technician, id);
    }

    // seals: none where no parent's device has an account; else one for each parent (zeros where it
    // has none), and the technician's.
    function createReport(bytes calldata entry, Seal[] calldata seals) external returns (bytes32 id) {
        Cursor memory c = _open(entry, "kind report\n");
        bytes32 device = _id(_take(entry, c, "device "));
        uint8 level = _level(_take(entry, c, "level "));
        bytes32 technician = _id(_take(entry, c, "technician "));
        Entry storage e;
        uint256 parents = c.at;
        _skipParents(entry, c);
        (id, e) = _add(entry, c, REPORT);
        _mayAct(technician, TECHNICIAN);
        _isKind(device, DEVICE);
        require(entries[device].level == level, "level: it is the device's");
        e.certifier = technician;
        e.subject = device;
        e.level = level;
        c.at = parents;
        bool sealing = _addParents(entry, c, e, id);
        _list(REPORTS_OF, device, id);
        _list(CERTIFIED_BY, technician, id);
        if (seals.length > 0 || sealing) {
            require(seals.length == e.parents.length + 1, "seal: one for each parent, and the technician's");
            for (uint256 i = 0; i < seals.length; i++) e.seals.push(seals[i]);
            require(_sealed(id), "seal: not made by the account of the parent's device, or the technician's");
        }
    }

    function revoke(bytes calldata entry) external returns (bytes32 id) {
        Cursor memory c = _open(entry, "kind revocation\n");
        bytes32 subject = _id(_take(entry, c, "record "));
        _take(entry, c, "revoked ");
        uint40 since = _time(_take(entry, c, "since "));
        _take(entry, c, "reason ");
        if (_at(entry, c, "words ")) _take(entry, c, "words ");
        bytes32 by = _id(_take(entry, c, "by "));
        Entry storage e;
        (id, e) = _add(entry, c, REVOCATION);
        uint8 kind = entries[subject].kind;
        require(kind >= ORGANISATION && kind <= REPORT, "record: what is revoked is not here");
        require(entries[by].account == msg.sender && msg.sender != address(0), "access: not the revoker's account");
        require(_mayRevoke(by, subject), "access: neither its own, nor its certifier's, nor one above");
        e.certifier = by;
        e.subject = subject;
        e.since = since;
        Entry storage revoked = entries[subject];
        if (revoked.since == 0 || since < revoked.since) revoked.since = since;
        _list(REVOCATIONS_OF, subject, id);
    }

    function heartbeat(bytes calldata entry) external returns (bytes32 id) {
        Cursor memory c = _open(entry, "kind heartbeat\n");
        require(msg.sender == owner, "access: only the contract's owner");
        (id, ) = _add(entry, c, HEARTBEAT);
    }

    // When a registry's checkpoint was there at the latest: one word. The first time stands.
    function anchor(bytes32 digest) external {
        if (anchors[digest] != 0) return;
        anchors[digest] = block.timestamp;
        emit Anchored(digest);
    }

    // --- reading ---------------------------------------------------------------------------

    // The paper's. Of a device: the report at the end of its chain, by each report's first parent; how many
    // reports there are on it; and whether every path, over all parents, ends at a root's device with nothing
    // on the way revoked. What this does not look at: see the head of this file.
    function TraceCal_READ(bytes32 device) external view returns (bytes32 root, uint256 levels, bool traceable) {
        return _trace(device, false);
    }

    // The same with each seal checked on the way.
    function TraceCal_SEALED(bytes32 device) external view returns (bytes32 root, uint256 levels, bool traceable) {
        return _trace(device, true);
    }

    // The first parent of the device's newest report; 0: it has none.
    function getParentReport(bytes32 device) external view returns (bytes32) {
        bytes32[] storage reports = lists[_key(REPORTS_OF, device)];
        if (reports.length == 0) return 0;
        bytes32[] storage parents = entries[reports[reports.length - 1]].parents;
        return parents.length == 0 ? bytes32(0) : parents[0];
    }

    function getParents(bytes32 report) external view returns (bytes32[] memory) {
        return entries[report].parents;
    }

    function getOrgName(bytes32 organisation) external view returns (string memory) {
        return names[organisation];
    }

    function getTechnicianOrganisation(bytes32 technician) external view returns (bytes32) {
        return entries[technician].kind == TECHNICIAN ? entries[technician].certifier : bytes32(0);
    }

    function getEntry(bytes32 id) external view returns (Entry memory) {
        return entries[id];
    }

    function getList(uint256 relation, bytes32 subject) external view returns (bytes32[] memory) {
        return lists[_key(relation, subject)];
    }

    function count() external view returns (uint256) {
        return ids.length;
    }

    // --- who may, and what holds -----------------------------------------------------------

    function _account(address account) private pure returns (address) {
        require(account != address(0), "account: 0 acts for nobody");
        return account;
    }

    function _isKind(bytes32 id, uint8 kind) private view {
        require(entries[id].kind == kind, "record: what is named is not here, or of another kind");
    }

    // By the block's time, whatever the reason; a revocation may be announced for a later day.
    function _isRevoked(bytes32 id) private view returns (bool) {
        uint40 since = entries[id].since;
        return since != 0 && since <= block.timestamp;
    }

    // Who writes is the account of the record that answers for it, which nobody revoked, nor anyone above.
    function _mayAct(bytes32 id, uint8 kind) private view {
        _isKind(id, kind);
        require(entries[id].account == msg.sender, "access: not the account of who answers for it");
        require(_standing(id), "access: who answers for it, or one above, was revoked");
    }

    // Not revoked, up to a root.
    function _standing(bytes32 id) private view returns (bool) {
        for (uint256 i = 0; i < DEPTH_MAX; i++) {
            if (_isRevoked(id) || entries[id].kind == 0) return false;
            if (entries[id].root) return true;
            id = entries[id].certifier;
        }
        return false;
    }

    function _mayRevoke(bytes32 by, bytes32 id) private view returns (bool) {
        if (entries[id].kind == REPORT && entries[id].subject == by) return true;
        for (uint256 i = 0; i < DEPTH_MAX && id != 0; i++) {
            if (id == by) return true;
            id = entries[id].certifier;
        }
        return false;
    }

    function _recover(bytes32 id, Seal memory seal) private pure returns (address) {
        bytes32 signed = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", id));
        bytes32 s = bytes32(uint256(seal.vs) & (type(uint256).max >> 1));
        if (s > LOW_S) return address(0);
        return ecrecover(signed, uint8(uint256(seal.vs) >> 255) + 27, seal.r, s);
    }

    function _isSealedBy(bytes32 id, Seal memory seal, bytes32 by) private view returns (bool) {
        address account = entries[by].account;
        return account == address(0) || _recover(id, seal) == account;
    }

    function _sealed(bytes32 id) private view returns (bool) {
        Entry storage e = entries[id];
        uint256 n = e.parents.length;
        if (e.seals.length == 0) return true;
        for (uint256 i = 0; i < n; i++)
            if (!_isSealedBy(id, e.seals[i], entries[e.parents[i]].subject)) return false;
        return _isSealedBy(id, e.seals[n], e.certifier);
    }

    function _holds(bytes32 report, bool seals) private view returns (bool) {
        Entry storage e = entries[report];
        if (e.kind != REPORT || _isRevoked(report)) return false;
        if (!_standing(e.subject) || !_standing(e.certifier)) return false;
        if (e.parents.length == 0 && !entries[entries[e.certifier].certifier].root) return false;
        return !seals || _sealed(report);
    }

    // Parents were there before their children, so that no path comes back to where it was.
    function _trace(bytes32 device, bool seals) private view returns (bytes32 root, uint256 levels, bool traceable) {
        bytes32[] storage reports = lists[_key(REPORTS_OF, device)];
        if (reports.length == 0) return (0, 0, false);
        root = reports[reports.length - 1];
        for (levels = 1; entries[root].parents.length > 0; levels++) root = entries[root].parents[0];
        bytes32[] memory waiting = new bytes32[](VISITS_MAX);
        uint256 top = 1;
        waiting[0] = reports[reports.length - 1];
        for (uint256 visits = 0; top > 0; visits++) {
            bytes32 report = waiting[--top];
            bytes32[] storage parents = entries[report].parents;
            if (visits == VISITS_MAX || top + parents.length > VISITS_MAX) return (root, levels, false);
            if (!_holds(report, seals)) return (root, levels, false);
            for (uint256 i = 0; i < parents.length; i++) waiting[top++] = parents[i];
        }
        return (root, levels, true);
    }

    // --- the records' text -----------------------------------------------------------------

    struct Cursor {
        uint256 at; // where the next line begins
    }

    function _at(bytes calldata entry, Cursor memory c, bytes memory word) private pure returns (bool) {
        uint256 end = c.at + word.length;
        return end <= entry.length && keccak256(entry[c.at:end]) == keccak256(word);
    }

    function _expect(bytes calldata entry, Cursor memory c, bytes memory word) private pure {
        require(_at(entry, c, word), "form: another line belongs here");
        c.at += word.length;
    }

    // To behind the next line end; returns where that stands.
    function _toLineEnd(bytes calldata entry, Cursor memory c) private pure returns (uint256 end) {
        end = c.at;
        assembly {
            for {} lt(end, entry.length) { end := add(end, 1) } {
                if eq(byte(0, calldataload(add(entry.offset, end))), 10) { break }
            }
        }
        require(end < entry.length, "form: a line has no end");
        c.at = end + 1;
    }

    // The rest of the line that begins with this word.
    function _take(bytes calldata entry, Cursor memory c, bytes memory word) private pure returns (bytes calldata) {
        _expect(entry, c, word);
        uint256 from = c.at;
        return entry[from:_toLineEnd(entry, c)];
    }

    function _open(bytes calldata entry, bytes memory kind) private view returns (Cursor memory c) {
        require(entry.length < 65536, "form: a record has at most 65535 bytes");
        _expect(entry, c, "labseal/calibration/v1\n");
        require(keccak256(_take(entry, c, "registry ")) == keccak256(bytes(registry)), "registry: the record names another");
        _expect(entry, c, kind);
        _take(entry, c, "issued ");
    }

    // The rest of the text, up to the first signature: its SHA-256 is the record's id.
    function _add(bytes calldata entry, Cursor memory c, uint8 kind) private returns (bytes32 id, Entry storage e) {
        while (!_at(entry, c, "signature ")) _toLineEnd(entry, c);
        id = sha256(entry[:c.at]);
        e = entries[id];
        require(e.place == 0, "record: it is here already");
        ids.push(id);
        e.digest = sha256(entry);
        e.place = uint64(ids.length);
        e.time = uint64(block.timestamp);
        e.number = uint64(block.number);
        e.kind = kind;
        emit Recorded(id, kind, entry);
    }

    function _skipParents(bytes calldata entry, Cursor memory c) private pure {
        while (_at(entry, c, "parent ")) _toLineEnd(entry, c);
    }

    // Whether a parent's device seals.
    function _addParents(bytes calldata entry, Cursor memory c, Entry storage e, bytes32 id) private returns (bool sealing) {
        while (_at(entry, c, "parent ")) {
            bytes calldata value = _take(entry, c, "parent ");
            bytes32 parent = _id(value[:64]);
            e.parents.push(parent);
            require(e.parents.length <= 8, "parent: a report has at most 8");
            if (value.length != 64) {
                require(keccak256(value[64:]) == keccak256(" document"), "form: a parent is an id, or a document's digest");
                continue;
            }
            _isKind(parent, REPORT);
            require(entries[parent].level < e.level, "level: a parent's is less");
            _list(CHILDREN_OF, parent, id);
            if (entries[entries[parent].subject].account != address(0)) sealing = true;
        }
    }

    function _key(uint256 relation, bytes32 subject) private pure returns (bytes32) {
        return keccak256(abi.encode(relation, subject));
    }

    function _list(uint256 relation, bytes32 subject, bytes32 id) private {
        lists[_key(relation, subject)].push(id);
    }

    // 64 lower-case hex digits.
    function _id(bytes calldata text) private pure returns (bytes32) {
        require(text.length == 64, "form: an id has 64 hex digits");
        uint256 value;
        uint256 bad;
        assembly {
            for { let i := 0 } lt(i, 64) { i := add(i, 1) } {
                let digit := byte(0, calldataload(add(text.offset, i)))
                let n := sub(digit, 48)
                if gt(n, 9) {
                    n := sub(digit, 87)
                    if or(lt(n, 10), gt(n, 15)) { bad := 1 }
                }
                value := or(shl(4, value), and(n, 15))
            }
        }
        require(bad == 0, "form: an id has 64 hex digits");
        return bytes32(value);
    }

    function _level(bytes calldata text) private pure returns (uint8) {
        uint256 value;
        require(text.length >= 1 && text.length <= 3, "form: a level is 0 to 255");
        for (uint256 i = 0; i < text.length; i++) {
            uint8 digit = uint8(text[i]);
            require(digit >= 48 && digit <= 57, "form: a level is 0 to 255");
            value = value * 10 + digit - 48;
        }
        require(value <= 255 && (text.length == 1 || text[0] != "0"), "form: a level is 0 to 255");
        return uint8(value);
    }

    function _isTime(bool holds) private pure {
        require(holds, "form: a time is as 2026-03-04T14:22:19Z");
    }

    function _two(bytes calldata text, uint256 at, uint256 least, uint256 most) private pure returns (uint256 value) {
        for (uint256 i = at; i < at + 2; i++) {
            uint8 digit = uint8(text[i]);
            _isTime(digit >= 48 && digit <= 57);
            value = value * 10 + digit - 48;
        }
        _isTime(value >= least && value <= most);
    }

    // Seconds since 1970; what is from before, 1. Days by Howard Hinnant's days_from_civil.
    function _time(bytes calldata text) private pure returns (uint40) {
        _isTime(text.length == 20 && text[4] == "-" && text[7] == "-" && text[10] == "T" && text[13] == ":" &&
            text[16] == ":" && text[19] == "Z");
        uint256 year = _two(text, 0, 0, 99) * 100 + _two(text, 2, 0, 99);
        uint256 month = _two(text, 5, 1, 12);
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        uint256 last = month == 2 ? (leap ? 29 : 28) : 30 + ((month + month / 8) & 1);
        uint256 day = _two(text, 8, 1, last);
        uint256 second = _two(text, 11, 0, 23) * 3600 + _two(text, 14, 0, 59) * 60 + _two(text, 17, 0, 59);
        if (year < 1970) return 1;
        if (month <= 2) year--;
        uint256 days_ = year * 365 + year / 4 - year / 100 + year / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719468;
        second += days_ * 86400;
        return second == 0 ? 1 : uint40(second);
    }

    // SHA-256 of the 91 bytes whose base64 this is: 122 characters, and padding.
    function _keyDigest(bytes calldata text) private pure returns (bytes32 digest) {
        bytes memory table = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        bytes memory values = new bytes(256);
        bytes memory out = new bytes(96);
        require(text.length == 124 && text[122] == "=" && text[123] == "=", "form: a key is a P-256 public key in base64");
        unchecked {
            for (uint256 i = 0; i < 64; i++) values[uint8(table[i])] = bytes1(uint8(i + 1));
        }
        uint256 bad;
        assembly {
            let place := add(out, 32)
            for { let i := 0 } lt(i, 124) { i := add(i, 4) } {
                let word := 0
                for { let j := i } lt(j, add(i, 4)) { j := add(j, 1) } {
                    let value := byte(0, mload(add(add(values, 32), byte(0, calldataload(add(text.offset, j))))))
                    if and(iszero(value), lt(j, 122)) { bad := 1 }
                    if value { value := sub(value, 1) }
                    word := or(shl(6, word), value)
                }
                mstore(place, shl(232, word))
                place := add(place, 3)
            }
            mstore(out, 91)
        }
        require(bad == 0, "form: a key is a P-256 public key in base64");
        return sha256(out);
    }
}
