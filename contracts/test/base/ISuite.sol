// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

/// @dev Parts of the suite that need no interface in production. Tests import interfaces only: importing a contract
/// makes the compiler build it again with every test.
interface ISuiteProxies {
    function factory() external view returns (address);
    function compliance() external view returns (address);
    function custody() external view returns (address);
    function issuance() external view returns (address);
    function dividends() external view returns (address);
    function redemption() external view returns (address);
}

interface IUpgradeable {
    function upgradeToAndCall(address implementation, bytes calldata data) external;
}

interface ITimelock is IAccessControl {
    function schedule(
        address target,
        uint256 value,
        bytes calldata data,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) external;
    function execute(address target, uint256 value, bytes calldata data, bytes32 predecessor, bytes32 salt) external;
    function cancel(bytes32 id) external;
    function hashOperation(address target, uint256 value, bytes calldata data, bytes32 predecessor, bytes32 salt)
        external
        pure
        returns (bytes32);
    function isOperation(bytes32 id) external view returns (bool);
    function isOperationDone(bytes32 id) external view returns (bool);
    function PROPOSER_ROLE() external view returns (bytes32);
    function CANCELLER_ROLE() external view returns (bytes32);
}

interface IMockOracle {
    error DevelopmentChainOnly(uint256 chainId);

    function addToSanctionsList(address[] calldata addrs) external;
    function removeFromSanctionsList(address[] calldata addrs) external;
    function isSanctioned(address addr) external view returns (bool);
}

interface IPlaceholder {
    error OnlyDeployer(address deployer, address caller);
}
