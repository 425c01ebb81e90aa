// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Governed} from "../governance/Governed.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IIssuanceModule} from "../interfaces/IIssuanceModule.sol";
import {IUSDC} from "../interfaces/IUSDC.sol";
import {Order, OrderStatus, PaymentMethod, Terms} from "../types/Orders.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";

/// @title The escrow of one asset: an EIP-1167 clone whose immutable argument is the asset's token.
contract Escrow is IEscrow, Governed, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What is kept of a paid order, two words.
    /// | bits    | field       |                                               |
    /// |---------|-------------|-----------------------------------------------|
    /// | 0-159   | buyer       | gets the units                                |
    /// | 160-255 | units       |                                               |
    /// | 0-95    | payment     | micro-USDC                                    |
    /// | 96-143  | settleBy    |                                               |
    /// | 144-151 | status      | OrderStatus                                   |
    /// | 152-159 | paidByOther | the payer is in `_otherPayers`, not the buyer |
    struct StoredOrder {
        address buyer;
        uint96 units;
        uint96 payment;
        uint48 settleBy;
        OrderStatus status;
        bool paidByOther;
    }

    /// @dev One word: USDC accounted for, and what the price is divided by.
    struct Account {
        uint128 accounted;
        uint96 unit;
    }

    /// @dev Time between the last deposit and the first refund, so that an officer can mint what was paid in time.
    uint256 private constant SETTLEMENT_WINDOW = 7 days;

    IUSDC private immutable USDC;
    IComplianceModule private immutable COMPLIANCE_MODULE;
    IIssuanceModule private immutable ISSUANCE;
    address private immutable FACTORY;

    Terms private _terms;
    Account private _account;
    mapping(bytes32 orderId => StoredOrder) private _orders;
    mapping(bytes32 orderId => address payer) private _otherPayers;
    mapping(bytes32 receipt => Receipt) private _receipts;

    constructor(Suite memory suite) Governed(suite.roles) {
        USDC = IUSDC(suite.usdc);
        COMPLIANCE_MODULE = IComplianceModule(suite.compliance);
        ISSUANCE = IIssuanceModule(suite.issuance);
        FACTORY = suite.factory;
    }

    /// @inheritdoc IEscrow
    function initialize(address payTo, uint96 price, uint8 decimals) external {
        _requireCaller(FACTORY);
        if (_account.unit != 0) revert AlreadyInitialized();
        _account.unit = uint96(10 ** decimals);
        _setTerms(payTo, price);
    }

    /// @inheritdoc IEscrow
    function setTerms(address payTo, uint96 price) external {
        _requireRole(Roles.ASSET_ADMIN);
        _setTerms(payTo, price);
    }

    /// @inheritdoc IEscrow
    function deposit(Order calldata order) external nonReentrant returns (bytes32 orderId) {
        if (msg.sender != order.buyer) revert NotTheBuyer(order.buyer, msg.sender);
        _requirePayable(order);
        orderId = _fund(order, order.buyer, PaymentMethod.Deposit);
        _account.accounted += order.payment;
        IERC20(USDC).safeTransferFrom(order.buyer, address(this), order.payment);
    }

    /// @inheritdoc IEscrow
    function depositWithAuthorization(Order calldata order, bytes calldata signature)
        external
        nonReentrant
        returns (bytes32 orderId)
    {
        _requirePayable(order);
        orderId = _fund(order, order.buyer, PaymentMethod.Authorization);
        _account.accounted += order.payment;
        USDC.receiveWithAuthorization(order.buyer, address(this), order.payment, 0, order.payBy, orderId, signature);
    }

    /// @inheritdoc IEscrow
    function approveReceipt(bytes32 receipt, address payer, uint96 amount) external {
        _requireRole(Roles.COMPLIANCE);
        if (payer == address(0)) revert ZeroAddress();
        if (amount == 0) revert ZeroAmount();
        if (_receipts[receipt].payer != address(0)) revert ReceiptExists(receipt);
        uint256 unaccounted = _unaccounted();
        if (unaccounted < amount) revert ReceiptNotCovered(unaccounted, amount);

        _account.accounted += amount;
        _receipts[receipt] = Receipt({payer: payer, remaining: amount});
        emit ReceiptApproved(receipt, payer, amount);
    }

    /// @inheritdoc IEscrow
    function allocate(Order calldata order, bytes32[] calldata receipts)
        external
        nonReentrant
        returns (bytes32 orderId)
    {
        _requireRole(Roles.ESCROW_OPERATOR);
        orderId = orderIdOf(order);
        if (block.timestamp > order.settleBy) revert SettlementTooLate(orderId, order.settleBy);
        address payer = _spend(orderId, order.payment, receipts);
        uint128 person = COMPLIANCE_MODULE.profileOf(payer).investorId;
        if (person == 0 || person != COMPLIANCE_MODULE.profileOf(order.buyer).investorId) {
            revert PayerIsNotBuyer(payer, order.buyer);
        }
        _fund(order, payer, PaymentMethod.Allocation);
    }

    /// @inheritdoc IEscrow
    function returnPayment(bytes32 receipt) external nonReentrant {
        _requireRole(Roles.ESCROW_OPERATOR);
        Receipt memory found = _receipts[receipt];
        if (found.payer == address(0)) revert UnknownReceipt(receipt);
        if (found.remaining == 0) revert ReceiptSpent(receipt);
        address to = COMPLIANCE_MODULE.payeeOf(found.payer);

        _receipts[receipt].remaining = 0;
        emit PaymentReturned(receipt, to, found.remaining);
        _payOut(to, found.remaining);
    }

    /// @inheritdoc IEscrow
    function settle(bytes32 orderId) external nonReentrant returns (address buyer, uint96 units, uint96 payment) {
        _requireCaller(address(ISSUANCE));
        StoredOrder memory order = _requireFunded(orderId);
        if (block.timestamp > order.settleBy) revert SettlementTooLate(orderId, order.settleBy);
        address payTo = _terms.payTo;

        _orders[orderId].status = OrderStatus.Settled;
        emit OrderSettled(orderId, payTo, order.payment);
        _payOut(payTo, order.payment);
        return (order.buyer, order.units, order.payment);
    }

    /// @inheritdoc IEscrow
    function refund(bytes32 orderId) external nonReentrant {
        StoredOrder memory order = _requireFunded(orderId);
        if (block.timestamp <= order.settleBy) revert RefundTooEarly(orderId, order.settleBy);
        _refund(orderId, order, false);
    }

    /// @inheritdoc IEscrow
    function cancel(bytes32 orderId) external nonReentrant {
        _requireAssetRole(Roles.ISSUER, token());
        StoredOrder memory order = _requireFunded(orderId);
        if (block.timestamp > order.settleBy) revert SettlementTooLate(orderId, order.settleBy);
        _refund(orderId, order, true);
    }

    /// @inheritdoc IEscrow
    function rescue(address token_, address to) external nonReentrant {
        _requireTimelock();
        if (to == address(0)) revert ZeroAddress();
        uint256 amount = token_ == address(USDC) ? _unaccounted() : IERC20(token_).balanceOf(address(this));
        if (amount == 0) revert NothingToRescue(token_);
        emit Rescued(token_, to, amount);
        IERC20(token_).safeTransfer(to, amount);
    }

    /// @inheritdoc IEscrow
    function orderIdOf(Order calldata order) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), order));
    }

    /// @inheritdoc IEscrow
    function paymentFor(uint96 units) public view returns (uint256) {
        return Math.ceilDiv(uint256(units) * _terms.price, _account.unit);
    }

    /// @inheritdoc IEscrow
    function orderOf(bytes32 orderId) external view returns (FundedOrder memory) {
        StoredOrder memory order = _orders[orderId];
        return FundedOrder({
            buyer: order.buyer,
            units: order.units,
            payer: _payerOf(orderId, order),
            payment: order.payment,
            settleBy: order.settleBy,
            status: order.status
        });
    }

    /// @inheritdoc IEscrow
    function receiptOf(bytes32 receipt) external view returns (Receipt memory) {
        return _receipts[receipt];
    }

    /// @inheritdoc IEscrow
    function terms() external view returns (Terms memory) {
        return _terms;
    }

    /// @inheritdoc IEscrow
    function accounted() external view returns (uint256) {
        return _account.accounted;
    }

    /// @inheritdoc IEscrow
    function token() public view returns (address) {
        return address(bytes20(Clones.fetchCloneArgs(address(this))));
    }

    /// @inheritdoc IEscrow
    function usdc() external view returns (address) {
        return address(USDC);
    }

    function _setTerms(address payTo, uint96 price) private {
        if (payTo == address(0)) revert ZeroAddress();
        if (price == 0) revert ZeroAmount();
        _terms = Terms({payTo: payTo, price: price});
        emit TermsSet(payTo, price);
    }

    function _requirePayable(Order calldata order) private view {
        if (block.timestamp >= order.payBy) revert PaymentTooLate(order.payBy);
    }

    /// @dev Stores the order as paid. The caller has taken, or takes, exactly `order.payment`.
    function _fund(Order calldata order, address payer, PaymentMethod method) private returns (bytes32 orderId) {
        orderId = orderIdOf(order);
        OrderStatus status = _orders[orderId].status;
        if (status != OrderStatus.None) revert WrongOrderStatus(orderId, status);
        if (order.settleBy < order.payBy + SETTLEMENT_WINDOW) revert SettlementTooSoon(order.payBy, order.settleBy);
        uint256 expected = paymentFor(order.units);
        if (order.payment != expected || expected == 0) revert WrongPayment(expected, order.payment);
        IAssetToken(token()).checkReceive(order.buyer);

        bool byOther = payer != order.buyer;
        _orders[orderId] = StoredOrder({
            buyer: order.buyer,
            units: order.units,
            payment: order.payment,
            settleBy: order.settleBy,
            status: OrderStatus.Funded,
            paidByOther: byOther
        });
        if (byOther) _otherPayers[orderId] = payer;
        _emitFunded(orderId, order, payer, method);
        ISSUANCE.noteOrder(orderId);
    }

    function _emitFunded(bytes32 orderId, Order calldata order, address payer, PaymentMethod method) private {
        emit OrderFunded(
            orderId,
            order.buyer,
            payer,
            method,
            order.units,
            order.payment,
            order.payBy,
            order.settleBy,
            order.termsHash,
            order.salt
        );
    }

    /// @dev Takes `amount` from the receipts, in order; a rest stays on the last one. The total accounted for is
    /// unchanged: what was a receipt's is now the order's.
    function _spend(bytes32 orderId, uint96 amount, bytes32[] calldata receipts) private returns (address payer) {
        uint96 missing = amount;
        for (uint256 i = 0; i < receipts.length; ++i) {
            Receipt memory receipt = _receipts[receipts[i]];
            if (receipt.payer == address(0)) revert UnknownReceipt(receipts[i]);
            if (receipt.remaining == 0) revert ReceiptSpent(receipts[i]);
            if (missing == 0) revert ReceiptNotNeeded(receipts[i]);
            if (i == 0) payer = receipt.payer;
            else if (receipt.payer != payer) revert PayersDiffer(payer, receipt.payer);

            uint96 taken = receipt.remaining < missing ? receipt.remaining : missing;
            missing -= taken;
            _receipts[receipts[i]].remaining = receipt.remaining - taken;
            emit Allocated(receipts[i], orderId, taken, receipt.remaining - taken);
        }
        if (missing != 0) revert ReceiptsTooSmall(missing);
    }

    function _refund(bytes32 orderId, StoredOrder memory order, bool cancelled) private {
        address to = COMPLIANCE_MODULE.payeeOf(_payerOf(orderId, order));
        _orders[orderId].status = OrderStatus.Refunded;
        emit OrderRefunded(orderId, to, order.payment, cancelled);
        _payOut(to, order.payment);
    }

    function _payOut(address to, uint96 amount) private {
        _account.accounted -= amount;
        IERC20(USDC).safeTransfer(to, amount);
    }

    function _requireFunded(bytes32 orderId) private view returns (StoredOrder memory order) {
        order = _orders[orderId];
        if (order.status != OrderStatus.Funded) revert WrongOrderStatus(orderId, order.status);
    }

    function _payerOf(bytes32 orderId, StoredOrder memory order) private view returns (address) {
        return order.paidByOther ? _otherPayers[orderId] : order.buyer;
    }

    function _unaccounted() private view returns (uint256) {
        return USDC.balanceOf(address(this)) - _account.accounted;
    }
}
