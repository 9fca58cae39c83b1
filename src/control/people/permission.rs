//! What each role may do: one table.

use crate::domain::person::Role;

/// Something that not everybody may do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permission {
    Look,
    Draft,
    Simulate,
    /// Send to the plant what another person approved.
    Push,
    /// End a trial by keeping the change.
    Keep,
    /// End a trial by going back.
    Revert,
    KeepCalibration,
    AssignEquipment,
    /// Approve or reject a change of another person.
    Approve,
    ManageAccounts,
}

impl Permission {
    pub const ALL: [Self; 10] = [
        Self::Look,
        Self::Draft,
        Self::Simulate,
        Self::Push,
        Self::Keep,
        Self::Revert,
        Self::KeepCalibration,
        Self::AssignEquipment,
        Self::Approve,
        Self::ManageAccounts,
    ];

    /// The lowest role that has it.
    pub const fn least_role(self) -> Role {
        match self {
            Self::Look => Role::Viewer,
            Self::Draft | Self::Simulate | Self::Push | Self::Keep | Self::Revert => Role::Operator,
            Self::KeepCalibration | Self::AssignEquipment => Role::Engineer,
            Self::Approve | Self::ManageAccounts => Role::Approver,
        }
    }
}

/// Whether a role has a permission.
pub fn may(role: Role, permission: Permission) -> bool {
    role >= permission.least_role()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_table_of_the_house_says() {
        let granted = Role::ALL.map(|role| Permission::ALL.into_iter().filter(|it| may(role, *it)).count());
        assert_eq!(granted, [1, 6, 8, 10]);
        assert!(!may(Role::Viewer, Permission::Draft));
        assert!(may(Role::Operator, Permission::Push) && !may(Role::Operator, Permission::KeepCalibration));
        assert!(may(Role::Engineer, Permission::AssignEquipment) && !may(Role::Engineer, Permission::Approve));
    }
}
