// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev Investor types, the second key of a policy.
uint8 constant RETAIL = 0;
uint8 constant ACCREDITED = 1;
uint8 constant INSTITUTIONAL = 2;
/// @dev A wallet of the platform or the issuer (treasury, market maker), not an investor's.
uint8 constant SYSTEM = 3;
/// @dev How many investor types there are.
uint8 constant INVESTOR_TYPES = 4;

/// @dev The last code of the jurisdiction table (ISO 3166-1 alpha-2 in alphabetical order, from 1; 0 = none).
uint8 constant LAST_JURISDICTION = 249;

/// @dev Flags of a profile.
uint8 constant FLAG_ALLOWLISTED = 1;
uint8 constant FLAG_FROZEN = 2;
uint8 constant FLAG_SANCTIONED = 4;
/// @dev A successor is named for this wallet; it neither sends nor receives any more.
uint8 constant FLAG_SUCCEEDED = 8;

/// @dev The bit of a policy word that says: holder counts and limits apply. The other usable bits, 1 to 249,
/// say which jurisdictions may receive.
uint256 constant POLICY_LIMITED = 1 << 255;

/// @notice What is known of a wallet, once for all assets. Codes and flags only, never personal data.
/// | bits    | field        |                                                       |
/// |---------|--------------|-------------------------------------------------------|
/// | 0-47    | validUntil   | last second at which the verification counts          |
/// | 48-55   | jurisdiction | 0 = none, never allowed; 1-249 = ISO 3166-1           |
/// | 56-63   | investorType | RETAIL, ACCREDITED, INSTITUTIONAL, SYSTEM             |
/// | 64-71   | flags        | allowlisted 1, frozen 2, sanctioned 4, succeeded 8    |
/// | 72-199  | investorId   | random number of the person; written once, never 0    |
struct Profile {
    uint48 validUntil;
    uint8 jurisdiction;
    uint8 investorType;
    uint8 flags;
    uint128 investorId;
}

/// @notice One wallet of a batch: its profile and whether it is allowlisted.
struct ProfileInput {
    address wallet;
    uint48 validUntil;
    uint8 jurisdiction;
    uint8 investorType;
    uint128 investorId;
    bool allowlisted;
}

/// @notice The limits of an asset; 0 means no such limit.
/// @param maxHolders Most persons (investorIds) that may hold at once, over all their wallets.
/// @param lockUpUntil No secondary transfer before this second.
/// @param minHolding Smallest non-zero balance of a wallet, in the token's smallest unit.
struct Limits {
    uint32 maxHolders;
    uint48 lockUpUntil;
    uint96 minHolding;
}

/// @notice The wallet that takes a lost wallet's place, and from when.
struct Successor {
    address fresh;
    uint48 effectiveAt;
}
