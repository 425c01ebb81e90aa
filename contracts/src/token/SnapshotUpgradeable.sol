// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {AssetStatus} from "../types/AssetStatus.sol";

/// @title The token's state, and balances at numbered moments: the snapshot extension OpenZeppelin 5 dropped.
/// @notice A balance is written down only when it changes for the first time after a snapshot. Accounts may be left
/// out: their balance is then zero at the snapshot, so that the sum of all is exactly the eligible supply.
abstract contract SnapshotUpgradeable is IAssetToken, ERC20Upgradeable {
    /// @dev The token's state, one word.
    /// | bits    | field       |                                        |
    /// |---------|-------------|----------------------------------------|
    /// | 0-31    | snapshotId  | the latest snapshot; 0 = none          |
    /// | 32-39   | status      | AssetStatus                            |
    /// | 40-47   | decimals    | 0 to 18                                |
    /// | 48-143  | totalMinted | all units ever minted                  |
    /// | 144-239 | cap         | most units at once                     |
    struct TokenState {
        uint32 snapshotId;
        AssetStatus status;
        uint8 decimals;
        uint96 totalMinted;
        uint96 cap;
    }

    /// @dev What stands beside a holder's balance, one word.
    /// | bits    | field  |                                                             |
    /// |---------|--------|-------------------------------------------------------------|
    /// | 0-31    | lastId | the latest snapshot this account's entries know             |
    /// | 32-55   | length | how many entries it has                                     |
    /// | 56-63   | flags  | frozen for this asset 1, excluded from snapshots 2          |
    /// | 64-159  | frozen | frozen units; may exceed the balance                        |
    /// | 160-255 | locked | units locked by pending redemptions                         |
    struct HolderState {
        uint32 lastId;
        uint24 length;
        uint8 flags;
        uint96 frozen;
        uint96 locked;
    }

    /// @dev The balance at every snapshot above `afterId` up to `upTo`. A gap between entries means zero.
    struct Entry {
        uint96 balance;
        uint32 afterId;
        uint32 upTo;
    }

    /// @dev The supplies at a snapshot.
    struct Supplies {
        uint96 eligible;
        uint96 total;
    }

    /// @custom:storage-location erc7201:rwa.storage.Snapshot
    struct SnapshotStorage {
        TokenState state;
        mapping(address account => HolderState) holders;
        mapping(address account => mapping(uint256 index => Entry)) entries;
        mapping(uint256 id => Supplies) supplies;
        address[] excluded;
    }

    uint8 internal constant HOLDER_FROZEN = 1;
    uint8 internal constant HOLDER_EXCLUDED = 2;
    uint256 internal constant MAX_EXCLUDED = 8;

    // keccak256(abi.encode(uint256(keccak256("rwa.storage.Snapshot")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SNAPSHOT_STORAGE = 0x2d74be8a88bccccd2ed3ac292a56293bd8768457af0200de0e938691bfd3a200;

    /// @inheritdoc IAssetToken
    function balanceOfAt(address account, uint256 id) external view returns (uint256) {
        SnapshotStorage storage $ = _snapshots();
        _requireSnapshot(id);
        HolderState memory holder = $.holders[account];
        if (id > holder.lastId) return balanceOf(account);

        uint256 low = 0;
        uint256 high = holder.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if ($.entries[account][middle].upTo < id) low = middle + 1;
            else high = middle;
        }
        if (low == holder.length) return 0;
        Entry memory entry = $.entries[account][low];
        return id > entry.afterId ? entry.balance : 0;
    }

    /// @inheritdoc IAssetToken
    function totalSupplyAt(uint256 id) external view returns (uint256) {
        _requireSnapshot(id);
        return _snapshots().supplies[id].total;
    }

    /// @inheritdoc IAssetToken
    function eligibleSupplyAt(uint256 id) external view returns (uint256) {
        _requireSnapshot(id);
        return _snapshots().supplies[id].eligible;
    }

    /// @inheritdoc IAssetToken
    function eligibleSupply() public view returns (uint256 eligible) {
        address[] memory excluded = _snapshots().excluded;
        eligible = totalSupply();
        for (uint256 i = 0; i < excluded.length; ++i) {
            eligible -= balanceOf(excluded[i]);
        }
    }

    /// @inheritdoc IAssetToken
    function snapshotId() external view returns (uint256) {
        return _snapshots().state.snapshotId;
    }

    /// @inheritdoc IAssetToken
    function excludedAccounts() external view returns (address[] memory) {
        return _snapshots().excluded;
    }

    /// @inheritdoc IAssetToken
    function isExcluded(address account) external view returns (bool) {
        return _snapshots().holders[account].flags & HOLDER_EXCLUDED != 0;
    }

    /// @inheritdoc IAssetToken
    function status() external view returns (AssetStatus) {
        return _state().status;
    }

    /// @inheritdoc IAssetToken
    function paused() external view returns (bool) {
        return _state().status != AssetStatus.Active;
    }

    /// @inheritdoc IAssetToken
    function cap() external view returns (uint256) {
        return _state().cap;
    }

    /// @inheritdoc IAssetToken
    function totalMinted() external view returns (uint256) {
        return _state().totalMinted;
    }

    /// @inheritdoc IAssetToken
    function totalBurned() external view returns (uint256) {
        return _state().totalMinted - totalSupply();
    }

    /// @dev The only way a balance changes.
    function _move(address from, address to, uint256 amount) internal {
        uint32 id = _snapshots().state.snapshotId;
        if (id != 0) {
            if (from != address(0)) _touch(from, id);
            if (to != address(0)) _touch(to, id);
        }
        ERC20Upgradeable._update(from, to, amount);
    }

    function _takeSnapshot() internal returns (uint32 id) {
        SnapshotStorage storage $ = _snapshots();
        id = $.state.snapshotId + 1;
        Supplies memory supplies = Supplies({eligible: uint96(eligibleSupply()), total: uint96(totalSupply())});
        $.state.snapshotId = id;
        $.supplies[id] = supplies;

        // An excluded account was touched when it was excluded; moving its id on leaves a gap, which reads as zero.
        address[] memory excluded = $.excluded;
        for (uint256 i = 0; i < excluded.length; ++i) {
            $.holders[excluded[i]].lastId = id;
        }
        emit Snapshot(id, supplies.eligible, supplies.total);
    }

    function _exclude(address account, bool excluded) internal {
        SnapshotStorage storage $ = _snapshots();
        HolderState storage holder = $.holders[account];
        bool before = holder.flags & HOLDER_EXCLUDED != 0;
        if (excluded && !before) {
            if ($.excluded.length == MAX_EXCLUDED) revert TooManyExcluded(MAX_EXCLUDED);
            _touch(account, $.state.snapshotId);
            holder.flags |= HOLDER_EXCLUDED;
            $.excluded.push(account);
        } else if (!excluded && before) {
            holder.flags &= ~HOLDER_EXCLUDED;
            _drop($.excluded, account);
        }
        emit ExclusionSet(account, excluded);
    }

    function _state() internal view returns (TokenState storage) {
        return _snapshots().state;
    }

    function _snapshots() internal pure returns (SnapshotStorage storage $) {
        assembly {
            $.slot := SNAPSHOT_STORAGE
        }
    }

    /// @dev Writes the balance down for the snapshots since the account's last change.
    function _touch(address account, uint32 id) private {
        SnapshotStorage storage $ = _snapshots();
        HolderState storage holder = $.holders[account];
        uint32 lastId = holder.lastId;
        if (lastId == id) return;

        uint256 balance = balanceOf(account);
        holder.lastId = id;
        if (balance != 0) {
            $.entries[account][holder.length++] = Entry({balance: uint96(balance), afterId: lastId, upTo: id});
        }
    }

    function _drop(address[] storage accounts, address account) private {
        uint256 last = accounts.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (accounts[i] == account) {
                accounts[i] = accounts[last];
                break;
            }
        }
        accounts.pop();
    }

    function _requireSnapshot(uint256 id) private view {
        if (id == 0 || id > _snapshots().state.snapshotId) revert UnknownSnapshot(id);
    }
}
