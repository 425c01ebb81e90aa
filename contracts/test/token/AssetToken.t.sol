// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetFactory} from "../../src/interfaces/IAssetFactory.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {ICustodyRegistry} from "../../src/interfaces/ICustodyRegistry.sol";
import {IERC1643} from "../../src/interfaces/IERC1643.sol";
import {IERC7943Fungible} from "../../src/interfaces/IERC7943Fungible.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {AssetStatus} from "../../src/types/AssetStatus.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";
import {IUpgradeable} from "../base/ISuite.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

contract AssetTokenTest is Fixture {
    function test_units_move_between_eligible_holders() public {
        buy(alice, 10 * UNIT);
        send(alice, bob, 4 * UNIT);
        eq(token.balanceOf(alice), 6 * UNIT, "alice");
        eq(token.balanceOf(bob), 4 * UNIT, "bob");
    }

    function test_nothing_moves_freely_between_eligible_holders() public {
        send(alice, bob, 0);
        eq(token.balanceOf(bob), 0, "bob");
    }

    function test_nobody_but_the_modules_mints_burns_locks_or_snapshots() public {
        vm.startPrank(issuer);
        vm.expectRevert(onlyCaller(suite.issuance, issuer));
        token.mint(alice, 1);
        vm.expectRevert(onlyCaller(suite.redemption, issuer));
        token.burn(alice, 1);
        vm.expectRevert(onlyCaller(suite.redemption, issuer));
        token.burnLocked(alice, 1);
        vm.expectRevert(onlyCaller(suite.redemption, issuer));
        token.lock(alice, 1);
        vm.expectRevert(onlyCaller(suite.redemption, issuer));
        token.unlock(alice, 1);
        vm.expectRevert(onlyCaller(suite.dividends, issuer));
        token.snapshot();
    }

    function test_a_mint_keeps_cap_and_backing_whoever_asks() public {
        attest(token, uint96(5 * UNIT));
        vm.startPrank(suite.issuance);
        vm.expectRevert(err(ICustodyRegistry.BackingExceeded.selector, address(token), 5 * UNIT + 1, 5 * UNIT));
        token.mint(alice, 5 * UNIT + 1);
        vm.expectRevert(err(IAssetToken.CapExceeded.selector, uint256(CAP) + 1, CAP));
        token.mint(alice, uint256(CAP) + 1);
        vm.expectRevert(err(IAssetToken.CapExceeded.selector, type(uint256).max, CAP));
        token.mint(alice, type(uint256).max);
        vm.expectRevert(err(IComplianceModule.NotAllowlisted.selector, anyone));
        token.mint(anyone, 1);
        token.mint(alice, 5 * UNIT);
        eq(token.totalMinted(), 5 * UNIT, "minted");
    }

    function test_a_pause_stops_transfers_until_the_timelock_lifts_it() public {
        buy(alice, 10 * UNIT);
        vm.expectRevert(missing(anyone, Roles.PAUSER));
        vm.prank(anyone);
        token.pause();
        vm.prank(guardian);
        token.pause();
        yes(token.paused(), "paused");
        vm.expectRevert(err(IAssetToken.AssetNotActive.selector, uint256(AssetStatus.Paused)));
        vm.prank(alice);
        token.transfer(bob, 1);
        vm.expectRevert(err(IAssetToken.AssetNotActive.selector, uint256(AssetStatus.Paused)));
        vm.prank(pauser);
        token.pause();
        vm.expectRevert(onlyCaller(address(timelock), pauser));
        vm.prank(pauser);
        token.unpause();
        vm.prank(address(timelock));
        token.unpause();
        send(alice, bob, 1);
    }

    function test_an_asset_closes_from_pause_only_and_for_ever() public {
        buy(alice, 10 * UNIT);
        vm.expectRevert(err(IAssetToken.AssetNotPaused.selector, uint256(AssetStatus.Active)));
        vm.prank(address(timelock));
        token.markRedeemed();
        vm.expectRevert(onlyCaller(address(timelock), pauser));
        vm.prank(pauser);
        token.markRedeemed();

        closeToken();
        eq(uint256(token.status()), uint256(AssetStatus.Redeemed), "status");
        vm.expectRevert(err(IAssetToken.AssetNotPaused.selector, uint256(AssetStatus.Redeemed)));
        vm.prank(address(timelock));
        token.unpause();
        vm.expectRevert(err(IAssetToken.AssetNotActive.selector, uint256(AssetStatus.Redeemed)));
        vm.prank(alice);
        token.transfer(bob, 1);
        vm.expectRevert(IAssetToken.AssetIsRedeemed.selector);
        vm.prank(suite.dividends);
        token.snapshot();
        vm.prank(enforcer);
        token.forcedTransfer(alice, bob, UNIT);
    }

    function test_a_frozen_wallet_neither_sends_nor_receives() public {
        buy(alice, 10 * UNIT);
        vm.expectEmit(address(token));
        emit IAssetToken.AddressFrozen(alice, true, freezer);
        vm.prank(freezer);
        token.setAddressFrozen(alice, true);
        vm.expectRevert(err(IAssetToken.AddressIsFrozen.selector, alice));
        vm.prank(alice);
        token.transfer(bob, 1);
        no(token.canSend(alice), "cannot send");
        no(token.canReceive(alice), "cannot receive");
        vm.prank(freezer);
        token.setAddressFrozen(alice, false);
        send(alice, bob, 1);
    }

    function test_only_the_freezer_freezes() public {
        vm.startPrank(enforcer);
        vm.expectRevert(missing(enforcer, Roles.FREEZER));
        token.setAddressFrozen(alice, true);
        vm.expectRevert(missing(enforcer, Roles.FREEZER));
        token.setFrozenTokens(alice, 1);
        vm.expectRevert(missing(enforcer, Roles.FREEZER));
        token.batchSetAddressFrozen(list(alice), new bool[](1));
        vm.expectRevert(missing(enforcer, Roles.FREEZER));
        token.batchSetFrozenTokens(list(alice), new uint256[](1));
    }

    function test_frozen_units_stay_and_free_ones_go() public {
        buy(alice, 10 * UNIT);
        vm.expectEmit(address(token));
        emit IERC7943Fungible.Frozen(alice, 7 * UNIT);
        vm.prank(freezer);
        token.setFrozenTokens(alice, 7 * UNIT);
        eq(token.freeOf(alice), 3 * UNIT, "free");
        bytes4 refusal = IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector;
        vm.expectRevert(err(refusal, alice, 4 * UNIT, 3 * UNIT));
        vm.prank(alice);
        token.transfer(bob, 4 * UNIT);
        send(alice, bob, 3 * UNIT);
        vm.expectRevert(err(IERC20Errors.ERC20InsufficientBalance.selector, alice, 7 * UNIT, 8 * UNIT));
        vm.prank(alice);
        token.transfer(bob, 8 * UNIT);
    }

    function test_more_than_the_balance_may_be_frozen() public {
        vm.prank(freezer);
        token.setFrozenTokens(alice, 100 * UNIT);
        buy(alice, 10 * UNIT);
        eq(token.freeOf(alice), 0, "nothing free");
    }

    function test_batches_need_lists_of_one_length() public {
        vm.startPrank(freezer);
        vm.expectRevert(err(IGoverned.LengthMismatch.selector, 1, 2));
        token.batchSetAddressFrozen(list(alice), new bool[](2));
        vm.expectRevert(err(IGoverned.LengthMismatch.selector, 1, 2));
        token.batchSetFrozenTokens(list(alice), new uint256[](2));
        bool[] memory on = new bool[](1);
        on[0] = true;
        token.batchSetAddressFrozen(list(alice), on);
        yes(token.isFrozen(alice), "frozen");
        vm.stopPrank();
        vm.startPrank(enforcer);
        vm.expectRevert(err(IGoverned.LengthMismatch.selector, 1, 2));
        token.batchForcedTransfer(list(alice), new address[](2), new uint256[](1));
        vm.expectRevert(err(IGoverned.LengthMismatch.selector, 1, 2));
        token.batchForcedTransfer(list(alice), list(bob), new uint256[](2));
    }

    function test_a_forced_transfer_passes_a_freeze_and_unfreezes_what_it_takes() public {
        buy(alice, 10 * UNIT);
        vm.startPrank(freezer);
        token.setFrozenTokens(alice, 8 * UNIT);
        token.setAddressFrozen(alice, true);
        vm.stopPrank();
        vm.expectEmit(address(token));
        emit IERC7943Fungible.Frozen(alice, 5 * UNIT);
        vm.expectEmit(address(token));
        emit IERC7943Fungible.ForcedTransfer(alice, bob, 5 * UNIT);
        vm.prank(enforcer);
        yes(token.forcedTransfer(alice, bob, 5 * UNIT), "result");
        eq(token.getFrozenTokens(alice), 5 * UNIT, "frozen");
        eq(token.balanceOf(bob), 5 * UNIT, "bob");
    }

    function test_a_forced_transfer_is_refused_by_name() public {
        buy(alice, 10 * UNIT);
        vm.expectRevert(missing(freezer, Roles.ENFORCER));
        vm.prank(freezer);
        token.forcedTransfer(alice, bob, 1);
        vm.expectRevert(missing(freezer, Roles.ENFORCER));
        vm.prank(freezer);
        token.batchForcedTransfer(list(alice), list(bob), new uint256[](1));
        vm.startPrank(enforcer);
        vm.expectRevert(err(IGoverned.SameWallet.selector, alice));
        token.forcedTransfer(alice, alice, 1);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        token.forcedTransfer(alice, bob, 0);
        vm.expectRevert(err(IERC7943Fungible.ERC7943CannotReceive.selector, anyone));
        token.forcedTransfer(alice, anyone, 1);
        vm.expectRevert(err(IERC7943Fungible.ERC7943CannotReceive.selector, address(0)));
        token.forcedTransfer(alice, address(0), 1);
        vm.expectRevert(err(IERC20Errors.ERC20InsufficientBalance.selector, alice, 10 * UNIT, 11 * UNIT));
        token.forcedTransfer(alice, bob, 11 * UNIT);
    }

    function test_a_forced_transfer_never_cuts_into_locked_units() public {
        buy(alice, 10 * UNIT);
        vm.prank(alice);
        uint256 id = redemption.request(address(token), uint96(6 * UNIT), 0);
        vm.startPrank(enforcer);
        vm.expectRevert(err(IAssetToken.UnitsAreLocked.selector, alice, 6 * UNIT));
        token.forcedTransfer(alice, bob, 5 * UNIT);
        redemption.cancelFor(id);
        token.forcedTransfer(alice, bob, 5 * UNIT);
    }

    function test_documents_are_added_by_the_issuer_and_never_changed() public {
        vm.expectRevert(
            abi.encodeWithSelector(IGoverned.MissingAssetRole.selector, officer, Roles.ISSUER, address(token))
        );
        vm.prank(officer);
        token.setDocument("DEED", "uri", keccak256("deed"));

        vm.startPrank(issuer);
        vm.expectEmit(address(token));
        emit IERC1643.DocumentUpdated("DEED", "uri", keccak256("deed"));
        token.setDocument("DEED", "uri", keccak256("deed"));
        vm.expectRevert(errId(IAssetToken.DocumentExists.selector, bytes32("DEED")));
        token.setDocument("DEED", "other", keccak256("other"));
        vm.expectRevert(IAssetToken.DocumentsAreAppendOnly.selector);
        token.removeDocument("DEED");
        vm.expectRevert(abi.encodeWithSelector(IAssetToken.InvalidDocument.selector, bytes32(0), keccak256("x")));
        token.setDocument(0, "uri", keccak256("x"));
        eq(token.getAllDocuments().length, 2, "documents");
    }

    function test_it_speaks_the_standards() public view {
        yes(token.supportsInterface(0x01ffc9a7), "165");
        yes(token.supportsInterface(0x36372b07), "20");
        yes(token.supportsInterface(0x3edbb4c4), "7943");
        yes(type(IERC7943Fungible).interfaceId == 0x3edbb4c4, "7943's own id");
        no(token.supportsInterface(0xffffffff), "nothing");
        eq(token.version(), "1.0.0", "version");
        eq(token.compliance(), address(compliance), "compliance");
        eq(token.identityRegistry(), address(compliance), "identities");
        eq(token.onchainID(), address(0), "onchainID");
        yes(token.hasRole(Roles.TREASURER, treasurer), "roles are the registry's");
    }

    function test_a_permit_lets_an_eligible_spender_move_units() public {
        buy(alice, 10 * UNIT);
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901",
                IERC20Permit(address(token)).DOMAIN_SEPARATOR(),
                keccak256(
                    abi.encode(
                        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                        alice,
                        bob,
                        UNIT,
                        0,
                        NOW
                    )
                )
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, digest);
        IERC20Permit(address(token)).permit(alice, bob, UNIT, NOW, v, r, s);
        vm.prank(bob);
        token.transferFrom(alice, carol, UNIT);
        eq(token.balanceOf(carol), UNIT, "carol");
        (, string memory name, string memory version,,,,) = IERC5267(address(token)).eip712Domain();
        eq(name, token.name(), "domain name");
        eq(version, "1", "domain version");
    }

    function test_a_token_moves_to_an_approved_higher_implementation_by_the_timelock() public {
        buy(alice, 10 * UNIT);
        address next = build("AssetToken", abi.encode(suite));
        vm.expectRevert(onlyCaller(address(timelock), issuer));
        vm.prank(issuer);
        IUpgradeable(address(token)).upgradeToAndCall(next, "");

        vm.startPrank(address(timelock));
        vm.expectRevert(err(IAssetToken.ImplementationNotApproved.selector, next));
        IUpgradeable(address(token)).upgradeToAndCall(next, "");
        vm.expectRevert(err(IAssetToken.VersionNotHigher.selector, 1, 1));
        IUpgradeable(address(token)).upgradeToAndCall(tokenImplementation, "");
        factory.approveImplementation(next, 2);
        IUpgradeable(address(token)).upgradeToAndCall(next, "");
        eq(token.balanceOf(alice), 10 * UNIT, "balance kept");
        eq(token.cap(), CAP, "cap kept");
    }

    function testFuzz_holdings_always_add_up_to_the_supply(uint256 bought, uint256 sent, uint256 forced) public {
        bought = bound(bought, 1, CAP);
        sent = bound(sent, 0, bought);
        buy(alice, bought);
        send(alice, bob, sent);
        if (sent != 0) {
            vm.prank(enforcer);
            token.forcedTransfer(bob, carol, bound(forced, 1, sent));
        }
        eq(token.balanceOf(alice) + token.balanceOf(bob) + token.balanceOf(carol), token.totalSupply(), "sum");
        yes(token.totalSupply() <= token.cap(), "cap");
    }

    function testFuzz_the_holders_own_transfer_passes_exactly_when_canTransfer_says_so(
        uint256 amount,
        uint256 frozen,
        uint8 flags
    ) public {
        buy(alice, 100 * UNIT);
        amount = bound(amount, 0, 120 * UNIT);
        vm.startPrank(freezer);
        token.setFrozenTokens(alice, bound(frozen, 0, 120 * UNIT));
        if (flags & 1 != 0) token.setAddressFrozen(bob, true);
        if (flags & 6 == 6) compliance.setWalletsFrozen(list(alice), true);
        vm.stopPrank();
        if (flags & 24 == 24) sanction(bob);
        if (flags & 96 == 96) pauseToken();

        bool allowed = token.canTransfer(alice, bob, amount);
        vm.prank(alice);
        (bool passed,) = address(token).call(abi.encodeCall(token.transfer, (bob, amount)));
        yes(allowed == passed, "canTransfer agrees");
    }
}
