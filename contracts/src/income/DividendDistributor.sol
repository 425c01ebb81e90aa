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
import {IDividendDistributor} from "../interfaces/IDividendDistributor.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";

/// @title Dividends in USDC, by snapshot.
/// @notice Nobody can take a holder's share: claims pay payeeOf(holder) only, a sweep takes what expired to the asset's
/// own account, and a cancellation, possible only before claims open, pays the funder.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
contract DividendDistributor is IDividendDistributor, Module, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IERC20 private immutable USDC;
    IAssetFactory private immutable FACTORY;
    IComplianceModule private immutable COMPLIANCE_MODULE;

    /// @inheritdoc IDividendDistributor
    uint256 public dividendCount;
    mapping(uint256 id => Dividend) private _dividends;
    /// @dev One bit a dividend, 256 ids a word.
    mapping(address holder => mapping(uint256 word => uint256 bits)) private _claimed;
    mapping(uint256 id => mapping(address holder => uint96 amount)) private _held;

    constructor(Suite memory suite) Module(suite.roles) {
        USDC = IERC20(suite.usdc);
        FACTORY = IAssetFactory(suite.factory);
        COMPLIANCE_MODULE = IComplianceModule(suite.compliance);
    }

    /// @inheritdoc IDividendDistributor
    function declare(address token, uint96 amount, uint48 expiry) external nonReentrant returns (uint256 id) {
        _requireRole(Roles.TREASURER);
        if (!FACTORY.isAsset(token)) revert UnknownAsset(token);
        if (amount == 0) revert ZeroAmount();
        if (expiry <= block.timestamp) revert InvalidExpiry(expiry);
        uint256 snapshotId = IAssetToken(token).snapshot();
        uint96 eligible = uint96(IAssetToken(token).eligibleSupplyAt(snapshotId));
        if (eligible == 0) revert NoEligibleSupply(token);

        id = ++dividendCount;
        Dividend storage dividend = _dividends[id];
        dividend.token = token;
        dividend.snapshotId = uint32(snapshotId);
        dividend.expiry = expiry;
        dividend.status = DividendStatus.Declared;
        dividend.declared = amount;
        dividend.eligible = eligible;
        emit DividendDeclared(id, token, snapshotId, amount, expiry, eligible);
    }

    /// @inheritdoc IDividendDistributor
    function fund(uint256 id, uint96 amount) external nonReentrant {
        _requireRole(Roles.TREASURER);
        Dividend storage dividend = _requireStatus(id, DividendStatus.Declared);
        if (amount == 0) revert ZeroAmount();
        address funder = dividend.funder;
        if (funder != address(0) && funder != msg.sender) revert FunderDiffers(id, funder);

        uint256 before = USDC.balanceOf(address(this));
        USDC.safeTransferFrom(msg.sender, address(this), amount);
        uint256 added = USDC.balanceOf(address(this)) - before;
        uint256 total = added + dividend.funded;
        if (total > dividend.declared) revert AboveDeclared(id, total, dividend.declared);

        dividend.funder = msg.sender;
        dividend.funded = uint96(total);
        emit DividendFunded(id, msg.sender, uint96(added), uint96(total));
        if (total == dividend.declared) {
            dividend.status = DividendStatus.Open;
            emit DividendOpened(id);
        }
    }

    /// @inheritdoc IDividendDistributor
    function claim(uint256 id) external nonReentrant {
        _claim(id, msg.sender);
    }

    /// @inheritdoc IDividendDistributor
    function claimMany(uint256[] calldata ids) external nonReentrant {
        for (uint256 i = 0; i < ids.length; ++i) {
            _claim(ids[i], msg.sender);
        }
    }

    /// @inheritdoc IDividendDistributor
    function claimFor(address[] calldata holders, uint256 id) external nonReentrant {
        for (uint256 i = 0; i < holders.length; ++i) {
            // One holder whom USDC or compliance refuses must not keep the others from their money.
            try this.claimOne(id, holders[i]) {}
            catch (bytes memory reason) {
                emit DividendClaimSkipped(id, holders[i], reason);
            }
        }
    }

    /// @inheritdoc IDividendDistributor
    function claimOne(uint256 id, address holder) external {
        _requireCaller(address(this));
        _claim(id, holder);
    }

    /// @inheritdoc IDividendDistributor
    function hold(uint256 id, address holder) external {
        _requireRole(Roles.COMPLIANCE);
        Dividend storage dividend = _requireStatus(id, DividendStatus.Open);
        if (isClaimed(id, holder)) revert AlreadyClaimed(id, holder);
        if (_held[id][holder] != 0) revert AlreadyHeld(id, holder);
        uint96 amount = _shareOf(dividend, holder);
        if (amount == 0) revert NothingToClaim(id, holder);

        _held[id][holder] = amount;
        dividend.held += amount;
        emit DividendHeld(id, holder, amount);
    }

    /// @inheritdoc IDividendDistributor
    function sweep(uint256 id) external nonReentrant {
        _requireRole(Roles.TREASURER);
        Dividend storage dividend = _requireStatus(id, DividendStatus.Open);
        if (block.timestamp <= dividend.expiry) revert NotExpired(id, dividend.expiry);
        address to = FACTORY.unclaimedAccountOf(dividend.token);
        if (to == address(0)) revert UnclaimedAccountNotSet(dividend.token);

        uint96 amount = dividend.funded - dividend.paid - dividend.held;
        dividend.status = DividendStatus.Swept;
        dividend.paid += amount;
        emit DividendSwept(id, to, amount);
        USDC.safeTransfer(to, amount);
    }

    /// @inheritdoc IDividendDistributor
    function cancel(uint256 id) external nonReentrant {
        _requireRole(Roles.TREASURER);
        Dividend storage dividend = _requireStatus(id, DividendStatus.Declared);
        address funder = dividend.funder;
        uint96 amount = dividend.funded;

        dividend.status = DividendStatus.Cancelled;
        dividend.funded = 0;
        emit DividendCancelled(id, funder, amount);
        if (amount != 0) USDC.safeTransfer(funder, amount);
    }

    /// @inheritdoc IDividendDistributor
    function claimable(uint256 id, address holder) external view returns (uint256) {
        Dividend storage dividend = _dividends[id];
        if (isClaimed(id, holder)) return 0;
        if (dividend.status == DividendStatus.Open) return _shareOf(dividend, holder);
        return dividend.status == DividendStatus.Swept ? _held[id][holder] : 0;
    }

    /// @inheritdoc IDividendDistributor
    function isClaimed(uint256 id, address holder) public view returns (bool) {
        return (_claimed[holder][id >> 8] >> (id & 0xff)) & 1 != 0;
    }

    /// @inheritdoc IDividendDistributor
    function heldFor(uint256 id, address holder) external view returns (uint256) {
        return _held[id][holder];
    }

    /// @inheritdoc IDividendDistributor
    function dividendOf(uint256 id) external view returns (Dividend memory) {
        return _dividends[id];
    }

    /// @inheritdoc IDividendDistributor
    function usdc() external view returns (address) {
        return address(USDC);
    }

    function _claim(uint256 id, address holder) private {
        Dividend storage dividend = _dividends[id];
        DividendStatus status = dividend.status;
        uint96 held = dividend.held == 0 ? 0 : _held[id][holder];
        if (status != DividendStatus.Open && (status != DividendStatus.Swept || held == 0)) {
            revert WrongDividendStatus(id, status);
        }
        if (isClaimed(id, holder)) revert AlreadyClaimed(id, holder);
        uint96 amount = _shareOf(dividend, holder);
        if (amount == 0) revert NothingToClaim(id, holder);
        address to = COMPLIANCE_MODULE.payeeOf(holder);

        _claimed[holder][id >> 8] |= 1 << (id & 0xff);
        dividend.paid += amount;
        if (held != 0) {
            dividend.held -= held;
            delete _held[id][holder];
        }
        emit DividendClaimed(id, dividend.token, holder, to, amount);
        USDC.safeTransfer(to, amount);
    }

    /// @dev Rounded down, so that the shares never exceed the pot. An open dividend is funded as declared.
    function _shareOf(Dividend storage dividend, address holder) private view returns (uint96) {
        uint256 balance = IAssetToken(dividend.token).balanceOfAt(holder, dividend.snapshotId);
        return uint96(Math.mulDiv(balance, dividend.declared, dividend.eligible));
    }

    function _requireStatus(uint256 id, DividendStatus wanted) private view returns (Dividend storage dividend) {
        dividend = _dividends[id];
        if (dividend.status != wanted) revert WrongDividendStatus(id, dividend.status);
    }
}
