// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGoverned} from "./IGoverned.sol";

/// @title Mints paid orders: delivery against payment in one call.
interface IIssuanceModule is IGoverned {
    /// @notice The order's units were created for its buyer and its payment paid to the issuer.
    event Minted(bytes32 indexed orderId, address indexed token, address indexed buyer, uint96 units, uint96 payment);

    /// @notice No escrow has noted this order.
    error UnknownOrder(bytes32 orderId);
    /// @notice Only an escrow of the factory notes orders.
    error UnknownEscrow(address caller);

    /// @notice Remembers which escrow holds a paid order. Escrows of the factory only.
    function noteOrder(bytes32 orderId) external;

    /// @notice Pays a funded order's price to the issuer and mints its units to the buyer, or does nothing. ISSUER of
    /// the asset who is not its CUSTODIAN. Compliance, cap and backing are checked in this call. Emits Minted.
    function mint(bytes32 orderId) external;

    /// @notice `mint` for several orders; all or nothing.
    function mintMany(bytes32[] calldata orderIds) external;

    /// @notice The escrow that holds a paid order; zero when unknown.
    function escrowOf(bytes32 orderId) external view returns (address);
}
