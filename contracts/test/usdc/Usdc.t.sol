// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Fixture} from "../base/Fixture.sol";

contract UsdcTest is Fixture {
    function test_the_payment_token_is_circles_code_with_6_decimals_and_the_mainnet_domain() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("USD Coin"),
                keccak256("2"),
                block.chainid,
                address(usdc)
            )
        );
        eq(usdc.decimals(), 6, "decimals");
        eq(usdc.DOMAIN_SEPARATOR(), domain, "domain");
    }
}

