// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Chainalysis' sanctions oracle, read by the portal off chain.
interface ISanctionsOracle {
    event SanctionedAddressesAdded(address[] addrs);
    event SanctionedAddressesRemoved(address[] addrs);

    /// @notice Whether the address is on a sanctions list.
    function isSanctioned(address addr) external view returns (bool);
}
