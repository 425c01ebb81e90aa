// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {ICustodyRegistry} from "../interfaces/ICustodyRegistry.sol";
import {AssetStatus} from "../types/AssetStatus.sol";
import {
    FLAG_ALLOWLISTED,
    FLAG_FROZEN,
    FLAG_SANCTIONED,
    FLAG_SUCCEEDED,
    POLICY_LIMITED,
    Profile,
    Successor
} from "../types/Compliance.sol";
import {FailedRules} from "../types/FailedRules.sol";

/// @title The rules, each written once: as bits, from which both the refusals and the explanations are made.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
abstract contract ComplianceRules is IComplianceModule {
    /// @dev One word a registered asset.
    /// | bits    | field       |                                             |
    /// |---------|-------------|---------------------------------------------|
    /// | 0-7     | registered  |                                             |
    /// | 8-15    | limited     | holders are counted; never changes          |
    /// | 16-47   | holders     | persons who hold the asset                  |
    /// | 48-79   | maxHolders  | 0 = no limit                                |
    /// | 80-127  | lockUpUntil | 0 = none                                    |
    /// | 128-223 | minHolding  | 0 = none                                    |
    struct AssetRules {
        bool registered;
        bool limited;
        uint32 holders;
        uint32 maxHolders;
        uint48 lockUpUntil;
        uint96 minHolding;
    }

    /// @dev A move as the limits see it; `fromId` is 0 for a mint, `toId` for a burn.
    struct Movement {
        address token;
        address from;
        address to;
        uint256 amount;
        uint256 fromBalance;
        uint256 toBalance;
        uint128 fromId;
        uint128 toId;
    }

    /// @dev A wallet's own failures, before they are shifted to sender, receiver or spender.
    uint256 private constant NOT_ALLOWLISTED = 1 << 0;
    uint256 private constant PROFILE_EXPIRED = 1 << 1;
    uint256 private constant WALLET_FROZEN = 1 << 2;
    uint256 private constant WALLET_SANCTIONED = 1 << 3;
    uint256 private constant WALLET_SUCCEEDED = 1 << 4;

    uint256 private constant SENDER_SHIFT = 4;
    uint256 private constant RECEIVER_SHIFT = 10;
    uint256 private constant SPENDER_SHIFT = 17;

    ICustodyRegistry internal immutable CUSTODY;

    mapping(address wallet => Profile) internal _profiles;
    mapping(address wallet => Successor) internal _successors;
    mapping(address token => AssetRules) internal _assets;
    mapping(address token => mapping(uint8 investorType => uint256 word)) internal _policies;
    mapping(address token => mapping(uint128 investorId => uint32 wallets)) internal _wallets;

    constructor(address custody) {
        CUSTODY = ICustodyRegistry(custody);
    }

    /// @inheritdoc IComplianceModule
    function canSend(address token, address wallet) external view returns (bool) {
        return _assets[token].registered && _walletFailures(_profiles[wallet]) == 0;
    }

    /// @inheritdoc IComplianceModule
    function canReceive(address token, address wallet) external view returns (bool) {
        return _assets[token].registered && _receiverFailures(token, wallet) == 0;
    }

    /// @inheritdoc IComplianceModule
    function canTransfer(address token, address from, address to, uint256 amount) external view returns (bool) {
        return _assets[token].registered && _walletFailures(_profiles[from]) == 0 && _receiverFailures(token, to) == 0
            && _limitFailures(_movement(token, from, to, amount)) == 0;
    }

    /// @inheritdoc IComplianceModule
    function checkSend(address token, address wallet) external view {
        if (!_assets[token].registered) revert UnknownAsset(token);
        _requireWallet(wallet, _profiles[wallet]);
    }

    /// @inheritdoc IComplianceModule
    function checkReceive(address token, address wallet) external view {
        if (!_assets[token].registered) revert UnknownAsset(token);
        _requireReceiver(token, wallet, _profiles[wallet]);
    }

    /// @inheritdoc IComplianceModule
    function explain(address token, address from, address to, address spender, uint256 amount)
        external
        view
        returns (uint256 failedRules)
    {
        if (!_assets[token].registered) return FailedRules.UNKNOWN_ASSET;
        IAssetToken asset = IAssetToken(token);

        failedRules = _statusFailures(asset) | _receiverFailures(token, to);
        if (to == address(0)) failedRules |= FailedRules.ZERO_ADDRESS;
        if (asset.isFrozen(to)) failedRules |= FailedRules.RECEIVER_FROZEN_FOR_ASSET;
        failedRules |= from == address(0)
            ? _mintFailures(asset, amount)
            : _senderFailures(asset, from, amount) | _spenderFailures(asset, from, spender, amount);
        failedRules |= _limitFailures(_movement(token, from, to, amount));
    }

    function _requireWallet(address wallet, Profile memory profile) internal view {
        uint256 failures = _walletFailures(profile);
        if (failures == 0) return;
        if (failures & WALLET_SANCTIONED != 0) revert WalletIsSanctioned(wallet);
        if (failures & WALLET_FROZEN != 0) revert WalletIsFrozen(wallet);
        if (failures & WALLET_SUCCEEDED != 0) revert WalletIsSucceeded(wallet);
        if (failures & NOT_ALLOWLISTED != 0) revert NotAllowlisted(wallet);
        revert ProfileExpired(wallet, profile.validUntil);
    }

    /// @dev Returns the policy word, which says too whether limits apply.
    function _requireReceiver(address token, address wallet, Profile memory profile)
        internal
        view
        returns (uint256 word)
    {
        _requireWallet(wallet, profile);
        word = _policies[token][profile.investorType];
        if (!_allows(word, profile.jurisdiction)) {
            revert JurisdictionRefused(wallet, profile.jurisdiction, profile.investorType);
        }
    }

    function _requireLimits(Movement memory move) internal view {
        uint256 failures = _limitFailures(move);
        if (failures == 0) return;
        AssetRules memory asset = _assets[move.token];
        if (failures & FailedRules.LOCK_UP != 0) revert LockUpActive(move.token, asset.lockUpUntil);
        if (failures & FailedRules.MAX_HOLDERS != 0) revert TooManyHolders(move.token, asset.maxHolders);
        if (failures & FailedRules.SENDER_MIN_HOLDING != 0) {
            revert BelowMinHolding(move.token, move.from, move.fromBalance - move.amount, asset.minHolding);
        }
        revert BelowMinHolding(move.token, move.to, move.toBalance + move.amount, asset.minHolding);
    }

    /// @dev A wallet without a profile is not allowlisted; that its profile has expired as well would be no news.
    function _walletFailures(Profile memory profile) private view returns (uint256 failures) {
        uint8 flags = profile.flags;
        if (flags & FLAG_ALLOWLISTED == 0) failures |= NOT_ALLOWLISTED;
        if (profile.validUntil < block.timestamp && profile.investorId != 0) failures |= PROFILE_EXPIRED;
        if (flags & FLAG_FROZEN != 0) failures |= WALLET_FROZEN;
        if (flags & FLAG_SANCTIONED != 0) failures |= WALLET_SANCTIONED;
        if (flags & FLAG_SUCCEEDED != 0) failures |= WALLET_SUCCEEDED;
    }

    function _receiverFailures(address token, address wallet) private view returns (uint256 failures) {
        Profile memory profile = _profiles[wallet];
        failures = _walletFailures(profile) << RECEIVER_SHIFT;
        if (!_allows(_policies[token][profile.investorType], profile.jurisdiction)) {
            failures |= FailedRules.RECEIVER_JURISDICTION;
        }
    }

    function _allows(uint256 word, uint8 jurisdiction) private pure returns (bool) {
        return (word >> jurisdiction) & 1 != 0;
    }

    function _statusFailures(IAssetToken asset) private view returns (uint256) {
        AssetStatus status = asset.status();
        if (status == AssetStatus.Paused) return FailedRules.ASSET_PAUSED;
        return status == AssetStatus.Redeemed ? FailedRules.ASSET_REDEEMED : 0;
    }

    function _mintFailures(IAssetToken asset, uint256 amount) private view returns (uint256 failures) {
        if (Math.saturatingAdd(asset.totalSupply(), amount) > asset.cap()) failures |= FailedRules.CAP_EXCEEDED;
        if (!CUSTODY.isBacked(address(asset), Math.saturatingAdd(asset.totalMinted(), amount))) {
            failures |= FailedRules.NOT_BACKED;
        }
    }

    function _senderFailures(IAssetToken asset, address from, uint256 amount) private view returns (uint256 failures) {
        failures = _walletFailures(_profiles[from]) << SENDER_SHIFT;
        if (asset.isFrozen(from)) failures |= FailedRules.SENDER_FROZEN_FOR_ASSET;

        uint256 balance = asset.balanceOf(from);
        if (balance < amount) return failures | FailedRules.INSUFFICIENT_BALANCE;
        if (asset.freeOf(from) >= amount) return failures;
        uint256 frozen = asset.getFrozenTokens(from);
        uint256 locked = asset.lockedOf(from);
        bool frozenAlone = Math.saturatingSub(balance, frozen) < amount;
        bool lockedAlone = Math.saturatingSub(balance, locked) < amount;
        if (frozenAlone || !lockedAlone) failures |= FailedRules.UNITS_FROZEN;
        if (lockedAlone || !frozenAlone) failures |= FailedRules.UNITS_LOCKED;
    }

    function _spenderFailures(IAssetToken asset, address from, address spender, uint256 amount)
        private
        view
        returns (uint256 failures)
    {
        if (spender == from) return 0;
        failures = _walletFailures(_profiles[spender]) << SPENDER_SHIFT;
        if (asset.allowance(from, spender) < amount) failures |= FailedRules.SPENDER_ALLOWANCE;
    }

    /// @dev A move of nothing, or to oneself, changes no holding.
    function _limitFailures(Movement memory move) private view returns (uint256 failures) {
        AssetRules memory asset = _assets[move.token];
        if (!asset.limited) return 0;
        if (move.fromId != 0 && block.timestamp < asset.lockUpUntil) failures |= FailedRules.LOCK_UP;
        if (move.amount == 0 || move.from == move.to) return failures;

        if (asset.maxHolders != 0 && _addsHolder(move)) {
            uint256 holders = uint256(asset.holders) + 1 - (_removesHolder(move) ? 1 : 0);
            if (holders > asset.maxHolders) failures |= FailedRules.MAX_HOLDERS;
        }
        if (move.from != address(0) && move.fromBalance > move.amount) {
            if (move.fromBalance - move.amount < asset.minHolding) failures |= FailedRules.SENDER_MIN_HOLDING;
        }
        if (move.to != address(0) && Math.saturatingAdd(move.toBalance, move.amount) < asset.minHolding) {
            failures |= FailedRules.RECEIVER_MIN_HOLDING;
        }
    }

    function _addsHolder(Movement memory move) private view returns (bool) {
        return move.toId != 0 && move.toBalance == 0 && _wallets[move.token][move.toId] == 0;
    }

    function _removesHolder(Movement memory move) private view returns (bool) {
        return move.fromId != 0 && move.fromBalance == move.amount && _wallets[move.token][move.fromId] == 1;
    }

    function _movement(address token, address from, address to, uint256 amount) private view returns (Movement memory) {
        return Movement({
            token: token,
            from: from,
            to: to,
            amount: amount,
            fromBalance: from == address(0) ? 0 : IERC20(token).balanceOf(from),
            toBalance: IERC20(token).balanceOf(to),
            fromId: _profiles[from].investorId,
            toId: _profiles[to].investorId
        });
    }
}
