// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRoleRegistry} from "../../src/interfaces/IRoleRegistry.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

contract RoleRegistryTest is Fixture {
    function test_every_role_has_its_own_hash() public pure {
        bytes32[10] memory all = [
            Roles.ASSET_ADMIN,
            Roles.TREASURER,
            Roles.COMPLIANCE,
            Roles.FREEZER,
            Roles.ENFORCER,
            Roles.PAUSER,
            Roles.ESCROW_OPERATOR,
            Roles.GUARDIAN,
            Roles.ISSUER,
            Roles.CUSTODIAN
        ];
        for (uint256 i = 0; i < 10; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                yes(all[i] != all[j], "distinct");
            }
        }
    }

    function test_a_role_of_one_asset_says_nothing_about_another() public view {
        yes(registry.hasAssetRole(Roles.ISSUER, address(token), issuer), "issuer of its asset");
        no(registry.hasAssetRole(Roles.ISSUER, address(0xDEAD), issuer), "not of another");
        no(registry.hasRole(Roles.ISSUER, issuer), "not of the platform");
        eq(registry.assetRole(Roles.ISSUER, address(token)), keccak256(abi.encode(Roles.ISSUER, token)), "key");
    }

    function test_only_the_factory_grants_the_first_roles_of_an_asset() public {
        vm.expectRevert(err(IRoleRegistry.OnlyFactory.selector, anyone));
        vm.prank(anyone);
        registry.grantAssetRoles(address(token), anyone, anyone);
    }

    function test_only_the_timelock_grants_and_revokes() public {
        bytes memory refusal =
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, guardian, bytes32(0));
        vm.expectRevert(refusal);
        vm.prank(guardian);
        registry.grantRole(Roles.TREASURER, anyone);

        vm.prank(address(timelock));
        registry.grantRole(Roles.TREASURER, anyone);
        yes(registry.hasRole(Roles.TREASURER, anyone), "granted");
    }

    function test_the_guardian_takes_an_operational_role_away_at_once() public {
        vm.startPrank(guardian);
        registry.revokeOperational(Roles.TREASURER, treasurer);
        registry.revokeOperational(registry.assetRole(Roles.ISSUER, address(token)), issuer);
        vm.stopPrank();
        no(registry.hasRole(Roles.TREASURER, treasurer), "treasurer");
        no(registry.hasAssetRole(Roles.ISSUER, address(token), issuer), "issuer");
    }

    function test_the_guardian_touches_neither_timelock_nor_guardians() public {
        vm.startPrank(guardian);
        vm.expectRevert(errId(IRoleRegistry.NotOperational.selector, bytes32(0)));
        registry.revokeOperational(bytes32(0), address(timelock));
        vm.expectRevert(errId(IRoleRegistry.NotOperational.selector, Roles.GUARDIAN));
        registry.revokeOperational(Roles.GUARDIAN, guardian);
    }

    function test_nobody_else_takes_roles_away() public {
        vm.expectRevert(missing(treasurer, Roles.GUARDIAN));
        vm.prank(treasurer);
        registry.revokeOperational(Roles.COMPLIANCE, officer);
        yes(registry.hasRole(Roles.COMPLIANCE, officer), "kept");
    }

    function buildRegistry(uint48 delay, address admin, address factory_, IRoleRegistry.Grant[] calldata grants)
        external
        returns (address)
    {
        return build("RoleRegistry", abi.encode(delay, admin, factory_, grants));
    }

    function test_a_role_is_never_granted_to_nobody() public {
        IRoleRegistry.Grant[] memory grants = new IRoleRegistry.Grant[](1);
        grants[0] = IRoleRegistry.Grant(Roles.TREASURER, address(0));
        vm.expectRevert(IRoleRegistry.ZeroAddress.selector);
        this.buildRegistry(0, address(timelock), address(factory), grants);
        vm.expectRevert(IRoleRegistry.ZeroAddress.selector);
        this.buildRegistry(0, address(timelock), address(0), new IRoleRegistry.Grant[](0));
    }
}
