//! Alarms that the plant itself reports: components with an `alarm_status` (TwinMaker's
//! `com.amazon.iottwinmaker.alarm.basic`).

use super::signals::Signals;
use super::types::DataKind;
use super::workspace::{Component, Workspace};
use crate::domain::alarm::{AlarmRule, Condition, Priority};
use crate::domain::asset::AssetId;
use crate::domain::time::Span;
use crate::domain::value::{Value, ValueKind};

const STATUS: &str = "alarm_status";
/// Value of the status while the alarm stands.
const ACTIVE: &str = "ACTIVE";

/// One alarm rule for each component that has a status with a signal.
pub fn alarms(workspace: &Workspace, assets: &[AssetId], signals: &Signals) -> Vec<AlarmRule> {
    let components = workspace.components().filter(|(_, component)| has_status(component));
    let alarms = components.filter_map(|(at, component)| {
        let signal = *signals.get(&(at, STATUS.to_owned()))?;
        let entity = workspace.entities.get(at.entity)?;
        let single = entity.components.iter().filter(|component| has_status(component)).count() == 1;
        let name =
            if single { format!("{} alarm", entity.name) } else { format!("{} {}", entity.name, component.name) };
        Some(AlarmRule {
            name,
            signal,
            asset: assets.get(at.entity).copied(),
            condition: Condition::Equals(Value::text(ACTIVE)),
            on_delay: Span::ZERO,
            off_delay: Span::ZERO,
            priority: Priority::P2,
            message: format!("{} reports an alarm.", entity.name),
            action: format!(
                "Check {} and its values. Acknowledge the alarm when someone is dealing with it.",
                entity.name
            ),
        })
    });
    alarms.collect()
}

fn has_status(component: &Component) -> bool {
    component.properties.get(STATUS).is_some_and(|property| property.data == Some(DataKind::Value(ValueKind::Text)))
}
