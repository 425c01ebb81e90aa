// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetFactory} from "../../src/interfaces/IAssetFactory.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {Limits, RETAIL, SYSTEM} from "../../src/types/Compliance.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract AssetFactoryTest is Fixture {
    bytes32 private constant ID = "asset two";

    function deploy(IAssetFactory.DeployParams memory params) private returns (address token_, address escrow_) {
        vm.prank(assetAdmin);
        return factory.deployAsset(params);
    }

    function refuse(IAssetFactory.DeployParams memory params, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(assetAdmin);
        factory.deployAsset(params);
        eq(factory.tokenOf(params.assetId), address(0), "nothing deployed");
    }

    function test_an_asset_stands_where_it_was_predicted() public {
        IAssetFactory.DeployParams memory p = assetParams(ID);
        (address token_, address escrow_) = factory.predict(ID, tokenImplementation);
        vm.expectEmit(address(factory));
        emit IAssetFactory.AssetDeployed(
            ID, token_, escrow_, issuer, custodian, CAP, 18, p.name, p.symbol, p.metadataURI, p.metadataHash
        );
        (address deployed, address deployedEscrow) = deploy(p);
        eq(deployed, token_, "token");
        eq(deployedEscrow, escrow_, "escrow");
        eq(factory.tokenOf(ID), token_, "by id");
        eq(factory.escrowOf(token_), escrow_, "escrow of token");
        eq(factory.tokenOfEscrow(escrow_), token_, "token of escrow");
    }

    function test_an_asset_is_complete_when_it_appears() public {
        (address token_,) = deploy(assetParams(ID));
        IAssetToken asset = IAssetToken(token_);
        eq(asset.name(), "Harbour House 1", "name");
        eq(asset.symbol(), "HH1", "symbol");
        eq(asset.decimals(), 18, "decimals");
        eq(asset.cap(), CAP, "cap");
        (string memory uri, bytes32 termsHash, uint256 addedAt) = asset.getDocument("TERMS");
        eq(uri, assetParams(ID).metadataURI, "uri");
        eq(termsHash, keccak256("terms"), "terms");
        eq(addedAt, NOW, "added");
        yes(registry.hasAssetRole(Roles.ISSUER, token_, issuer), "issuer");
        yes(registry.hasAssetRole(Roles.CUSTODIAN, token_, custodian), "custodian");
        eq(compliance.policyOf(token_, RETAIL), allow(DE), "policy");
        eq(escrow.terms().payTo, payTo, "payee");
        eq(escrow.terms().price, PRICE, "price");
    }

    function test_limits_stay_off_where_holders_are_not_counted() public {
        IAssetFactory.DeployParams memory p = assetParams(ID);
        p.limits = Limits(10, 0, 0);
        (address token_,) = factory.predict(ID, tokenImplementation);
        refuse(p, err(IComplianceModule.AssetNotLimited.selector, token_));
        p.limited = true;
        deploy(p);
        eq(compliance.policyOf(token_, SYSTEM), allow(DE) | 1 << 255, "limited policy");
        eq(compliance.limitsOf(token_).maxHolders, 10, "limit");
    }

    function test_only_the_asset_admin_deploys() public {
        vm.expectRevert(missing(issuer, Roles.ASSET_ADMIN));
        vm.prank(issuer);
        factory.deployAsset(assetParams(ID));
    }

    function test_bad_parameters_are_refused_by_name() public {
        IAssetFactory.DeployParams memory p = assetParams(bytes32(0));
        refuse(p, abi.encodeWithSelector(IAssetFactory.ZeroAssetId.selector));
        p = assetParams(ID);
        p.issuer = address(0);
        refuse(p, abi.encodeWithSelector(IGoverned.ZeroAddress.selector));
        p = assetParams(ID);
        p.custodian = p.issuer;
        refuse(p, err(IGoverned.SameWallet.selector, issuer));
        p = assetParams(ID);
        p.price = 0;
        refuse(p, abi.encodeWithSelector(IAssetFactory.ZeroPrice.selector));
        p = assetParams(ID);
        p.cap = 0;
        refuse(p, err(IAssetToken.InvalidSetup.selector, 0, 18));
        p = assetParams(ID);
        p.decimals = 19;
        refuse(p, err(IAssetToken.InvalidSetup.selector, CAP, 19));
        p = assetParams(ID);
        p.implementation = address(this);
        refuse(p, err(IAssetFactory.ImplementationNotApproved.selector, address(this)));
        p = assetParams(ID);
        p.metadataHash = bytes32(0);
        refuse(p, abi.encodeWithSelector(IAssetToken.InvalidDocument.selector, bytes32("TERMS"), bytes32(0)));
    }

    function test_an_asset_is_deployed_once() public {
        vm.expectRevert(abi.encodeWithSelector(IAssetFactory.AssetExists.selector, bytes32("asset one"), token));
        vm.prank(assetAdmin);
        factory.deployAsset(assetParams("asset one"));
    }

    function test_implementations_are_approved_by_the_timelock_alone() public {
        address next = build("AssetToken", abi.encode(suite));
        vm.expectRevert(onlyCaller(address(timelock), assetAdmin));
        vm.prank(assetAdmin);
        factory.approveImplementation(next, 2);

        vm.startPrank(address(timelock));
        vm.expectRevert(err(IAssetFactory.NoCode.selector, anyone));
        factory.approveImplementation(anyone, 2);
        vm.expectRevert(err(IAssetFactory.InvalidVersion.selector, next, 0));
        factory.approveImplementation(next, 0);
        factory.approveImplementation(next, 2);
        vm.expectRevert(err(IAssetFactory.InvalidVersion.selector, next, 3));
        factory.approveImplementation(next, 3);
    }

    function test_a_guardian_withdraws_an_implementation() public {
        vm.expectRevert(missing(anyone, Roles.GUARDIAN));
        vm.prank(anyone);
        factory.revokeImplementation(tokenImplementation);
        vm.prank(guardian);
        factory.revokeImplementation(tokenImplementation);
        refuse(assetParams(ID), err(IAssetFactory.ImplementationNotApproved.selector, tokenImplementation));
        vm.expectRevert(err(IAssetFactory.ImplementationNotApproved.selector, tokenImplementation));
        vm.prank(guardian);
        factory.revokeImplementation(tokenImplementation);
    }

    function test_the_account_for_unclaimed_money_is_the_asset_admins_word() public {
        vm.expectRevert(missing(treasurer, Roles.ASSET_ADMIN));
        vm.prank(treasurer);
        factory.setUnclaimedAccount(address(token), treasurer);
        vm.startPrank(assetAdmin);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, anyone));
        factory.setUnclaimedAccount(anyone, payTo);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        factory.setUnclaimedAccount(address(token), address(0));
        factory.setUnclaimedAccount(address(token), payTo);
        eq(factory.unclaimedAccountOf(address(token)), payTo, "account");
    }
}
