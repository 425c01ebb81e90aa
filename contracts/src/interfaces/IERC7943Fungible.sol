// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title ERC-7943 (uRWA) for fungible tokens; interface id 0x3edbb4c4.
interface IERC7943Fungible is IERC165 {
    /// @notice Units were moved without their holder's consent.
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount);
    /// @notice `amount` is now frozen on `account` (the full new value).
    event Frozen(address indexed account, uint256 amount);

    error ERC7943CannotSend(address account);
    error ERC7943CannotReceive(address account);
    error ERC7943CannotTransfer(address from, address to, uint256 amount);
    /// @notice The balance would do, but `unfrozen` is all that is neither frozen nor locked.
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);

    /// @notice Moves units by legal order, whatever the transfer rules say; the receiver must be able to receive.
    /// ENFORCER. Cuts into frozen units, never into locked ones. Emits Transfer, ForcedTransfer and, if frozen units
    /// were used, Frozen.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool result);

    /// @notice Sets how many units of `account` are frozen; may exceed the balance. FREEZER. Emits Frozen.
    function setFrozenTokens(address account, uint256 amount) external returns (bool result);

    /// @notice Whether `account` may send at all.
    function canSend(address account) external view returns (bool allowed);

    /// @notice Whether `account` may receive at all.
    function canReceive(address account) external view returns (bool allowed);

    /// @notice How many units of `account` are frozen; locked units are not among them.
    function getFrozenTokens(address account) external view returns (uint256 amount);

    /// @notice Whether the holder's own transfer would pass. Never reverts.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool allowed);
}
