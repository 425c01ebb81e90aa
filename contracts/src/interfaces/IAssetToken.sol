// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {AssetStatus} from "../types/AssetStatus.sol";
import {IERC1643} from "./IERC1643.sol";
import {IERC7943Fungible} from "./IERC7943Fungible.sol";
import {IGoverned} from "./IGoverned.sol";

/// @title A tokenised asset: ERC-20 with permit, snapshots and the law's own powers.
/// @notice Amounts are in the token's smallest unit and at most type(uint96).max. Free units are
/// balance - frozen - locked, never below zero.
interface IAssetToken is IERC20Metadata, IERC7943Fungible, IERC1643, IGoverned {
    /// @notice What is fixed when the token is made.
    struct Setup {
        string name;
        string symbol;
        uint8 decimals;
        uint96 cap;
        string termsURI;
        bytes32 termsHash;
    }

    /// @notice The token changed between Active, Paused and Redeemed (the full new value).
    event StatusChanged(AssetStatus status);
    /// @notice The wallet was frozen or unfrozen for this asset (ERC-3643's event).
    event AddressFrozen(address indexed account, bool indexed isFrozen, address indexed by);
    /// @notice `amount` was locked for a redemption; `locked` is the account's new total.
    event UnitsLocked(address indexed account, uint256 amount, uint256 locked);
    /// @notice `amount` was unlocked (cancelled or settled); `locked` is the account's new total.
    event UnitsUnlocked(address indexed account, uint256 amount, uint256 locked);
    /// @notice A snapshot was taken: `eligible` is `total` less the balances of excluded accounts.
    event Snapshot(uint256 indexed id, uint256 eligible, uint256 total);
    /// @notice The account is left out of snapshots from the next one on, or counts again.
    event ExclusionSet(address indexed account, bool excluded);
    /// @notice A lost wallet's units moved to its successor (ERC-3643's event).
    event RecoverySuccess(address indexed lostWallet, address indexed newWallet, address indexed onchainID);

    /// @notice The asset must be Active for this.
    error AssetNotActive(AssetStatus status);
    /// @notice The asset must be Paused for this.
    error AssetNotPaused(AssetStatus status);
    /// @notice The asset is closed for ever.
    error AssetIsRedeemed();
    /// @notice The wallet is frozen for this asset.
    error AddressIsFrozen(address account);
    /// @notice More units exist than the cap allows.
    error CapExceeded(uint256 supply, uint256 cap);
    /// @notice The cap of a new token is zero, or its decimals exceed 18.
    error InvalidSetup(uint96 cap, uint8 decimals);
    /// @notice Locked units stand in the way; cancel the redemption first.
    error UnitsAreLocked(address account, uint256 locked);
    /// @notice Fewer units are locked than should be unlocked.
    error InsufficientLockedUnits(address account, uint256 locked, uint256 amount);
    /// @notice `payee` takes the lost wallet's place, not `fresh`.
    error NotTheSuccessor(address lost, address fresh, address payee);
    /// @notice The lost wallet holds nothing.
    error NothingToRecover(address lost);
    /// @notice No snapshot has this id.
    error UnknownSnapshot(uint256 id);
    /// @notice Only a SYSTEM wallet may be left out of snapshots.
    error NotASystemWallet(address account);
    /// @notice At most `limit` accounts may be left out of snapshots.
    error TooManyExcluded(uint256 limit);
    /// @notice A document of this name exists; documents are append-only.
    error DocumentExists(bytes32 name);
    /// @notice Documents are never removed.
    error DocumentsAreAppendOnly();
    /// @notice A document needs a name and a hash.
    error InvalidDocument(bytes32 name, bytes32 documentHash);
    /// @notice The factory has not approved this implementation.
    error ImplementationNotApproved(address implementation);
    /// @notice The new implementation's version is not above the current one's.
    error VersionNotHigher(uint32 current, uint32 proposed);

    /// @notice Fixes name, symbol, decimals, cap and the document TERMS. Factory, once, in the deploying call.
    function initialize(Setup calldata setup) external;

    /// @notice Creates units. IssuanceModule only. Active, cap, backing and the receiver's rules are checked here.
    function mint(address to, uint256 amount) external;

    /// @notice Burns free units: final redemption, retirement. RedemptionModule only. Reverts while frozen.
    function burn(address from, uint256 amount) external;

    /// @notice Burns locked units: a settled redemption. RedemptionModule only. Reverts while the holder is frozen or
    /// the unfrozen balance is smaller.
    function burnLocked(address from, uint256 amount) external;

    /// @notice Locks free units for a redemption. RedemptionModule only; Active and the sender's rules are checked.
    function lock(address account, uint256 amount) external;

    /// @notice Unlocks units of a cancelled redemption. RedemptionModule only.
    function unlock(address account, uint256 amount) external;

    /// @notice Fixes all balances under a new id. DividendDistributor only; not when redeemed.
    function snapshot() external returns (uint256 id);

    /// @notice Stops transfers, mints, deposits and redemption requests. PAUSER or GUARDIAN.
    function pause() external;

    /// @notice Allows them again. Timelock.
    function unpause() external;

    /// @notice Closes the asset for ever; from Paused only. Timelock.
    function markRedeemed() external;

    /// @notice Freezes or unfreezes a wallet for this asset. FREEZER.
    function setAddressFrozen(address account, bool frozen) external;

    /// @notice `setAddressFrozen` for several wallets. FREEZER.
    function batchSetAddressFrozen(address[] calldata accounts, bool[] calldata frozen) external;

    /// @notice `setFrozenTokens` for several wallets. FREEZER.
    function batchSetFrozenTokens(address[] calldata accounts, uint256[] calldata amounts) external;

    /// @notice `forcedTransfer` for several wallets. ENFORCER.
    function batchForcedTransfer(address[] calldata from, address[] calldata to, uint256[] calldata amounts) external;

    /// @notice Moves everything of a lost wallet to its successor, freezes included. ENFORCER. The successor must be
    /// in effect (`payeeOf(lost) == fresh`), able to receive, and no redemption pending.
    function recoveryAddress(address lost, address fresh, address onchainID_) external returns (bool);

    /// @notice Leaves a SYSTEM wallet out of snapshots from the next one on, or counts it again. Timelock; at most 8.
    function setExcluded(address account, bool excluded) external;

    /// @notice Reverts with the broken rule's error unless `account` may receive new units now.
    function checkReceive(address account) external view;

    /// @notice The balance at a snapshot; zero for accounts excluded then.
    function balanceOfAt(address account, uint256 id) external view returns (uint256);

    /// @notice All units at a snapshot.
    function totalSupplyAt(uint256 id) external view returns (uint256);

    /// @notice The units at a snapshot that count: the sum of every `balanceOfAt`.
    function eligibleSupplyAt(uint256 id) external view returns (uint256);

    /// @notice All units less the balances of excluded accounts, now.
    function eligibleSupply() external view returns (uint256);

    /// @notice The latest snapshot's id; 0 before the first.
    function snapshotId() external view returns (uint256);

    /// @notice The accounts left out of the next snapshot.
    function excludedAccounts() external view returns (address[] memory);

    /// @notice Whether the account is left out of the next snapshot.
    function isExcluded(address account) external view returns (bool);

    /// @notice Active, Paused or Redeemed.
    function status() external view returns (AssetStatus);

    /// @notice Most units that may exist at once; fixed.
    function cap() external view returns (uint256);

    /// @notice All units ever minted; burning does not lower it.
    function totalMinted() external view returns (uint256);

    /// @notice All units ever burned.
    function totalBurned() external view returns (uint256);

    /// @notice Units locked by pending redemptions.
    function lockedOf(address account) external view returns (uint256);

    /// @notice Units the account may move: balance - frozen - locked, never below zero.
    function freeOf(address account) external view returns (uint256);

    /// @notice A view of the role store; roles are granted there.
    function hasRole(bytes32 role, address account) external view returns (bool);

    /// @notice ERC-3643: whether the wallet is frozen for this asset.
    function isFrozen(address account) external view returns (bool);

    /// @notice ERC-3643: whether transfers are stopped (paused or redeemed).
    function paused() external view returns (bool);

    /// @notice ERC-3643: this code's version.
    function version() external view returns (string memory);

    /// @notice ERC-3643: where identities are registered: the compliance module.
    function identityRegistry() external view returns (address);

    /// @notice ERC-3643: the compliance module.
    function compliance() external view returns (address);

    /// @notice ERC-3643: none, always zero.
    function onchainID() external view returns (address);
}
