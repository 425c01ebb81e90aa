// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {IERC1643} from "../interfaces/IERC1643.sol";

/// @title The asset's documents (ERC-1643), append-only.
abstract contract DocumentsUpgradeable is IAssetToken {
    /// @dev `addedAt` is the second the document was added, never 0 for one that exists.
    struct Document {
        bytes32 documentHash;
        uint48 addedAt;
        string uri;
    }

    /// @custom:storage-location erc7201:rwa.storage.Documents
    struct DocumentsStorage {
        mapping(bytes32 name => Document) documents;
        bytes32[] names;
    }

    // keccak256(abi.encode(uint256(keccak256("rwa.storage.Documents")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant DOCUMENTS_STORAGE = 0x220eeb917d0b5daa6e8627f7f5d8e6a32cfc0eb0f65bc2aa859dce67f9c30a00;

    /// @inheritdoc IERC1643
    function removeDocument(bytes32) external pure {
        revert DocumentsAreAppendOnly();
    }

    /// @inheritdoc IERC1643
    function getDocument(bytes32 name_)
        external
        view
        returns (string memory uri, bytes32 documentHash, uint256 lastModified)
    {
        Document storage document = _documentsStorage().documents[name_];
        return (document.uri, document.documentHash, document.addedAt);
    }

    /// @inheritdoc IERC1643
    function getAllDocuments() external view returns (bytes32[] memory names) {
        return _documentsStorage().names;
    }

    function _addDocument(bytes32 name_, string calldata uri, bytes32 documentHash) internal {
        DocumentsStorage storage $ = _documentsStorage();
        if (name_ == bytes32(0) || documentHash == bytes32(0)) revert InvalidDocument(name_, documentHash);
        if ($.documents[name_].addedAt != 0) revert DocumentExists(name_);

        $.documents[name_] = Document({documentHash: documentHash, addedAt: uint48(block.timestamp), uri: uri});
        $.names.push(name_);
        emit DocumentUpdated(name_, uri, documentHash);
    }

    function _documentsStorage() private pure returns (DocumentsStorage storage $) {
        assembly {
            $.slot := DOCUMENTS_STORAGE
        }
    }
}
