// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Governed} from "../governance/Governed.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IERC7943Fungible} from "../interfaces/IERC7943Fungible.sol";
import {Roles} from "../types/Roles.sol";
import {SnapshotUpgradeable} from "./SnapshotUpgradeable.sol";

/// @title What keeps units where they are: frozen wallets, frozen units, units locked for a redemption.
abstract contract FreezesUpgradeable is Governed, SnapshotUpgradeable {
    using SafeCast for uint256;

    /// @inheritdoc IAssetToken
    function setAddressFrozen(address account, bool frozen) external {
        _requireRole(Roles.FREEZER);
        _setAddressFrozen(account, frozen);
    }

    /// @inheritdoc IAssetToken
    function batchSetAddressFrozen(address[] calldata accounts, bool[] calldata frozen) external {
        _requireRole(Roles.FREEZER);
        if (accounts.length != frozen.length) revert LengthMismatch(accounts.length, frozen.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _setAddressFrozen(accounts[i], frozen[i]);
        }
    }

    /// @inheritdoc IERC7943Fungible
    function setFrozenTokens(address account, uint256 amount) external returns (bool) {
        _requireRole(Roles.FREEZER);
        _setFrozenTokens(account, amount.toUint96());
        return true;
    }

    /// @inheritdoc IAssetToken
    function batchSetFrozenTokens(address[] calldata accounts, uint256[] calldata amounts) external {
        _requireRole(Roles.FREEZER);
        if (accounts.length != amounts.length) revert LengthMismatch(accounts.length, amounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _setFrozenTokens(accounts[i], amounts[i].toUint96());
        }
    }

    /// @inheritdoc IERC7943Fungible
    function getFrozenTokens(address account) external view returns (uint256) {
        return _holder(account).frozen;
    }

    /// @inheritdoc IAssetToken
    function lockedOf(address account) external view returns (uint256) {
        return _holder(account).locked;
    }

    /// @inheritdoc IAssetToken
    function freeOf(address account) public view returns (uint256) {
        HolderState memory holder = _holder(account);
        return Math.saturatingSub(balanceOf(account), uint256(holder.frozen) + holder.locked);
    }

    /// @inheritdoc IAssetToken
    function isFrozen(address account) public view returns (bool) {
        return _holder(account).flags & HOLDER_FROZEN != 0;
    }

    function _setAddressFrozen(address account, bool frozen) internal {
        HolderState storage holder = _holder(account);
        holder.flags = frozen ? holder.flags | HOLDER_FROZEN : holder.flags & ~HOLDER_FROZEN;
        emit AddressFrozen(account, frozen, msg.sender);
    }

    function _setFrozenTokens(address account, uint96 amount) internal {
        if (account == address(0)) revert ZeroAddress();
        _holder(account).frozen = amount;
        emit Frozen(account, amount);
    }

    function _lock(address account, uint256 amount) internal {
        uint96 locked = _holder(account).locked + amount.toUint96();
        _holder(account).locked = locked;
        emit UnitsLocked(account, amount, locked);
    }

    function _unlock(address account, uint256 amount) internal {
        uint96 locked = _holder(account).locked;
        if (locked < amount) revert InsufficientLockedUnits(account, locked, amount);
        locked -= uint96(amount);
        _holder(account).locked = locked;
        emit UnitsUnlocked(account, amount, locked);
    }

    function _requireNotFrozen(address account) internal view {
        if (isFrozen(account)) revert AddressIsFrozen(account);
    }

    function _requireFree(address account, uint256 amount) internal view {
        uint256 balance = balanceOf(account);
        if (balance < amount) revert ERC20InsufficientBalance(account, balance, amount);
        uint256 free = freeOf(account);
        if (free < amount) revert ERC7943InsufficientUnfrozenBalance(account, amount, free);
    }

    function _holder(address account) internal view returns (HolderState storage) {
        return _snapshots().holders[account];
    }
}
