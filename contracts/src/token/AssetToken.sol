// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {
    ERC20PermitUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Governed} from "../governance/Governed.sol";
import {IAssetFactory} from "../interfaces/IAssetFactory.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {ICustodyRegistry} from "../interfaces/ICustodyRegistry.sol";
import {IERC1643} from "../interfaces/IERC1643.sol";
import {IERC7943Fungible} from "../interfaces/IERC7943Fungible.sol";
import {AssetStatus} from "../types/AssetStatus.sol";
import {SYSTEM} from "../types/Compliance.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";
import {DocumentsUpgradeable} from "./DocumentsUpgradeable.sol";
import {FreezesUpgradeable} from "./FreezesUpgradeable.sol";

/// @title The token of an asset.
/// @notice Transfers run through `_update`: rules, then `_move`. What the law may do against a holder's will calls
/// `_force`, which counts holders and moves, and never sees a rule it would have to switch off.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable missing-initializer-call
contract AssetToken is
    Initializable,
    ERC20PermitUpgradeable,
    FreezesUpgradeable,
    DocumentsUpgradeable,
    UUPSUpgradeable
{
    bytes32 private constant TERMS = "TERMS";
    bytes4 private constant ERC7943_ID = 0x3edbb4c4;

    IAssetFactory private immutable FACTORY;
    IComplianceModule private immutable COMPLIANCE_MODULE;
    ICustodyRegistry private immutable CUSTODY;
    address private immutable ISSUANCE;
    address private immutable DIVIDENDS;
    address private immutable REDEMPTION;

    constructor(Suite memory suite) Governed(suite.roles) {
        FACTORY = IAssetFactory(suite.factory);
        COMPLIANCE_MODULE = IComplianceModule(suite.compliance);
        CUSTODY = ICustodyRegistry(suite.custody);
        ISSUANCE = suite.issuance;
        DIVIDENDS = suite.dividends;
        REDEMPTION = suite.redemption;
        _disableInitializers();
    }

    /// @inheritdoc IAssetToken
    function initialize(Setup calldata setup) external initializer {
        _requireCaller(address(FACTORY));
        if (setup.cap == 0 || setup.decimals > 18) revert InvalidSetup(setup.cap, setup.decimals);
        // The EIP-712 domain is name() and "1" by the overrides below; storing it again would cost two slots.
        __ERC20_init(setup.name, setup.symbol);
        _state().decimals = setup.decimals;
        _state().cap = setup.cap;
        _addDocument(TERMS, setup.termsURI, setup.termsHash);
    }

    /// @inheritdoc IAssetToken
    function mint(address to, uint256 amount) external {
        _requireCaller(ISSUANCE);
        _requireActive();
        _requireNotFrozen(to);
        uint256 supplyAfter = Math.saturatingAdd(totalSupply(), amount);
        TokenState storage state = _state();
        if (supplyAfter > state.cap) revert CapExceeded(supplyAfter, state.cap);
        uint96 mintedAfter = state.totalMinted + uint96(amount);
        CUSTODY.checkBacking(address(this), mintedAfter);

        state.totalMinted = mintedAfter;
        COMPLIANCE_MODULE.onTransfer(address(0), to, to, amount, 0, balanceOf(to));
        _move(address(0), to, amount);
    }

    /// @inheritdoc IAssetToken
    function burn(address from, uint256 amount) external {
        _requireCaller(REDEMPTION);
        _requireNotFrozen(from);
        _requireFree(from, amount);
        _force(from, address(0), amount);
    }

    /// @inheritdoc IAssetToken
    function burnLocked(address from, uint256 amount) external {
        _requireCaller(REDEMPTION);
        _requireNotFrozen(from);
        uint256 unfrozen = Math.saturatingSub(balanceOf(from), _holder(from).frozen);
        if (unfrozen < amount) revert ERC7943InsufficientUnfrozenBalance(from, amount, unfrozen);
        _unlock(from, amount);
        _force(from, address(0), amount);
    }

    /// @inheritdoc IAssetToken
    function lock(address account, uint256 amount) external {
        _requireCaller(REDEMPTION);
        _requireActive();
        _requireNotFrozen(account);
        COMPLIANCE_MODULE.checkSend(address(this), account);
        _requireFree(account, amount);
        _lock(account, amount);
    }

    /// @inheritdoc IAssetToken
    function unlock(address account, uint256 amount) external {
        _requireCaller(REDEMPTION);
        _unlock(account, amount);
    }

    /// @inheritdoc IAssetToken
    function snapshot() external returns (uint256 id) {
        _requireCaller(DIVIDENDS);
        _requireNotRedeemed();
        return _takeSnapshot();
    }

    /// @inheritdoc IAssetToken
    function pause() external {
        _requireRoleOrGuardian(Roles.PAUSER);
        _requireActive();
        _setStatus(AssetStatus.Paused);
    }

    /// @inheritdoc IAssetToken
    function unpause() external {
        _requireTimelock();
        _requirePaused();
        _setStatus(AssetStatus.Active);
    }

    /// @inheritdoc IAssetToken
    function markRedeemed() external {
        _requireTimelock();
        _requirePaused();
        _setStatus(AssetStatus.Redeemed);
    }

    /// @inheritdoc IERC7943Fungible
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool) {
        _requireRole(Roles.ENFORCER);
        _forcedTransfer(from, to, amount);
        return true;
    }

    /// @inheritdoc IAssetToken
    function batchForcedTransfer(address[] calldata from, address[] calldata to, uint256[] calldata amounts) external {
        _requireRole(Roles.ENFORCER);
        if (from.length != to.length) revert LengthMismatch(from.length, to.length);
        if (from.length != amounts.length) revert LengthMismatch(from.length, amounts.length);
        for (uint256 i = 0; i < from.length; ++i) {
            _forcedTransfer(from[i], to[i], amounts[i]);
        }
    }

    /// @inheritdoc IAssetToken
    function recoveryAddress(address lost, address fresh, address onchainID_) external returns (bool) {
        _requireRole(Roles.ENFORCER);
        if (lost == fresh) revert SameWallet(lost);
        address payee = COMPLIANCE_MODULE.payeeOf(lost);
        if (payee != fresh) revert NotTheSuccessor(lost, fresh, payee);
        if (!canReceive(fresh)) revert ERC7943CannotReceive(fresh);
        HolderState memory old = _holder(lost);
        if (old.locked != 0) revert UnitsAreLocked(lost, old.locked);
        uint256 amount = balanceOf(lost);
        if (amount == 0) revert NothingToRecover(lost);

        if (old.frozen != 0) {
            uint256 carried = uint256(_holder(fresh).frozen) + old.frozen;
            _setFrozenTokens(lost, 0);
            _setFrozenTokens(fresh, uint96(Math.min(carried, type(uint96).max)));
        }
        if (old.flags & HOLDER_FROZEN != 0) _setAddressFrozen(fresh, true);
        _force(lost, fresh, amount);
        emit RecoverySuccess(lost, fresh, onchainID_);
        return true;
    }

    /// @inheritdoc IAssetToken
    function setExcluded(address account, bool excluded) external {
        _requireTimelock();
        _requireNotRedeemed();
        bool system = COMPLIANCE_MODULE.profileOf(account).investorType == SYSTEM;
        if (excluded && !system) revert NotASystemWallet(account);
        _exclude(account, excluded);
    }

    /// @inheritdoc IERC1643
    function setDocument(bytes32 name_, string calldata uri, bytes32 documentHash) external {
        _requireAssetRole(Roles.ISSUER, address(this));
        _addDocument(name_, uri, documentHash);
    }

    /// @inheritdoc IAssetToken
    function checkReceive(address account) external view {
        _requireActive();
        _requireNotFrozen(account);
        COMPLIANCE_MODULE.checkReceive(address(this), account);
    }

    /// @inheritdoc IERC7943Fungible
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        return _state().status == AssetStatus.Active && !isFrozen(from) && !isFrozen(to) && balanceOf(from) >= amount
            && freeOf(from) >= amount && COMPLIANCE_MODULE.canTransfer(address(this), from, to, amount);
    }

    /// @inheritdoc IERC7943Fungible
    function canSend(address account) external view returns (bool) {
        return !isFrozen(account) && COMPLIANCE_MODULE.canSend(address(this), account);
    }

    /// @inheritdoc IERC7943Fungible
    function canReceive(address account) public view returns (bool) {
        return !isFrozen(account) && COMPLIANCE_MODULE.canReceive(address(this), account);
    }

    /// @notice Decimals of a whole unit, fixed at creation.
    function decimals() public view override(ERC20Upgradeable, IERC20Metadata) returns (uint8) {
        return _state().decimals;
    }

    /// @inheritdoc IAssetToken
    function hasRole(bytes32 role, address account) external view returns (bool) {
        return roles.hasRole(role, account);
    }

    /// @inheritdoc IAssetToken
    function identityRegistry() external view returns (address) {
        return address(COMPLIANCE_MODULE);
    }

    /// @inheritdoc IAssetToken
    function compliance() external view returns (address) {
        return address(COMPLIANCE_MODULE);
    }

    /// @inheritdoc IAssetToken
    function onchainID() external pure returns (address) {
        return address(0);
    }

    /// @inheritdoc IAssetToken
    function version() external pure returns (string memory) {
        return "1.0.0";
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC20).interfaceId
            || interfaceId == type(IERC20Metadata).interfaceId || interfaceId == type(IERC20Permit).interfaceId
            || interfaceId == type(IERC1643).interfaceId || interfaceId == ERC7943_ID;
    }

    /// @dev Reached by `transfer` and `transferFrom` only: everything else moves by `_move`.
    function _update(address from, address to, uint256 amount) internal override {
        _requireActive();
        _requireNotFrozen(from);
        _requireNotFrozen(to);
        _requireFree(from, amount);
        COMPLIANCE_MODULE.onTransfer(from, to, msg.sender, amount, balanceOf(from), balanceOf(to));
        _move(from, to, amount);
    }

    /// @dev Moves without the holder's consent; the caller has checked the right to.
    function _force(address from, address to, uint256 amount) private {
        // The final redemption is funded for the units that were not excluded when the asset closed.
        bool toPaid = to != address(0) && _holder(to).flags & HOLDER_EXCLUDED == 0;
        if (toPaid && _holder(from).flags & HOLDER_EXCLUDED != 0) _requireNotRedeemed();

        uint256 toBalance = to == address(0) ? 0 : balanceOf(to);
        COMPLIANCE_MODULE.onMove(from, to, amount, balanceOf(from), toBalance);
        _move(from, to, amount);
    }

    function _forcedTransfer(address from, address to, uint256 amount) private {
        if (from == to) revert SameWallet(from);
        if (amount == 0) revert ZeroAmount();
        if (!canReceive(to)) revert ERC7943CannotReceive(to);
        uint256 balance = balanceOf(from);
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        HolderState memory holder = _holder(from);
        if (balance - amount < holder.locked) revert UnitsAreLocked(from, holder.locked);

        uint256 free = freeOf(from);
        if (amount > free) _setFrozenTokens(from, holder.frozen - uint96(amount - free));
        _force(from, to, amount);
        emit ForcedTransfer(from, to, amount);
    }

    function _authorizeUpgrade(address implementation) internal view override {
        _requireTimelock();
        (uint32 proposed, bool approved) = FACTORY.implementationOf(implementation);
        if (!approved) revert ImplementationNotApproved(implementation);
        (uint32 current,) = FACTORY.implementationOf(ERC1967Utils.getImplementation());
        if (proposed <= current) revert VersionNotHigher(current, proposed);
    }

    function _setStatus(AssetStatus status_) private {
        _state().status = status_;
        emit StatusChanged(status_);
    }

    function _requireActive() private view {
        AssetStatus status_ = _state().status;
        if (status_ != AssetStatus.Active) revert AssetNotActive(status_);
    }

    function _requireNotRedeemed() private view {
        if (_state().status == AssetStatus.Redeemed) revert AssetIsRedeemed();
    }

    function _requirePaused() private view {
        AssetStatus status_ = _state().status;
        if (status_ != AssetStatus.Paused) revert AssetNotPaused(status_);
    }

    function _EIP712Name() internal view override returns (string memory) {
        return name();
    }

    function _EIP712Version() internal pure override returns (string memory) {
        return "1";
    }
}
