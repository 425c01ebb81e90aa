// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Campaign} from "./Campaign.sol";

/// @title The handlers get everywhere: a long walk in which every call of every action succeeds at least once. An
/// invariant over states nobody reaches would prove nothing.
contract Reach is Campaign {
    bytes32[] internal names = [
        bytes32("deposit"),
        "depositWithAuthorization",
        "plainTransfer",
        "approveReceipt",
        "allocate",
        "returnPayment",
        "mint",
        "refund",
        "cancel",
        "setTerms",
        "attest",
        "revoke",
        "transfer",
        "transferFrom",
        "request",
        "cancelRequest",
        "cancelFor",
        "redeemFinal",
        "retire",
        "setFrozenTokens",
        "setAddressFrozen",
        "freeze",
        "sanction",
        "allowlist",
        "setProfile",
        "setPolicy",
        "setLimits",
        "forcedTransfer",
        "setSuccessor",
        "cancelSuccessor",
        "recovery",
        "pause",
        "unpause",
        "markRedeemed",
        "setExcluded",
        "declare",
        "fund",
        "claim",
        "claimFor",
        "claimForAll",
        "hold",
        "sweep",
        "cancelDividend",
        "settle",
        "openFinal",
        "sweepFinal"
    ];

    mapping(bytes32 name => uint256) internal reached;

    error NeverReached(string name);

    event log_named_uint(string name, uint256 successes);

    function test_the_walk_succeeds_at_every_call_of_every_action() external {
        for (uint256 life = 0; life < 8; ++life) {
            setUp();
            walk(life, 500);
            world.check23();
            for (uint256 i = 0; i < names.length; ++i) {
                reached[names[i]] += world.successesOf(names[i]);
            }
        }
        for (uint256 i = 0; i < names.length; ++i) {
            emit log_named_uint(text(names[i]), reached[names[i]]);
        }
        for (uint256 i = 0; i < names.length; ++i) {
            if (reached[names[i]] == 0) revert NeverReached(text(names[i]));
        }
    }

    function text(bytes32 name) private pure returns (string memory) {
        uint256 length = 0;
        while (length < 32 && name[length] != 0) ++length;
        bytes memory word = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            word[i] = name[i];
        }
        return string(word);
    }
}
