// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRoleRegistry} from "./IRoleRegistry.sol";

/// @title What every contract of the suite shares: the role store and the errors of bad input.
interface IGoverned {
    /// @notice `account` does not hold the platform role.
    error MissingRole(address account, bytes32 role);
    /// @notice `account` does not hold the role of this asset.
    error MissingAssetRole(address account, bytes32 role, address token);
    /// @notice One account holds both ISSUER and CUSTODIAN of an asset and may use neither.
    error IssuerIsCustodian(address account, address token);
    /// @notice Only this contract of the suite may call.
    error OnlyCaller(address expected, address caller);
    /// @notice An address that must not be zero is zero.
    error ZeroAddress();
    /// @notice An amount that must not be zero is zero.
    error ZeroAmount();
    /// @notice Two lists of a batch differ in length.
    error LengthMismatch(uint256 first, uint256 second);
    /// @notice Two wallets must differ.
    error SameWallet(address account);
    /// @notice The factory did not deploy this token.
    error UnknownAsset(address token);

    /// @notice The only store of roles.
    function roles() external view returns (IRoleRegistry);
}
