// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Fixture} from "../base/Fixture.sol";
import {Erc1643, Erc165, Erc20, Erc20Metadata, Erc2612, Erc3643Reads, Erc7943Fungible} from "./Standards.sol";

/// @title The token through the eyes of a program that knows the standards alone.
contract Standards is Fixture {
    Erc20 internal erc20;
    Erc2612 internal erc2612;
    Erc1643 internal erc1643;
    Erc7943Fungible internal rwa;

    error ERC2612ExpiredSignature(uint256 deadline);
    error ERC2612InvalidSigner(address signer, address owner);
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    function setUp() public override {
        super.setUp();
        buy(alice, 10 * UNIT);
        buy(bob, 5 * UNIT);
        erc20 = Erc20(address(token));
        erc2612 = Erc2612(address(token));
        erc1643 = Erc1643(address(token));
        rwa = Erc7943Fungible(address(token));
    }

    function test_erc165_names_exactly_what_is_spoken() public view {
        eq(bytes32(type(Erc7943Fungible).interfaceId), bytes32(bytes4(0x3edbb4c4)), "the standard's own id");
        Erc165 asked = Erc165(address(token));
        bytes4[6] memory spoken = [
            type(Erc165).interfaceId,
            type(Erc20).interfaceId,
            type(Erc20Metadata).interfaceId,
            type(Erc2612).interfaceId,
            type(Erc1643).interfaceId,
            type(Erc7943Fungible).interfaceId
        ];
        for (uint256 i = 0; i < spoken.length; ++i) {
            yes(asked.supportsInterface(spoken[i]), "spoken");
        }
        no(asked.supportsInterface(0xffffffff), "never this one");
        no(asked.supportsInterface(type(Erc3643Reads).interfaceId), "not the whole of ERC-3643");
    }

    function test_erc20_moves_emits_and_answers_as_written() public {
        vm.expectEmit(address(token));
        emit Erc20.Transfer(alice, bob, UNIT);
        vm.prank(alice);
        yes(erc20.transfer(bob, UNIT), "transfer");
        vm.expectEmit(address(token));
        emit Erc20.Transfer(alice, bob, 0);
        vm.prank(alice);
        yes(erc20.transfer(bob, 0), "a transfer of nothing is a transfer");
        vm.expectEmit(address(token));
        emit Erc20.Approval(alice, bob, 3 * UNIT);
        vm.prank(alice);
        yes(erc20.approve(bob, 3 * UNIT), "approve");
        vm.prank(bob);
        yes(erc20.transferFrom(alice, carol, UNIT), "transferFrom");
        eq(erc20.allowance(alice, bob), 2 * UNIT, "what is left");
        eq(erc20.balanceOf(alice), 8 * UNIT, "alice");
        eq(erc20.balanceOf(carol), UNIT, "carol");
        eq(erc20.totalSupply(), 15 * UNIT, "supply");
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ERC20InsufficientAllowance.selector, bob, 2 * UNIT, 3 * UNIT));
        erc20.transferFrom(alice, carol, 3 * UNIT);
        Erc20Metadata meta = Erc20Metadata(address(token));
        eq(meta.name(), "Harbour House 1", "name");
        eq(meta.symbol(), "HH1", "symbol");
        eq(meta.decimals(), 18, "decimals");
    }

    function test_erc2612_a_permit_counts_once_in_time_on_this_chain_for_this_token() public {
        uint256 deadline = NOW + 1 hours;
        (uint8 v, bytes32 r, bytes32 s) = _permit(ALICE_KEY, 0, deadline);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ERC2612ExpiredSignature.selector, deadline));
        erc2612.permit(alice, bob, UNIT, deadline, v, r, s);
        vm.warp(NOW);
        vm.chainId(8453);
        _refused(deadline, v, r, s);
        vm.chainId(31337);

        erc2612.permit(alice, bob, UNIT, deadline, v, r, s);
        eq(erc20.allowance(alice, bob), UNIT, "allowed");
        eq(erc2612.nonces(alice), 1, "used");
        _refused(deadline, v, r, s);
        (v, r, s) = _permit(0xBAD, 1, deadline);
        _refused(deadline, v, r, s);
    }

    function test_erc1643_documents_are_listed_and_found() public {
        vm.expectEmit(address(token));
        emit Erc1643.DocumentUpdated("REPORT", "https://portal.example/report", keccak256("report"));
        vm.prank(issuer);
        erc1643.setDocument("REPORT", "https://portal.example/report", keccak256("report"));
        (string memory uri, bytes32 hash, uint256 at) = erc1643.getDocument("REPORT");
        eq(uri, "https://portal.example/report", "uri");
        eq(hash, keccak256("report"), "hash");
        eq(at, NOW, "when");
        bytes32[] memory names = erc1643.getAllDocuments();
        eq(names.length, 2, "two");
        eq(names[0], "TERMS", "the terms");
        eq(names[1], "REPORT", "the report");
        (uri, hash, at) = erc1643.getDocument("NONE");
        eq(at, 0, "unknown");
    }

    function test_erc7943_freezes_and_forces_as_written() public {
        yes(rwa.canSend(alice) && rwa.canReceive(bob) && rwa.canTransfer(alice, bob, 10 * UNIT), "free");
        vm.expectEmit(address(token));
        emit Erc7943Fungible.Frozen(alice, 7 * UNIT);
        vm.prank(freezer);
        yes(rwa.setFrozenTokens(alice, 7 * UNIT), "frozen");
        eq(rwa.getFrozenTokens(alice), 7 * UNIT, "how many");
        no(rwa.canTransfer(alice, bob, 4 * UNIT), "more than is free");
        yes(rwa.canTransfer(alice, bob, 3 * UNIT), "what is free");
        bytes4 tooMany = Erc7943Fungible.ERC7943InsufficientUnfrozenBalance.selector;
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(tooMany, alice, 4 * UNIT, 3 * UNIT));
        erc20.transfer(bob, 4 * UNIT);

        vm.expectEmit(address(token));
        emit Erc7943Fungible.Frozen(alice, UNIT);
        vm.expectEmit(address(token));
        emit Erc20.Transfer(alice, bob, 9 * UNIT);
        vm.expectEmit(address(token));
        emit Erc7943Fungible.ForcedTransfer(alice, bob, 9 * UNIT);
        vm.prank(enforcer);
        yes(rwa.forcedTransfer(alice, bob, 9 * UNIT), "forced");
        vm.prank(enforcer);
        vm.expectRevert(abi.encodeWithSelector(Erc7943Fungible.ERC7943CannotReceive.selector, anyone));
        rwa.forcedTransfer(bob, anyone, 1);
        no(rwa.canReceive(anyone) || rwa.canSend(anyone) || rwa.canTransfer(bob, anyone, 0), "a stranger");
    }

    function test_erc7943_views_never_revert(address from, address to, uint256 amount) public view {
        rwa.canSend(from);
        rwa.canReceive(to);
        rwa.canTransfer(from, to, amount);
        rwa.getFrozenTokens(from);
    }

    function test_erc3643_reads_are_answered() public {
        Erc3643Reads reads = Erc3643Reads(address(token));
        eq(reads.identityRegistry(), suite.compliance, "identityRegistry");
        eq(reads.compliance(), suite.compliance, "compliance");
        eq(reads.onchainID(), address(0), "none");
        eq(reads.version(), "1.0.0", "version");
        no(reads.paused() || reads.isFrozen(alice), "at first");
        pauseToken();
        vm.prank(freezer);
        token.setAddressFrozen(alice, true);
        yes(reads.paused() && reads.isFrozen(alice), "then");
    }

    function _refused(uint256 deadline, uint8 v, bytes32 r, bytes32 s) private {
        vm.expectPartialRevert(ERC2612InvalidSigner.selector);
        erc2612.permit(alice, bob, UNIT, deadline, v, r, s);
    }

    function _permit(uint256 key, uint256 nonce, uint256 deadline) private view returns (uint8, bytes32, bytes32) {
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(kind, alice, bob, UNIT, nonce, deadline));
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", erc2612.DOMAIN_SEPARATOR(), message)));
    }
}
