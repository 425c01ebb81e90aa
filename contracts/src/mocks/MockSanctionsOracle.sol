// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISanctionsOracle} from "../interfaces/ISanctionsOracle.sol";

/// @title MOCK. A stand-in for Chainalysis' sanctions oracle, which exists on no test network.
/// @notice Anyone may change the list. For chain id 31337 only: deploying it anywhere else reverts.
contract MockSanctionsOracle is ISanctionsOracle {
    /// @notice A mock belongs on the development chain only.
    error DevelopmentChainOnly(uint256 chainId);

    mapping(address addr => bool) private _sanctioned;

    constructor() {
        if (block.chainid != 31337) revert DevelopmentChainOnly(block.chainid);
    }

    /// @notice Puts addresses on the list.
    function addToSanctionsList(address[] calldata addrs) external {
        for (uint256 i = 0; i < addrs.length; ++i) {
            _sanctioned[addrs[i]] = true;
        }
        emit SanctionedAddressesAdded(addrs);
    }

    /// @notice Takes addresses off the list.
    function removeFromSanctionsList(address[] calldata addrs) external {
        for (uint256 i = 0; i < addrs.length; ++i) {
            _sanctioned[addrs[i]] = false;
        }
        emit SanctionedAddressesRemoved(addrs);
    }

    /// @inheritdoc ISanctionsOracle
    function isSanctioned(address addr) external view returns (bool) {
        return _sanctioned[addr];
    }
}
