//! The keyring through its public interface.

mod lifecycle;
mod support;
