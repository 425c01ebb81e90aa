// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Module} from "../governance/Module.sol";
import {IAssetFactory} from "../interfaces/IAssetFactory.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IIssuanceModule} from "../interfaces/IIssuanceModule.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";

/// @title Mints paid orders.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
contract IssuanceModule is IIssuanceModule, Module, ReentrancyGuardTransient {
    IAssetFactory private immutable FACTORY;

    /// @inheritdoc IIssuanceModule
    mapping(bytes32 orderId => address escrow) public escrowOf;

    constructor(Suite memory suite) Module(suite.roles) {
        FACTORY = IAssetFactory(suite.factory);
    }

    /// @inheritdoc IIssuanceModule
    function noteOrder(bytes32 orderId) external {
        if (FACTORY.tokenOfEscrow(msg.sender) == address(0)) revert UnknownEscrow(msg.sender);
        escrowOf[orderId] = msg.sender;
    }

    /// @inheritdoc IIssuanceModule
    function mint(bytes32 orderId) external nonReentrant {
        _mint(orderId);
    }

    /// @inheritdoc IIssuanceModule
    function mintMany(bytes32[] calldata orderIds) external nonReentrant {
        for (uint256 i = 0; i < orderIds.length; ++i) {
            _mint(orderIds[i]);
        }
    }

    function _mint(bytes32 orderId) private {
        address escrow = escrowOf[orderId];
        if (escrow == address(0)) revert UnknownOrder(orderId);
        address token = IEscrow(escrow).token();
        _requireAssetRoleAlone(Roles.ISSUER, Roles.CUSTODIAN, token);

        (address buyer, uint96 units, uint96 payment) = IEscrow(escrow).settle(orderId);
        IAssetToken(token).mint(buyer, units);
        emit Minted(orderId, token, buyer, units, payment);
    }
}
