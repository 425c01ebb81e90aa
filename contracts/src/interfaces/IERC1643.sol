// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ERC-1643: documents of a token. Here append-only, so its event DocumentRemoved does not exist.
interface IERC1643 {
    event DocumentUpdated(bytes32 indexed name, string uri, bytes32 documentHash);

    /// @notice Adds a document under a name never used before. ISSUER of the asset. Emits DocumentUpdated.
    function setDocument(bytes32 name, string calldata uri, bytes32 documentHash) external;

    /// @notice Always reverts: documents are append-only.
    function removeDocument(bytes32 name) external;

    /// @notice A document's address, hash and the second it was added; empty when unknown.
    function getDocument(bytes32 name)
        external
        view
        returns (string memory uri, bytes32 documentHash, uint256 lastModified);

    /// @notice The names of all documents, in the order they were added.
    function getAllDocuments() external view returns (bytes32[] memory names);
}
