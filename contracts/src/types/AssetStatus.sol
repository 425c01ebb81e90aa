// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Life of an asset's token.
enum AssetStatus {
    Active, // everything the rules allow
    Paused, // no transfer, mint, deposit, redemption request
    Redeemed // closed for ever: only claims, burns, recovery, forced transfers
}
