// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../../src/interfaces/IEscrow.sol";

/// @title A token that calls the escrow back while the escrow pays it out, and keeps what it was told.
contract Reentrant {
    IEscrow private immutable ESCROW;
    bytes private _call;
    bytes public refusal;
    bool public passed;

    constructor(IEscrow escrow, bytes memory call) {
        ESCROW = escrow;
        _call = call;
    }

    function balanceOf(address) external pure returns (uint256) {
        return 1;
    }

    function transfer(address, uint256) external returns (bool) {
        (passed, refusal) = address(ESCROW).call(_call);
        return true;
    }
}
