//! The states of a version and what they allow: SP 800-57 part 1 section 7.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The state of one version of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Made, and not to be used yet.
    PreActive,
    /// In use.
    Active,
    /// Out of use until somebody decides.
    Suspended,
    /// It makes nothing new; what it made before is still good.
    Deactivated,
    /// Somebody else may have it.
    Compromised,
    /// The private key is gone. Public key and history stay.
    Destroyed,
}

/// What a version is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Signing.
    Sign,
    /// Verifying what it has signed.
    Verify,
    /// Encapsulating to it.
    Encapsulate,
    /// Opening what was encapsulated to it.
    Decapsulate,
    /// Handing out the private key.
    Export,
}

/// What may be done to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Takes it into use.
    Activate,
    /// Takes it out of use for a while.
    Suspend,
    /// Takes it into use again.
    Resume,
    /// Ends its use.
    Deactivate,
    /// Trusts it no more since some time.
    Compromise,
    /// Destroys the private key.
    Destroy,
}

impl State {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::PreActive,
        Self::Active,
        Self::Suspended,
        Self::Deactivated,
        Self::Compromised,
        Self::Destroyed,
    ];

    /// Whether a version in this state may be used for `operation`.
    ///
    /// What is compromised still verifies: the verdict says by proven time what that is worth. What is
    /// destroyed still verifies too, with the public key that stays.
    pub const fn allows(self, operation: Operation) -> bool {
        use Operation::{Decapsulate, Encapsulate, Export, Sign, Verify};
        match (self, operation) {
            (Self::Active, Sign | Verify | Encapsulate | Decapsulate | Export) => true,
            (Self::Suspended | Self::Deactivated, Verify | Decapsulate) => true,
            (Self::Compromised | Self::Destroyed, Verify) => true,
            (Self::PreActive, Sign | Verify | Encapsulate | Decapsulate | Export) => false,
            (Self::Suspended | Self::Deactivated, Sign | Encapsulate | Export) => false,
            (Self::Compromised | Self::Destroyed, Sign | Encapsulate | Decapsulate | Export) => {
                false
            }
        }
    }

    /// The state after `change`; `None` if that is not possible.
    ///
    /// A compromise may be found at any time, also after the end; its time may be moved back later.
    pub const fn after(self, change: Change) -> Option<Self> {
        use Change::{Activate, Compromise, Deactivate, Destroy, Resume, Suspend};
        match (self, change) {
            (Self::PreActive, Activate) | (Self::Suspended, Resume) => Some(Self::Active),
            (Self::Active, Suspend) => Some(Self::Suspended),
            (Self::Active | Self::Suspended, Deactivate) => Some(Self::Deactivated),
            (
                Self::PreActive
                | Self::Active
                | Self::Suspended
                | Self::Deactivated
                | Self::Compromised,
                Compromise,
            ) => Some(Self::Compromised),
            (Self::PreActive | Self::Deactivated | Self::Compromised, Destroy)
            | (Self::Destroyed, Compromise) => Some(Self::Destroyed),
            (Self::PreActive, Suspend | Resume | Deactivate)
            | (Self::Active, Activate | Resume | Destroy)
            | (Self::Suspended, Activate | Suspend | Destroy)
            | (Self::Deactivated | Self::Compromised, Activate | Suspend | Resume | Deactivate)
            | (Self::Destroyed, Activate | Suspend | Resume | Deactivate | Destroy) => None,
        }
    }

    /// The name, as SP 800-57 has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreActive => "pre-active",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Compromised => "compromised",
            Self::Destroyed => "destroyed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Operation {
    /// Every operation.
    pub const ALL: &'static [Self] = &[
        Self::Sign,
        Self::Verify,
        Self::Encapsulate,
        Self::Decapsulate,
        Self::Export,
    ];

    /// What a version may not do, in a sentence.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Encapsulate => "receive secrets",
            Self::Decapsulate => "open secrets",
            Self::Export => "be exported",
        }
    }
}

impl Change {
    /// Every change.
    pub const ALL: &'static [Self] = &[
        Self::Activate,
        Self::Suspend,
        Self::Resume,
        Self::Deactivate,
        Self::Compromise,
        Self::Destroy,
    ];

    /// The name of the command.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Deactivate => "deactivate",
            Self::Compromise => "compromise",
            Self::Destroy => "destroy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, from SP 800-57 and the words above: a row for each state, a column for sign, verify,
    /// encapsulate, decapsulate, export.
    #[test]
    fn the_states_allow_what_the_table_says() {
        let table = [
            (State::PreActive, "- - - - -"),
            (State::Active, "x x x x x"),
            (State::Suspended, "- x - x -"),
            (State::Deactivated, "- x - x -"),
            (State::Compromised, "- x - - -"),
            (State::Destroyed, "- x - - -"),
        ];
        assert_eq!(table.len(), State::ALL.len());
        for (state, row) in table {
            let cells: Vec<&str> = row.split(' ').collect();
            assert_eq!(cells.len(), Operation::ALL.len());
            for (operation, cell) in Operation::ALL.iter().zip(cells) {
                assert_eq!(
                    state.allows(*operation),
                    cell == "x",
                    "{state} {operation:?}"
                );
            }
        }
    }

    /// By hand: a row for each state, a column for activate, suspend, resume, deactivate, compromise,
    /// destroy; the first letter of what follows, d for deactivated and D for destroyed.
    #[test]
    fn the_changes_lead_where_the_table_says() {
        let table = [
            (State::PreActive, "a - - - c D"),
            (State::Active, "- s - d c -"),
            (State::Suspended, "- - a d c -"),
            (State::Deactivated, "- - - - c D"),
            (State::Compromised, "- - - - c D"),
            (State::Destroyed, "- - - - D -"),
        ];
        assert_eq!(table.len(), State::ALL.len());
        for (state, row) in table {
            let cells: Vec<&str> = row.split(' ').collect();
            assert_eq!(cells.len(), Change::ALL.len());
            for (change, cell) in Change::ALL.iter().zip(cells) {
                let expected = match cell {
                    "a" => Some(State::Active),
                    "s" => Some(State::Suspended),
                    "d" => Some(State::Deactivated),
                    "c" => Some(State::Compromised),
                    "D" => Some(State::Destroyed),
                    _ => None,
                };
                assert_eq!(state.after(*change), expected, "{state} {}", change.name());
            }
        }
    }

    #[test]
    fn no_way_leads_back_from_the_end() {
        for state in [State::Deactivated, State::Compromised, State::Destroyed] {
            for change in Change::ALL {
                let after = state.after(*change);
                assert!(!matches!(
                    after,
                    Some(State::Active | State::PreActive | State::Suspended)
                ));
            }
        }
    }
}
