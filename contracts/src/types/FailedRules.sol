// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The bits of `ComplianceModule.explain`, one a rule.
/// @dev contracts/abi/v1/failed_rules.json lists them with a text for each; a test keeps both equal.
/// A bit is never given another meaning; new rules take new bits.
library FailedRules {
    uint256 internal constant UNKNOWN_ASSET = 1 << 0;
    uint256 internal constant ASSET_PAUSED = 1 << 1;
    uint256 internal constant ASSET_REDEEMED = 1 << 2;
    uint256 internal constant ZERO_ADDRESS = 1 << 3;

    uint256 internal constant SENDER_NOT_ALLOWLISTED = 1 << 4;
    uint256 internal constant SENDER_PROFILE_EXPIRED = 1 << 5;
    uint256 internal constant SENDER_FROZEN = 1 << 6;
    uint256 internal constant SENDER_SANCTIONED = 1 << 7;
    uint256 internal constant SENDER_SUCCEEDED = 1 << 8;
    uint256 internal constant SENDER_FROZEN_FOR_ASSET = 1 << 9;

    uint256 internal constant RECEIVER_NOT_ALLOWLISTED = 1 << 10;
    uint256 internal constant RECEIVER_PROFILE_EXPIRED = 1 << 11;
    uint256 internal constant RECEIVER_FROZEN = 1 << 12;
    uint256 internal constant RECEIVER_SANCTIONED = 1 << 13;
    uint256 internal constant RECEIVER_SUCCEEDED = 1 << 14;
    uint256 internal constant RECEIVER_FROZEN_FOR_ASSET = 1 << 15;
    uint256 internal constant RECEIVER_JURISDICTION = 1 << 16;

    uint256 internal constant SPENDER_NOT_ALLOWLISTED = 1 << 17;
    uint256 internal constant SPENDER_PROFILE_EXPIRED = 1 << 18;
    uint256 internal constant SPENDER_FROZEN = 1 << 19;
    uint256 internal constant SPENDER_SANCTIONED = 1 << 20;
    uint256 internal constant SPENDER_SUCCEEDED = 1 << 21;
    uint256 internal constant SPENDER_ALLOWANCE = 1 << 22;

    uint256 internal constant INSUFFICIENT_BALANCE = 1 << 23;
    uint256 internal constant UNITS_FROZEN = 1 << 24;
    uint256 internal constant UNITS_LOCKED = 1 << 25;
    uint256 internal constant LOCK_UP = 1 << 26;
    uint256 internal constant MAX_HOLDERS = 1 << 27;
    uint256 internal constant SENDER_MIN_HOLDING = 1 << 28;
    uint256 internal constant RECEIVER_MIN_HOLDING = 1 << 29;
    uint256 internal constant CAP_EXCEEDED = 1 << 30;
    uint256 internal constant NOT_BACKED = 1 << 31;
}
