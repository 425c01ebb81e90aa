// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGoverned} from "./IGoverned.sol";

/// @title Redemption: units against USDC, one by one or at the asset's end.
interface IRedemptionModule is IGoverned {
    /// @notice Life of a redemption.
    enum RedemptionStatus {
        None, // no such id
        Pending, // units locked, holder keeps dividends
        Settled, // paid and burned
        Cancelled // units unlocked
    }

    /// @notice A redemption; never deleted. Money is micro-USDC.
    struct Redemption {
        address holder;
        uint96 amount;
        address token;
        uint96 minPayment;
        uint96 payment;
        RedemptionStatus status;
    }

    /// @notice The final redemption of a closed asset.
    /// @param price Micro-USDC a whole unit.
    /// @param remaining Money not paid out yet.
    struct FinalRedemption {
        uint96 price;
        uint96 remaining;
        uint48 expiry;
        bool swept;
    }

    /// @notice The holder asks to give `amount` for at least `minPayment`; the units are locked.
    event RedemptionRequested(
        uint256 indexed id, address indexed token, address indexed holder, uint96 amount, uint96 minPayment
    );
    /// @notice The request is off; the units are free again.
    event RedemptionCancelled(uint256 indexed id, address indexed by);
    /// @notice The units are burned and paid, `to` = the holder or its successor.
    event RedemptionSettled(
        uint256 indexed id, address indexed token, address indexed holder, address to, uint96 amount, uint96 payment
    );
    /// @notice The closed asset can be redeemed at `price`; `funded` is there for it.
    event FinalRedemptionOpened(address indexed token, uint96 price, uint96 funded, uint48 expiry);
    /// @notice The holder's whole balance was burned and paid.
    event FinalRedeemed(address indexed token, address indexed holder, address to, uint96 amount, uint96 payment);
    /// @notice After expiry the rest went to the asset's account for unclaimed funds.
    event FinalRedemptionSwept(address indexed token, address indexed to, uint96 amount);
    /// @notice An excluded account's units were burned unpaid.
    event Retired(address indexed token, address indexed account, uint96 amount);

    /// @notice The redemption is not in the state this needs.
    error WrongRedemptionStatus(uint256 id, RedemptionStatus status);
    /// @notice Only the holder may cancel.
    error NotTheHolder(uint256 id, address caller);
    /// @notice The holder asked for more.
    error PaymentBelowMinimum(uint256 id, uint96 payment, uint96 minPayment);
    /// @notice The asset is not closed.
    error AssetNotRedeemed(address token);
    /// @notice The final redemption was opened before.
    error FinalRedemptionExists(address token);
    /// @notice The final redemption is not open, or swept.
    error FinalRedemptionClosed(address token);
    /// @notice The expiry is not in the future.
    error InvalidExpiry(uint48 expiry);
    /// @notice The final redemption runs until `expiry`.
    error NotExpired(address token, uint48 expiry);
    /// @notice The caller holds nothing.
    error NothingToRedeem(address token, address holder);
    /// @notice An excluded account is not paid; it retires its units.
    error AccountExcluded(address token, address account);
    /// @notice Only an excluded account retires its units.
    error NotExcluded(address token, address account);
    /// @notice ASSET_ADMIN has not set where unclaimed funds go.
    error UnclaimedAccountNotSet(address token);
    /// @notice The amount does not fit 96 bits.
    error AmountTooLarge(uint256 amount);

    /// @notice Asks to redeem free units for at least `minPayment` micro-USDC; locks them. The holder.
    function request(address token, uint96 amount, uint96 minPayment) external returns (uint256 id);

    /// @notice Withdraws a pending request. Its holder.
    function cancel(uint256 id) external;

    /// @notice Withdraws a pending request by legal order, e.g. before a forced transfer. ENFORCER.
    function cancelFor(uint256 id) external;

    /// @notice Pays a pending request from the caller's USDC allowance to payeeOf(holder) and burns its units. TREASURER.
    function settle(uint256 id, uint96 payment) external;

    /// @notice Opens the final redemption of a closed asset and funds it fully from the caller's USDC allowance:
    /// ceil(eligible supply * price / 10**decimals). TREASURER, once.
    function openFinal(address token, uint96 price, uint48 expiry) external;

    /// @notice Burns the caller's whole balance of a closed asset and pays floor(balance * price / 10**decimals) to
    /// payeeOf(caller).
    function redeemFinal(address token) external;

    /// @notice After expiry sends the rest to the asset's account for unclaimed funds. TREASURER.
    function sweepFinal(address token) external;

    /// @notice Burns units of the calling excluded account unpaid.
    function retire(address token, uint96 amount) external;

    /// @notice A redemption; status None when unknown.
    function redemptionOf(uint256 id) external view returns (Redemption memory);

    /// @notice How many redemptions were requested; ids run from 1.
    function redemptionCount() external view returns (uint256);

    /// @notice The final redemption of an asset; all zero when not opened.
    function finalRedemptionOf(address token) external view returns (FinalRedemption memory);

    /// @notice The USDC contract.
    function usdc() external view returns (address);
}
