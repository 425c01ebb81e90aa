// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Governed} from "../governance/Governed.sol";
import {Module} from "../governance/Module.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {
    FLAG_ALLOWLISTED,
    FLAG_FROZEN,
    FLAG_SANCTIONED,
    FLAG_SUCCEEDED,
    INVESTOR_TYPES,
    LAST_JURISDICTION,
    Limits,
    POLICY_LIMITED,
    Profile,
    ProfileInput,
    Successor
} from "../types/Compliance.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";
import {ComplianceRules} from "./ComplianceRules.sol";

/// @title Who may hold what.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
contract ComplianceModule is ComplianceRules, Module {
    /// @dev Bits 1 to 249: the jurisdictions there are.
    uint256 private constant JURISDICTION_BITS = ((1 << (uint256(LAST_JURISDICTION) + 1)) - 1) & ~uint256(1);

    address private immutable FACTORY;
    /// @inheritdoc IComplianceModule
    uint48 public immutable RECOVERY_DELAY;

    constructor(Suite memory suite, uint48 recoveryDelay) Module(suite.roles) ComplianceRules(suite.custody) {
        FACTORY = suite.factory;
        RECOVERY_DELAY = recoveryDelay;
    }

    /// @inheritdoc IComplianceModule
    function setProfile(address wallet, uint48 validUntil, uint8 jurisdiction, uint8 investorType, uint128 investorId)
        external
    {
        _requireRole(Roles.COMPLIANCE);
        _setProfile(wallet, validUntil, jurisdiction, investorType, investorId);
    }

    /// @inheritdoc IComplianceModule
    function setAllowlist(address wallet, bool allowlisted) external {
        _requireRole(Roles.COMPLIANCE);
        _setAllowlist(wallet, allowlisted);
    }

    /// @inheritdoc IComplianceModule
    function batchSetAllowlist(address[] calldata wallets, bool allowlisted) external {
        _requireRole(Roles.COMPLIANCE);
        for (uint256 i = 0; i < wallets.length; ++i) {
            _setAllowlist(wallets[i], allowlisted);
        }
    }

    /// @inheritdoc IComplianceModule
    function setProfilesAndAllowlist(ProfileInput[] calldata inputs) external {
        _requireRole(Roles.COMPLIANCE);
        for (uint256 i = 0; i < inputs.length; ++i) {
            ProfileInput calldata input = inputs[i];
            _setProfile(input.wallet, input.validUntil, input.jurisdiction, input.investorType, input.investorId);
            _setAllowlist(input.wallet, input.allowlisted);
        }
    }

    /// @inheritdoc IComplianceModule
    function setSanctioned(address[] calldata wallets, bool sanctioned) external {
        _requireRole(Roles.COMPLIANCE);
        for (uint256 i = 0; i < wallets.length; ++i) {
            _setFlag(wallets[i], FLAG_SANCTIONED, sanctioned);
            emit SanctionSet(wallets[i], sanctioned);
        }
    }

    /// @inheritdoc IComplianceModule
    function setWalletsFrozen(address[] calldata wallets, bool frozen) external {
        _requireRole(Roles.FREEZER);
        for (uint256 i = 0; i < wallets.length; ++i) {
            _setFlag(wallets[i], FLAG_FROZEN, frozen);
            emit WalletFrozen(wallets[i], frozen);
        }
    }

    /// @inheritdoc IComplianceModule
    function setPolicy(address token, uint8 investorType, uint256 word) external {
        _requireRole(Roles.COMPLIANCE);
        if (!_assets[token].registered) revert UnknownAsset(token);
        if (investorType >= INVESTOR_TYPES) revert InvalidInvestorType(investorType);
        _setPolicy(token, investorType, word, _assets[token].limited);
    }

    /// @inheritdoc IComplianceModule
    function setLimits(address token, Limits calldata limits) external {
        _requireRole(Roles.COMPLIANCE);
        if (!_assets[token].registered) revert UnknownAsset(token);
        if (!_assets[token].limited) revert AssetNotLimited(token);
        _setLimits(token, limits);
    }

    /// @inheritdoc IComplianceModule
    function registerAsset(address token, uint256[4] calldata policies, bool limited, Limits calldata limits) external {
        _requireCaller(FACTORY);
        if (_assets[token].registered) revert AssetAlreadyRegistered(token);
        _assets[token].registered = true;
        _assets[token].limited = limited;
        emit AssetRegistered(token, limited);

        for (uint8 investorType = 0; investorType < INVESTOR_TYPES; ++investorType) {
            uint256 word = policies[investorType];
            // A word of zero is what storage holds already.
            if (word != 0 || limited) _setPolicy(token, investorType, word, limited);
        }
        if (limited) {
            _setLimits(token, limits);
        } else if (limits.maxHolders != 0 || limits.lockUpUntil != 0 || limits.minHolding != 0) {
            revert AssetNotLimited(token);
        }
    }

    /// @inheritdoc IComplianceModule
    function setSuccessor(address lost, address fresh) external {
        _requireRole(Roles.ENFORCER);
        if (lost == fresh) revert SameWallet(lost);
        Profile memory profile = _profiles[lost];
        if (profile.investorId == 0) revert NoProfile(lost);
        if (_profiles[fresh].investorId != profile.investorId) revert DifferentInvestors(lost, fresh);
        if (profile.flags & FLAG_SUCCEEDED != 0) revert SuccessorExists(lost, _successors[lost].fresh);
        // Also refuses a `fresh` that has a successor itself, so that successors never form a ring.
        _requireWallet(fresh, _profiles[fresh]);

        uint48 effectiveAt = uint48(block.timestamp) + RECOVERY_DELAY;
        _setFlag(lost, FLAG_SUCCEEDED, true);
        _successors[lost] = Successor({fresh: fresh, effectiveAt: effectiveAt});
        emit SuccessorSet(lost, fresh, effectiveAt);
    }

    /// @inheritdoc IComplianceModule
    function cancelSuccessor(address lost) external {
        _requireRoleOrGuardian(Roles.COMPLIANCE);
        Successor memory successor = _successors[lost];
        if (successor.fresh == address(0) || block.timestamp >= successor.effectiveAt) revert NoPendingSuccessor(lost);
        _setFlag(lost, FLAG_SUCCEEDED, false);
        delete _successors[lost];
        emit SuccessorSet(lost, address(0), 0);
    }

    /// @inheritdoc IComplianceModule
    /// @dev Everything read and written here belongs to the calling token; a token never registered has no policy,
    /// so it is refused.
    function onTransfer(
        address from,
        address to,
        address spender,
        uint256 amount,
        uint256 fromBalance,
        uint256 toBalance
    ) external {
        uint128 fromId;
        if (from != address(0)) {
            Profile memory sender = _profiles[from];
            _requireWallet(from, sender);
            if (spender != from) _requireWallet(spender, _profiles[spender]);
            fromId = sender.investorId;
        }
        Profile memory receiver = _profiles[to];
        uint256 word = _requireReceiver(msg.sender, to, receiver);
        if (word & POLICY_LIMITED == 0) return;

        Movement memory move =
            Movement(msg.sender, from, to, amount, fromBalance, toBalance, fromId, receiver.investorId);
        _requireLimits(move);
        _count(move);
    }

    /// @inheritdoc IComplianceModule
    function onMove(address from, address to, uint256 amount, uint256 fromBalance, uint256 toBalance) external {
        if (!_assets[msg.sender].limited) return;
        _count(
            Movement(
                msg.sender,
                from,
                to,
                amount,
                fromBalance,
                toBalance,
                _profiles[from].investorId,
                _profiles[to].investorId
            )
        );
    }

    /// @inheritdoc IComplianceModule
    function payeeOf(address wallet) external view returns (address) {
        while (true) {
            uint8 flags = _profiles[wallet].flags;
            if (flags & FLAG_SANCTIONED != 0) revert WalletIsSanctioned(wallet);
            if (flags & FLAG_FROZEN != 0) revert WalletIsFrozen(wallet);
            if (flags & FLAG_SUCCEEDED == 0) break;
            Successor memory successor = _successors[wallet];
            if (block.timestamp < successor.effectiveAt) revert SuccessorPending(wallet, successor.effectiveAt);
            wallet = successor.fresh;
        }
        return wallet;
    }

    /// @inheritdoc IComplianceModule
    function profileOf(address wallet) external view returns (Profile memory) {
        return _profiles[wallet];
    }

    /// @inheritdoc IComplianceModule
    function policyOf(address token, uint8 investorType) external view returns (uint256) {
        return _policies[token][investorType];
    }

    /// @inheritdoc IComplianceModule
    function limitsOf(address token) external view returns (Limits memory) {
        AssetRules memory asset = _assets[token];
        return Limits({maxHolders: asset.maxHolders, lockUpUntil: asset.lockUpUntil, minHolding: asset.minHolding});
    }

    /// @inheritdoc IComplianceModule
    function holderCount(address token) external view returns (uint32) {
        return _assets[token].holders;
    }

    /// @inheritdoc IComplianceModule
    function walletCount(address token, uint128 investorId) external view returns (uint32) {
        return _wallets[token][investorId];
    }

    /// @inheritdoc IComplianceModule
    function registrationOf(address token) external view returns (bool registered, bool limited) {
        return (_assets[token].registered, _assets[token].limited);
    }

    /// @inheritdoc IComplianceModule
    function successorOf(address lost) external view returns (Successor memory) {
        return _successors[lost];
    }

    function _setProfile(address wallet, uint48 validUntil, uint8 jurisdiction, uint8 investorType, uint128 investorId)
        private
    {
        if (wallet == address(0)) revert ZeroAddress();
        if (investorId == 0) revert InvestorIdZero(wallet);
        if (jurisdiction > LAST_JURISDICTION) revert InvalidJurisdiction(jurisdiction);
        if (investorType >= INVESTOR_TYPES) revert InvalidInvestorType(investorType);
        Profile memory before = _profiles[wallet];
        if (before.investorId != 0 && before.investorId != investorId) {
            revert InvestorIdFixed(wallet, before.investorId, investorId);
        }

        _profiles[wallet] = Profile({
            validUntil: validUntil,
            jurisdiction: jurisdiction,
            investorType: investorType,
            flags: before.flags,
            investorId: investorId
        });
        emit ProfileSet(wallet, investorId, validUntil, jurisdiction, investorType);
    }

    function _setAllowlist(address wallet, bool allowlisted) private {
        if (allowlisted && _profiles[wallet].investorId == 0) revert NoProfile(wallet);
        _setFlag(wallet, FLAG_ALLOWLISTED, allowlisted);
        emit AllowlistUpdated(wallet, allowlisted);
    }

    function _setFlag(address wallet, uint8 flag, bool on) private {
        if (wallet == address(0)) revert ZeroAddress();
        uint8 flags = _profiles[wallet].flags;
        _profiles[wallet].flags = on ? flags | flag : flags & ~flag;
    }

    function _setPolicy(address token, uint8 investorType, uint256 word, bool limited) private {
        word &= JURISDICTION_BITS;
        if (limited) word |= POLICY_LIMITED;
        _policies[token][investorType] = word;
        emit PolicySet(token, investorType, word);
    }

    function _setLimits(address token, Limits calldata limits) private {
        AssetRules storage asset = _assets[token];
        asset.maxHolders = limits.maxHolders;
        asset.lockUpUntil = limits.lockUpUntil;
        asset.minHolding = limits.minHolding;
        emit LimitsSet(token, limits.maxHolders, limits.lockUpUntil, limits.minHolding);
    }

    /// @dev Counts by person. A person's own move from an emptied wallet to an empty one changes nothing.
    function _count(Movement memory move) private {
        if (move.amount == 0 || move.from == move.to) return;
        bool leaves = move.from != address(0) && move.fromBalance == move.amount;
        bool joins = move.to != address(0) && move.toBalance == 0;
        if (leaves && joins && move.fromId == move.toId) return;

        AssetRules storage asset = _assets[move.token];
        if (leaves) {
            uint32 wallets = --_wallets[move.token][move.fromId];
            if (wallets == 0) --asset.holders;
            emit HolderCount(move.token, move.fromId, wallets, asset.holders);
        }
        if (joins) {
            uint32 wallets = ++_wallets[move.token][move.toId];
            if (wallets == 1) ++asset.holders;
            emit HolderCount(move.token, move.toId, wallets, asset.holders);
        }
    }
}
