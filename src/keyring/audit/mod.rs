//! The record: an append-only Merkle log (RFC 9162).
