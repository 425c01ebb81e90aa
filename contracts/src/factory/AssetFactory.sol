// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC1967Clones} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Clones.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {Module} from "../governance/Module.sol";
import {IAssetFactory} from "../interfaces/IAssetFactory.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IComplianceModule} from "../interfaces/IComplianceModule.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";

/// @title Deploys assets and knows them.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
contract AssetFactory is IAssetFactory, Module, Initializable {
    /// @dev One word an approved implementation.
    struct Implementation {
        uint32 version;
        bool approved;
    }

    IComplianceModule private immutable COMPLIANCE_MODULE;
    /// @inheritdoc IAssetFactory
    address public immutable escrowImplementation;

    /// @inheritdoc IAssetFactory
    mapping(bytes32 assetId => address token) public tokenOf;
    /// @inheritdoc IAssetFactory
    mapping(address token => address escrow) public escrowOf;
    /// @inheritdoc IAssetFactory
    mapping(address escrow => address token) public tokenOfEscrow;
    /// @inheritdoc IAssetFactory
    mapping(address token => address account) public unclaimedAccountOf;
    /// @inheritdoc IAssetFactory
    mapping(address implementation => Implementation) public implementationOf;

    constructor(Suite memory suite, address escrowImplementation_) Module(suite.roles) {
        COMPLIANCE_MODULE = IComplianceModule(suite.compliance);
        escrowImplementation = escrowImplementation_;
        _disableInitializers();
    }

    /// @inheritdoc IAssetFactory
    function initialize(address implementation, uint32 version) external initializer {
        _approve(implementation, version);
    }

    /// @inheritdoc IAssetFactory
    function deployAsset(DeployParams calldata params) external returns (address token, address escrow) {
        _requireRole(Roles.ASSET_ADMIN);
        _checkParams(params);
        (token, escrow) = predict(params.assetId, params.implementation);
        tokenOf[params.assetId] = token;
        escrowOf[token] = escrow;
        tokenOfEscrow[escrow] = token;
        _emitDeployed(params, token, escrow);

        ERC1967Clones.cloneDeterministic(params.implementation, params.assetId);
        Clones.cloneDeterministicWithImmutableArgs(escrowImplementation, abi.encodePacked(token), params.assetId);
        IAssetToken(token)
            .initialize(
                IAssetToken.Setup({
                name: params.name,
                symbol: params.symbol,
                decimals: params.decimals,
                cap: params.cap,
                termsURI: params.metadataURI,
                termsHash: params.metadataHash
            })
            );
        IEscrow(escrow).initialize(params.payTo, params.price, params.decimals);
        COMPLIANCE_MODULE.registerAsset(token, params.policies, params.limited, params.limits);
        roles.grantAssetRoles(token, params.issuer, params.custodian);
    }

    /// @inheritdoc IAssetFactory
    function approveImplementation(address implementation, uint32 version) external {
        _requireTimelock();
        _approve(implementation, version);
    }

    /// @inheritdoc IAssetFactory
    function revokeImplementation(address implementation) external {
        if (msg.sender != roles.timelock()) _requireRole(Roles.GUARDIAN);
        if (!implementationOf[implementation].approved) revert ImplementationNotApproved(implementation);
        implementationOf[implementation].approved = false;
        emit ImplementationRevoked(implementation);
    }

    /// @inheritdoc IAssetFactory
    function setUnclaimedAccount(address token, address account) external {
        _requireRole(Roles.ASSET_ADMIN);
        if (!isAsset(token)) revert UnknownAsset(token);
        if (account == address(0)) revert ZeroAddress();
        unclaimedAccountOf[token] = account;
        emit UnclaimedAccountSet(token, account);
    }

    /// @inheritdoc IAssetFactory
    function predict(bytes32 assetId, address implementation) public view returns (address token, address escrow) {
        token = ERC1967Clones.predictDeterministicAddress(implementation, assetId);
        escrow =
            Clones.predictDeterministicAddressWithImmutableArgs(escrowImplementation, abi.encodePacked(token), assetId);
    }

    /// @inheritdoc IAssetFactory
    function isAsset(address token) public view returns (bool) {
        return escrowOf[token] != address(0);
    }

    function _checkParams(DeployParams calldata params) private view {
        if (params.assetId == bytes32(0)) revert ZeroAssetId();
        address existing = tokenOf[params.assetId];
        if (existing != address(0)) revert AssetExists(params.assetId, existing);
        if (!implementationOf[params.implementation].approved) {
            revert ImplementationNotApproved(params.implementation);
        }
        if (params.issuer == address(0) || params.custodian == address(0) || params.payTo == address(0)) {
            revert ZeroAddress();
        }
        if (params.issuer == params.custodian) revert SameWallet(params.issuer);
        if (params.price == 0) revert ZeroPrice();
    }

    /// @dev Takes a copy in memory: eleven values from calldata are more than the stack holds.
    function _emitDeployed(DeployParams memory params, address token, address escrow) private {
        emit AssetDeployed(
            params.assetId,
            token,
            escrow,
            params.issuer,
            params.custodian,
            params.cap,
            params.decimals,
            params.name,
            params.symbol,
            params.metadataURI,
            params.metadataHash
        );
    }

    function _approve(address implementation, uint32 version) private {
        if (implementation.code.length == 0) revert NoCode(implementation);
        if (version == 0 || implementationOf[implementation].version != 0) {
            revert InvalidVersion(implementation, version);
        }
        implementationOf[implementation] = Implementation({version: version, approved: true});
        emit ImplementationApproved(implementation, version);
    }
}
