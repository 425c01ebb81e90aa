// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice An order for new units, as the buyer signs it.
/// @param buyer Receives the units.
/// @param units Token units, in the smallest unit.
/// @param payment Micro-USDC: exactly ceil(units * price / 10**decimals).
/// @param payBy A deposit counts before this second.
/// @param settleBy Minting is possible up to this second; after it anyone may refund. At least 7 days after payBy.
/// @param termsHash Hash of the subscription agreement.
/// @param salt The subscription's UUID, left-aligned (its 16 bytes, then 16 zero bytes).
struct Order {
    address buyer;
    uint96 units;
    uint96 payment;
    uint48 payBy;
    uint48 settleBy;
    bytes32 termsHash;
    bytes32 salt;
}

/// @notice Life of an order in its escrow; one way only.
enum OrderStatus {
    None, // never paid
    Funded, // its payment is held
    Settled, // units minted, payment paid to the issuer
    Refunded // payment went back
}

/// @notice How an order was paid.
enum PaymentMethod {
    Deposit, // the buyer called deposit
    Authorization, // the buyer signed an EIP-3009 authorization
    Allocation // plain transfers, linked by two people
}

/// @notice The asset's terms: who is paid, and what a whole unit costs in micro-USDC.
struct Terms {
    address payTo;
    uint96 price;
}
