// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Order, OrderStatus, PaymentMethod, Terms} from "../types/Orders.sol";
import {IGoverned} from "./IGoverned.sol";

/// @title The escrow of one asset: orders, the USDC they paid, refunds.
/// @notice Amounts of money are micro-USDC. orderId = keccak256(abi.encode(block.chainid, escrow, order)).
interface IEscrow is IGoverned {
    /// @notice What is kept of a paid order.
    struct FundedOrder {
        address buyer;
        uint96 units;
        address payer;
        uint96 payment;
        uint48 settleBy;
        OrderStatus status;
    }

    /// @notice A plain USDC transfer that COMPLIANCE has looked at.
    /// @param payer Who sent it; zero when the receipt is unknown.
    /// @param remaining What is neither allocated nor returned.
    struct Receipt {
        address payer;
        uint96 remaining;
    }

    /// @notice The asset's terms (the full new value).
    event TermsSet(address indexed payTo, uint96 price);
    /// @notice An order is paid in full and its payment held.
    event OrderFunded(
        bytes32 indexed orderId,
        address indexed buyer,
        address indexed payer,
        PaymentMethod method,
        uint96 units,
        uint96 payment,
        uint48 payBy,
        uint48 settleBy,
        bytes32 termsHash,
        bytes32 salt
    );
    /// @notice The order's payment went to the issuer; its units were minted in the same call.
    event OrderSettled(bytes32 indexed orderId, address indexed payTo, uint96 payment);
    /// @notice The order's payment went back, `to` = the payer or its successor; `cancelled` = by the issuer.
    event OrderRefunded(bytes32 indexed orderId, address indexed to, uint96 payment, bool cancelled);
    /// @notice COMPLIANCE confirms that `payer` sent `amount` by a plain transfer.
    event ReceiptApproved(bytes32 indexed receipt, address indexed payer, uint96 amount);
    /// @notice `amount` of the receipt paid for the order; `remaining` is left of it.
    event Allocated(bytes32 indexed receipt, bytes32 indexed orderId, uint96 amount, uint96 remaining);
    /// @notice What was left of the receipt went back to its payer, or the payer's successor.
    event PaymentReturned(bytes32 indexed receipt, address indexed to, uint96 amount);
    /// @notice Something that belonged to nobody here was taken out.
    event Rescued(address indexed token, address indexed to, uint256 amount);

    /// @notice Only the buyer may deposit for the order.
    error NotTheBuyer(address buyer, address caller);
    /// @notice The price asks for another payment.
    error WrongPayment(uint256 expected, uint96 payment);
    /// @notice The order can no longer be paid.
    error PaymentTooLate(uint48 payBy);
    /// @notice settleBy must be at least 7 days after payBy.
    error SettlementTooSoon(uint48 payBy, uint48 settleBy);
    /// @notice The order is not in the state this needs.
    error WrongOrderStatus(bytes32 orderId, OrderStatus status);
    /// @notice The order can no longer be settled or cancelled.
    error SettlementTooLate(bytes32 orderId, uint48 settleBy);
    /// @notice The order can still be settled; a refund is possible after `settleBy`.
    error RefundTooEarly(bytes32 orderId, uint48 settleBy);
    /// @notice This receipt was approved before; each counts once.
    error ReceiptExists(bytes32 receipt);
    /// @notice COMPLIANCE has not approved this receipt.
    error UnknownReceipt(bytes32 receipt);
    /// @notice Nothing is left of this receipt.
    error ReceiptSpent(bytes32 receipt);
    /// @notice The escrow holds less unaccounted USDC than the receipt says.
    error ReceiptNotCovered(uint256 unaccounted, uint96 amount);
    /// @notice The receipts before this one pay the order already.
    error ReceiptNotNeeded(bytes32 receipt);
    /// @notice The receipts add up to less than the payment.
    error ReceiptsTooSmall(uint256 missing);
    /// @notice Receipts of one order must have one payer, so that a refund has one way back.
    error PayersDiffer(address first, address other);
    /// @notice Payer and buyer are not the same known person.
    error PayerIsNotBuyer(address payer, address buyer);
    /// @notice The first terms are set already.
    error AlreadyInitialized();
    /// @notice Nothing there belongs to nobody.
    error NothingToRescue(address token);

    /// @notice Sets the first terms. Factory, once, in the deploying call.
    function initialize(address payTo, uint96 price, uint8 decimals) external;

    /// @notice Sets whom settlements pay, and the price of a whole unit for new orders. ASSET_ADMIN. Emits TermsSet.
    function setTerms(address payTo, uint96 price) external;

    /// @notice Pays an order from the caller's USDC allowance; the caller is its buyer. Needs an Active asset, a buyer
    /// who may receive, the exact payment, now < payBy. Emits OrderFunded.
    function deposit(Order calldata order) external returns (bytes32 orderId);

    /// @notice Pays an order with the buyer's EIP-3009 signature: USDC's ReceiveWithAuthorization(from = buyer, to =
    /// this escrow, value = payment, validAfter = 0, validBefore = payBy, nonce = orderId). Anyone may send it. That
    /// one signature pays and accepts the terms. Emits OrderFunded.
    /// @param signature 65 bytes r, s, v, or what the buyer's ERC-1271 wallet takes.
    function depositWithAuthorization(Order calldata order, bytes calldata signature) external returns (bytes32 orderId);

    /// @notice Confirms who sent a plain transfer and how much. COMPLIANCE. Emits ReceiptApproved.
    /// @param receipt keccak256(abi.encode(txHash, logIndex)) of USDC's Transfer into this escrow.
    function approveReceipt(bytes32 receipt, address payer, uint96 amount) external;

    /// @notice Pays an order with approved receipts of one payer, who is the buyer's person; exactly `payment` is taken,
    /// a rest stays on the last receipt. ESCROW_OPERATOR. Possible up to settleBy, as an officer may link late what was
    /// sent in time. Emits Allocated for each receipt, then OrderFunded.
    function allocate(Order calldata order, bytes32[] calldata receipts) external returns (bytes32 orderId);

    /// @notice Sends what is left of a receipt back to its payer (or the payer's successor). ESCROW_OPERATOR.
    function returnPayment(bytes32 receipt) external;

    /// @notice Pays a funded order out to the issuer. IssuanceModule only, which mints in the same call.
    function settle(bytes32 orderId) external returns (address buyer, uint96 units, uint96 payment);

    /// @notice Sends a funded order's payment back after settleBy, to payeeOf(payer). Anyone.
    function refund(bytes32 orderId) external;

    /// @notice Gives up a funded order up to settleBy and sends its payment back to payeeOf(payer). ISSUER of the asset.
    function cancel(bytes32 orderId) external;

    /// @notice Takes out other tokens, or USDC above what is accounted for. Timelock.
    function rescue(address token_, address to) external;

    /// @notice The id of an order in this escrow on this chain.
    function orderIdOf(Order calldata order) external view returns (bytes32);

    /// @notice What `units` cost at the current price: ceil(units * price / 10**decimals) micro-USDC.
    function paymentFor(uint96 units) external view returns (uint256);

    /// @notice What is kept of a paid order; status None when unknown.
    function orderOf(bytes32 orderId) external view returns (FundedOrder memory);

    /// @notice What is kept of a receipt.
    function receiptOf(bytes32 receipt) external view returns (Receipt memory);

    /// @notice The asset's terms.
    function terms() external view returns (Terms memory);

    /// @notice USDC accounted for: funded orders and what is left of approved receipts.
    function accounted() external view returns (uint256);

    /// @notice The asset's token.
    function token() external view returns (address);

    /// @notice The USDC contract.
    function usdc() external view returns (address);
}
