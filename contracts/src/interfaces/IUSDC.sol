// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title What the suite uses of Circle's FiatTokenV2_2.
interface IUSDC is IERC20 {
    /// @notice EIP-3009 with an ECDSA or ERC-1271 signature; only `to` may call it, and each nonce works once.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}
