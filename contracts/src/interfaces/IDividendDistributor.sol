// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGoverned} from "./IGoverned.sol";

/// @title Dividends in USDC, by snapshot; each pot of money stands for itself.
interface IDividendDistributor is IGoverned {
    /// @notice Life of a dividend.
    enum DividendStatus {
        None, // no such id
        Declared, // snapshot taken, amount fixed, not fully funded
        Open, // fully funded, holders claim
        Swept, // expired, the rest went to the asset's account for unclaimed funds; holds stay claimable
        Cancelled // given up before it opened
    }

    /// @notice A dividend. Amounts are micro-USDC.
    /// @param eligible The snapshot's eligible supply, in token units.
    /// @param funder Who funded it; gets the money back when it is cancelled.
    /// @param held Kept out of the sweep, part of what is not paid.
    struct Dividend {
        address token;
        uint32 snapshotId;
        uint48 expiry;
        DividendStatus status;
        uint96 declared;
        uint96 funded;
        uint96 eligible;
        uint96 paid;
        address funder;
        uint96 held;
    }

    /// @notice A dividend is declared on a new snapshot.
    event DividendDeclared(
        uint256 indexed id,
        address indexed token,
        uint256 indexed snapshotId,
        uint96 amount,
        uint48 expiry,
        uint96 eligible
    );
    /// @notice `added` came in; `total` of the declared amount is there.
    event DividendFunded(uint256 indexed id, address indexed funder, uint96 added, uint96 total);
    /// @notice The declared amount is there; holders may claim.
    event DividendOpened(uint256 indexed id);
    /// @notice The holder's share was paid to the holder or its successor.
    event DividendClaimed(uint256 indexed id, address indexed token, address indexed holder, address to, uint96 amount);
    /// @notice A holder of a batch was left out, with the reason's error data; others were paid.
    event DividendClaimSkipped(uint256 indexed id, address indexed holder, bytes reason);
    /// @notice The holder's share stays out of the sweep.
    event DividendHeld(uint256 indexed id, address indexed holder, uint96 amount);
    /// @notice What nobody claimed went to the asset's account for unclaimed funds.
    event DividendSwept(uint256 indexed id, address indexed to, uint96 amount);
    /// @notice The dividend was given up; `returned` went back to its funder.
    event DividendCancelled(uint256 indexed id, address indexed to, uint96 returned);

    /// @notice The dividend is not in the state this needs.
    error WrongDividendStatus(uint256 id, DividendStatus status);
    /// @notice Nobody is entitled: the eligible supply is zero.
    error NoEligibleSupply(address token);
    /// @notice The expiry is not in the future.
    error InvalidExpiry(uint48 expiry);
    /// @notice More came in than was declared.
    error AboveDeclared(uint256 id, uint256 total, uint96 declared);
    /// @notice Another account has funded this dividend.
    error FunderDiffers(uint256 id, address funder);
    /// @notice The holder was paid.
    error AlreadyClaimed(uint256 id, address holder);
    /// @notice The holder had nothing at the snapshot, or too little for one micro-USDC.
    error NothingToClaim(uint256 id, address holder);
    /// @notice The holder's share is held already.
    error AlreadyHeld(uint256 id, address holder);
    /// @notice The dividend can be claimed until it is swept after `expiry`.
    error NotExpired(uint256 id, uint48 expiry);
    /// @notice ASSET_ADMIN has not set where unclaimed funds go.
    error UnclaimedAccountNotSet(address token);

    /// @notice Takes a snapshot and fixes the amount. TREASURER. Not for a redeemed asset.
    function declare(address token, uint96 amount, uint48 expiry) external returns (uint256 id);

    /// @notice Adds money from the caller's USDC allowance, up to the declared amount; opens when it is reached. TREASURER.
    function fund(uint256 id, uint96 amount) external;

    /// @notice Pays the caller's share: floor(balanceOfAt * funded / eligible), to payeeOf(caller).
    function claim(uint256 id) external;

    /// @notice `claim` for several dividends; all or nothing.
    function claimMany(uint256[] calldata ids) external;

    /// @notice Pays several holders their shares of one dividend. Anyone. A holder who cannot be paid is skipped
    /// (DividendClaimSkipped).
    function claimFor(address[] calldata holders, uint256 id) external;

    /// @notice Pays one holder for `claimFor`. This contract only.
    function claimOne(uint256 id, address holder) external;

    /// @notice Keeps a holder's unclaimed share out of the sweep. COMPLIANCE.
    function hold(uint256 id, address holder) external;

    /// @notice After expiry sends what is unclaimed and not held to the asset's account for unclaimed funds. TREASURER.
    function sweep(uint256 id) external;

    /// @notice Gives a dividend up before it opens and sends its money back to the funder. TREASURER.
    function cancel(uint256 id) external;

    /// @notice What the holder could claim now, in micro-USDC; 0 when claimed, unfunded, or without units then.
    function claimable(uint256 id, address holder) external view returns (uint256);

    /// @notice Whether the holder was paid.
    function isClaimed(uint256 id, address holder) external view returns (bool);

    /// @notice What is held for the holder.
    function heldFor(uint256 id, address holder) external view returns (uint256);

    /// @notice A dividend; status None when unknown.
    function dividendOf(uint256 id) external view returns (Dividend memory);

    /// @notice How many dividends were declared; ids run from 1.
    function dividendCount() external view returns (uint256);

    /// @notice The USDC contract.
    function usdc() external view returns (address);
}
