//! Where the records of a keyring lie.
