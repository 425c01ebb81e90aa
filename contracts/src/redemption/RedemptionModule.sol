// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Module} from "../governance/Module.sol";
import {IAssetFactory} from "../interfaces/IAssetFactory.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {IRedemptionModule} from "../interfaces/IRedemptionModule.sol";
import {AssetStatus} from "../types/AssetStatus.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";

/// @title Redemption: units against USDC.
/// @notice Units asked back stay with their holder, locked, until they are paid and burned in one call.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
contract RedemptionModule is IRedemptionModule, Module, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IERC20 private immutable USDC;
    IAssetFactory private immutable FACTORY;
    IComplianceModule private immutable COMPLIANCE_MODULE;

    /// @inheritdoc IRedemptionModule
    uint256 public redemptionCount;
    mapping(uint256 id => Redemption) private _redemptions;
    mapping(address token => FinalRedemption) private _finals;

    constructor(Suite memory suite) Module(suite.roles) {
        USDC = IERC20(suite.usdc);
        FACTORY = IAssetFactory(suite.factory);
        COMPLIANCE_MODULE = IComplianceModule(suite.compliance);
    }

    /// @inheritdoc IRedemptionModule
    function request(address token, uint96 amount, uint96 minPayment) external nonReentrant returns (uint256 id) {
        _requireAsset(token);
        if (amount == 0) revert ZeroAmount();
        id = ++redemptionCount;
        _redemptions[id] = Redemption({
            holder: msg.sender,
            amount: amount,
            token: token,
            minPayment: minPayment,
            payment: 0,
            status: RedemptionStatus.Pending
        });
        emit RedemptionRequested(id, token, msg.sender, amount, minPayment);
        IAssetToken(token).lock(msg.sender, amount);
    }

    /// @inheritdoc IRedemptionModule
    function cancel(uint256 id) external nonReentrant {
        Redemption storage redemption = _requirePending(id);
        if (msg.sender != redemption.holder) revert NotTheHolder(id, msg.sender);
        _cancel(id, redemption);
    }

    /// @inheritdoc IRedemptionModule
    function cancelFor(uint256 id) external nonReentrant {
        _requireRole(Roles.ENFORCER);
        _cancel(id, _requirePending(id));
    }

    /// @inheritdoc IRedemptionModule
    function settle(uint256 id, uint96 payment) external nonReentrant {
        _requireRole(Roles.TREASURER);
        Redemption storage redemption = _requirePending(id);
        if (payment < redemption.minPayment) revert PaymentBelowMinimum(id, payment, redemption.minPayment);
        address holder = redemption.holder;
        address to = COMPLIANCE_MODULE.payeeOf(holder);

        redemption.status = RedemptionStatus.Settled;
        redemption.payment = payment;
        emit RedemptionSettled(id, redemption.token, holder, to, redemption.amount, payment);
        IAssetToken(redemption.token).burnLocked(holder, redemption.amount);
        USDC.safeTransferFrom(msg.sender, to, payment);
    }

    /// @inheritdoc IRedemptionModule
    function openFinal(address token, uint96 price, uint48 expiry) external nonReentrant {
        _requireRole(Roles.TREASURER);
        _requireAsset(token);
        if (IAssetToken(token).status() != AssetStatus.Redeemed) revert AssetNotRedeemed(token);
        if (_finals[token].price != 0) revert FinalRedemptionExists(token);
        if (price == 0) revert ZeroAmount();
        if (expiry <= block.timestamp) revert InvalidExpiry(expiry);
        uint256 due = Math.ceilDiv(IAssetToken(token).eligibleSupply() * price, _unitOf(token));
        if (due > type(uint96).max) revert AmountTooLarge(due);

        _finals[token] = FinalRedemption({price: price, remaining: uint96(due), expiry: expiry, swept: false});
        emit FinalRedemptionOpened(token, price, uint96(due), expiry);
        USDC.safeTransferFrom(msg.sender, address(this), due);
    }

    /// @inheritdoc IRedemptionModule
    function redeemFinal(address token) external nonReentrant {
        FinalRedemption storage found = _requireOpenFinal(token);
        uint256 amount = IAssetToken(token).balanceOf(msg.sender);
        if (amount == 0) revert NothingToRedeem(token, msg.sender);
        if (IAssetToken(token).isExcluded(msg.sender)) revert AccountExcluded(token, msg.sender);
        address to = COMPLIANCE_MODULE.payeeOf(msg.sender);
        uint96 payment = uint96(amount * found.price / _unitOf(token));

        found.remaining -= payment;
        emit FinalRedeemed(token, msg.sender, to, uint96(amount), payment);
        IAssetToken(token).burn(msg.sender, amount);
        USDC.safeTransfer(to, payment);
    }

    /// @inheritdoc IRedemptionModule
    function sweepFinal(address token) external nonReentrant {
        _requireRole(Roles.TREASURER);
        FinalRedemption storage found = _requireOpenFinal(token);
        if (block.timestamp <= found.expiry) revert NotExpired(token, found.expiry);
        address to = FACTORY.unclaimedAccountOf(token);
        if (to == address(0)) revert UnclaimedAccountNotSet(token);

        uint96 amount = found.remaining;
        found.remaining = 0;
        found.swept = true;
        emit FinalRedemptionSwept(token, to, amount);
        USDC.safeTransfer(to, amount);
    }

    /// @inheritdoc IRedemptionModule
    function retire(address token, uint96 amount) external nonReentrant {
        _requireAsset(token);
        if (amount == 0) revert ZeroAmount();
        if (!IAssetToken(token).isExcluded(msg.sender)) revert NotExcluded(token, msg.sender);
        emit Retired(token, msg.sender, amount);
        IAssetToken(token).burn(msg.sender, amount);
    }

    /// @inheritdoc IRedemptionModule
    function redemptionOf(uint256 id) external view returns (Redemption memory) {
        return _redemptions[id];
    }

    /// @inheritdoc IRedemptionModule
    function finalRedemptionOf(address token) external view returns (FinalRedemption memory) {
        return _finals[token];
    }

    /// @inheritdoc IRedemptionModule
    function usdc() external view returns (address) {
        return address(USDC);
    }

    function _cancel(uint256 id, Redemption storage redemption) private {
        redemption.status = RedemptionStatus.Cancelled;
        emit RedemptionCancelled(id, msg.sender);
        IAssetToken(redemption.token).unlock(redemption.holder, redemption.amount);
    }

    function _requirePending(uint256 id) private view returns (Redemption storage redemption) {
        redemption = _redemptions[id];
        if (redemption.status != RedemptionStatus.Pending) revert WrongRedemptionStatus(id, redemption.status);
    }

    function _requireOpenFinal(address token) private view returns (FinalRedemption storage found) {
        found = _finals[token];
        if (found.price == 0 || found.swept) revert FinalRedemptionClosed(token);
    }

    function _requireAsset(address token) private view {
        if (!FACTORY.isAsset(token)) revert UnknownAsset(token);
    }

    function _unitOf(address token) private view returns (uint256) {
        return 10 ** IAssetToken(token).decimals();
    }
}
