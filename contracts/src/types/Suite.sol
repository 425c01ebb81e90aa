// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The addresses of the suite, known before any of its code is deployed (see script/DEPLOY.md), so that every
/// contract can keep the ones it needs as immutables.
struct Suite {
    address roles;
    address factory;
    address compliance;
    address custody;
    address issuance;
    address dividends;
    address redemption;
    address usdc;
}
