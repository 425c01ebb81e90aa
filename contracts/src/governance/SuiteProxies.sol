// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC1967Clones} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Clones.sol";
import {SuitePlaceholder} from "./SuitePlaceholder.sol";

/// @title Deploys the proxies of the suite in one transaction, before any of its code.
/// @notice Modules name each other by immutables; so their addresses must exist first. Nothing is kept here but them.
contract SuiteProxies {
    address public immutable placeholder;
    address public immutable factory;
    address public immutable compliance;
    address public immutable custody;
    address public immutable issuance;
    address public immutable dividends;
    address public immutable redemption;

    /// @notice The caller becomes the deployer who sets each proxy's first code, once.
    constructor() {
        placeholder = address(new SuitePlaceholder(msg.sender));
        factory = _proxy("AssetFactory");
        compliance = _proxy("ComplianceModule");
        custody = _proxy("CustodyRegistry");
        issuance = _proxy("IssuanceModule");
        dividends = _proxy("DividendDistributor");
        redemption = _proxy("RedemptionModule");
    }

    function _proxy(string memory name) private returns (address) {
        return ERC1967Clones.cloneDeterministic(placeholder, keccak256(bytes(name)));
    }
}
