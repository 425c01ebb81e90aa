// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Limits} from "../types/Compliance.sol";
import {IGoverned} from "./IGoverned.sol";

/// @title Deploys assets (a token and its escrow) and knows them.
interface IAssetFactory is IGoverned {
    /// @notice Everything a new asset needs.
    /// @param assetId The asset's UUID, left-aligned: its 16 bytes, then 16 zero bytes.
    /// @param decimals 0 to 18.
    /// @param cap Most units that may ever exist at once, in the smallest unit.
    /// @param issuer Gets ISSUER of this asset.
    /// @param custodian Gets CUSTODIAN of this asset; another account than the issuer.
    /// @param payTo Whom settled orders pay.
    /// @param price Micro-USDC a whole unit; not zero.
    /// @param metadataURI Content-addressed address of the asset's canonical terms.
    /// @param metadataHash Their hash; recorded as ERC-1643 document "TERMS".
    /// @param policies Which jurisdictions may receive, one word an investor type: RETAIL, ACCREDITED, INSTITUTIONAL,
    /// SYSTEM; bit n = jurisdiction n.
    /// @param limited Whether holders are counted and limits can apply; never changes.
    /// @param limits The first limits; must be zero where not limited.
    /// @param implementation An approved token implementation.
    struct DeployParams {
        bytes32 assetId;
        string name;
        string symbol;
        uint8 decimals;
        uint96 cap;
        address issuer;
        address custodian;
        address payTo;
        uint96 price;
        string metadataURI;
        bytes32 metadataHash;
        uint256[4] policies;
        bool limited;
        Limits limits;
        address implementation;
    }

    /// @notice A new asset, emitted before any event of its contracts.
    event AssetDeployed(
        bytes32 indexed assetId,
        address indexed token,
        address indexed escrow,
        address issuer,
        address custodian,
        uint96 cap,
        uint8 decimals,
        string name,
        string symbol,
        string metadataURI,
        bytes32 metadataHash
    );
    /// @notice New tokens may use the implementation, and older ones upgrade to it.
    event ImplementationApproved(address indexed implementation, uint32 version);
    /// @notice No token may move to the implementation any more; tokens that use it keep it.
    event ImplementationRevoked(address indexed implementation);
    /// @notice Where an asset's unclaimed money goes (the full new value).
    event UnclaimedAccountSet(address indexed token, address indexed account);

    /// @notice The asset exists.
    error AssetExists(bytes32 assetId, address token);
    /// @notice The asset needs an id.
    error ZeroAssetId();
    /// @notice A whole unit must cost something.
    error ZeroPrice();
    /// @notice The implementation is not approved.
    error ImplementationNotApproved(address implementation);
    /// @notice There is no code at the address.
    error NoCode(address implementation);
    /// @notice A version is above zero and given once.
    error InvalidVersion(address implementation, uint32 version);

    /// @notice Approves the first token implementation. Once, in the deploying call.
    function initialize(address implementation, uint32 version) external;

    /// @notice Deploys an asset: its token and escrow, its policy, its issuer's and custodian's roles. ASSET_ADMIN.
    /// Emits AssetDeployed first.
    function deployAsset(DeployParams calldata params) external returns (address token, address escrow);

    /// @notice Lets tokens use an implementation. Timelock.
    function approveImplementation(address implementation, uint32 version) external;

    /// @notice Lets no token move to an implementation any more. Timelock or GUARDIAN.
    function revokeImplementation(address implementation) external;

    /// @notice Sets where the asset's unclaimed dividends and final redemption money go. ASSET_ADMIN.
    function setUnclaimedAccount(address token, address account) external;

    /// @notice Where an asset's contracts will stand.
    function predict(bytes32 assetId, address implementation) external view returns (address token, address escrow);

    /// @notice The token of an asset; zero when not deployed.
    function tokenOf(bytes32 assetId) external view returns (address);

    /// @notice The escrow of a token; zero when the factory did not deploy it.
    function escrowOf(address token) external view returns (address);

    /// @notice The token of an escrow; zero when the factory did not deploy it.
    function tokenOfEscrow(address escrow) external view returns (address);

    /// @notice Whether the factory deployed the token.
    function isAsset(address token) external view returns (bool);

    /// @notice Where the asset's unclaimed money goes; zero when not set.
    function unclaimedAccountOf(address token) external view returns (address);

    /// @notice An implementation's version (0 = never approved) and whether it is approved now.
    function implementationOf(address implementation) external view returns (uint32 version, bool approved);

    /// @notice The code behind every new escrow.
    function escrowImplementation() external view returns (address);
}
