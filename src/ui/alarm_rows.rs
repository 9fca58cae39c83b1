//! The alarms that are not normal, sorted for display and rolled up over the equipment tree.
//!
//! Rebuilt four times a second and when something happened to an alarm, not every frame: the state
//! of a past moment costs a walk over the events of its alarm.

use crate::domain::alarm::{AlarmBook, AlarmId, AlarmRule, AlarmState, Priority};
use crate::domain::asset::{AssetId, AssetTree};
use crate::domain::signal::Origin;
use crate::domain::time::Timestamp;

/// An alarm that is active or has yet to be acknowledged.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AlarmRow {
    pub id: AlarmId,
    pub priority: Priority,
    pub asset: Option<AssetId>,
    pub state: AlarmState,
    /// When it came into this state.
    pub since: Option<Timestamp>,
}

/// The worst alarm at or below an asset, and how many there are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Badge {
    pub priority: Priority,
    pub state: AlarmState,
    pub count: usize,
}

/// Alarms at the playhead's moment, most urgent first.
#[derive(Clone, Default, Debug)]
pub struct AlarmRows {
    rows: Vec<AlarmRow>,
    /// Counted nowhere, and at no equipment.
    shelved: Vec<AlarmRow>,
    badges: Vec<Option<Badge>>,
    built: Option<Built>,
}

/// Of which alarms, and of which moment, rows are wanted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct View {
    /// Whose book of alarms it is.
    pub origin: Origin,
    pub moment: Timestamp,
    /// What the plant says now, not what followed from its events until `moment`.
    pub live: bool,
}

/// What the rows were built from.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Built {
    at_secs: f64,
    origin: Origin,
    live: bool,
    events: usize,
}

const REFRESH_SECS: f64 = 0.25;

impl AlarmRows {
    /// Brings the rows up to date where needed. `time_secs` is the clock of the screen.
    pub fn refresh(&mut self, book: &AlarmBook, assets: &AssetTree, view: View, time_secs: f64) {
        let now = Built { at_secs: time_secs, origin: view.origin, live: view.live, events: book.events().len() };
        let fresh = self.built.is_some_and(|built| {
            let young = (0.0..REFRESH_SECS).contains(&(now.at_secs - built.at_secs));
            young && Built { at_secs: built.at_secs, ..now } == built
        });
        if !fresh {
            self.rebuild(book, assets, view);
            self.built = Some(now);
        }
    }

    pub fn rows(&self) -> &[AlarmRow] {
        &self.rows
    }

    /// What a person took off the list for a while, the first to come back first.
    pub fn shelved(&self) -> &[AlarmRow] {
        &self.shelved
    }

    /// The worst at or below an asset; none while all is normal there.
    pub fn badge(&self, asset: AssetId) -> Option<Badge> {
        self.badges.get(asset.index()).copied().flatten()
    }

    fn rebuild(&mut self, book: &AlarmBook, assets: &AssetTree, View { moment, live, .. }: View) {
        self.rows.clear();
        self.shelved.clear();
        for (id, rule, now) in book.iter() {
            let (state, since) = if live && now == AlarmState::Normal {
                (now, None)
            } else {
                let (then, since) = book.state_at(id, moment);
                (if live { now } else { then }, since)
            };
            let row = AlarmRow { id, priority: rule.priority, asset: rule.asset, state, since };
            if state.listed() {
                self.rows.push(row);
            } else if state.shelved_until().is_some() {
                self.shelved.push(row);
            }
        }
        self.rows.sort_by_key(|row| (row.priority, !row.state.active(), std::cmp::Reverse(row.since)));
        self.shelved.sort_by_key(|row| (row.state.shelved_until(), row.priority));
        self.badges.clear();
        self.badges.resize(assets.len(), None);
        for row in &self.rows {
            let mut next = row.asset;
            while let Some(id) = next {
                let Some(badge) = self.badges.get_mut(id.index()) else { break };
                *badge = Some(worse(*badge, row));
                next = assets.get(id).and_then(|asset| asset.parent);
            }
        }
    }
}

fn worse(badge: Option<Badge>, row: &AlarmRow) -> Badge {
    let Some(badge) = badge else { return Badge { priority: row.priority, state: row.state, count: 1 } };
    let urgency = |priority: Priority, state: AlarmState| (priority, !state.active(), !state.unacknowledged());
    let worse = urgency(row.priority, row.state) < urgency(badge.priority, badge.state);
    let (priority, state) = if worse { (row.priority, row.state) } else { (badge.priority, badge.state) };
    Badge { priority, state, count: badge.count + 1 }
}

/// "Filler: no bottles at infeed", with what is known of the rule.
pub fn headline(rule: &AlarmRule, assets: &AssetTree) -> String {
    let message = if rule.message.is_empty() { &rule.name } else { &rule.message };
    match rule.asset.and_then(|asset| assets.get(asset)) {
        Some(asset) if !message.starts_with(&asset.name) => format!("{}: {message}", asset.name),
        _ => message.clone(),
    }
}

/// The state in words.
pub fn state_words(state: AlarmState) -> &'static str {
    match state {
        AlarmState::Normal => "normal",
        AlarmState::UnackActive => "active, not acknowledged",
        AlarmState::AckActive => "active, acknowledged",
        AlarmState::ReturnedUnack => "over, not acknowledged",
        AlarmState::Shelved { active: true, .. } => "active, shelved",
        AlarmState::Shelved { active: false, .. } => "not active, shelved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;
    use crate::ui::fixture::{self, at};

    fn view(secs: i64, live: bool) -> View {
        View { origin: Origin::Measured, moment: at(secs), live }
    }

    #[test]
    fn the_most_urgent_active_alarm_comes_first_and_rolls_up_to_the_root() {
        let plant = fixture::plant();
        let mut rows = AlarmRows::default();
        rows.refresh(&plant.alarms, &plant.assets, view(0, true), 0.0);
        let priorities: Vec<_> = rows.rows().iter().map(|row| row.priority).collect();
        assert_eq!(priorities, [Priority::P1, Priority::P2, Priority::P3]);
        let root = plant.assets.children_of(None)[0];
        assert_eq!(rows.badge(root).map(|badge| (badge.priority, badge.count)), Some((Priority::P1, 3)));
        assert_eq!(rows.badge(plant.id("Riverside/Line 1/Rinser")), None);
    }

    #[test]
    fn what_is_shelved_counts_nowhere_and_is_listed_by_when_it_comes_back() {
        let mut plant = fixture::plant();
        plant.alarms.shelve(AlarmId(2), Span::from_secs(3600), at(-5));
        plant.alarms.shelve(AlarmId(1), Span::from_secs(900), at(-5));
        let mut rows = AlarmRows::default();
        rows.refresh(&plant.alarms, &plant.assets, view(0, true), 0.0);
        assert_eq!(rows.rows().iter().map(|row| row.id).collect::<Vec<_>>(), [AlarmId(0)]);
        assert_eq!(rows.shelved().iter().map(|row| row.id).collect::<Vec<_>>(), [AlarmId(1), AlarmId(2)]);
        let root = plant.assets.children_of(None)[0];
        assert_eq!(rows.badge(root).map(|badge| badge.count), Some(1));
        assert_eq!(rows.badge(plant.id("Riverside/Line 1/Filler")), None);
        rows.refresh(&plant.alarms, &plant.assets, view(-10, false), 0.3);
        assert_eq!((rows.rows().len(), rows.shelved().len()), (3, 0), "before it was shelved");
    }

    #[test]
    fn a_replay_shows_the_alarms_of_its_moment() {
        let plant = fixture::plant();
        let mut rows = AlarmRows::default();
        rows.refresh(&plant.alarms, &plant.assets, view(-3600, false), 0.0);
        assert!(rows.rows().is_empty());
        rows.refresh(&plant.alarms, &plant.assets, view(0, false), 0.3);
        assert_eq!(rows.rows().len(), 3);
    }

    #[test]
    fn another_origin_has_other_alarms_at_once() {
        let plant = fixture::plant();
        let mut rows = AlarmRows::default();
        rows.refresh(&plant.alarms, &plant.assets, view(0, false), 0.0);
        let recorded = View { origin: Origin::Recorded(1), ..view(0, false) };
        rows.refresh(&AlarmBook::default(), &plant.assets, recorded, 0.01);
        assert!(rows.rows().is_empty());
    }
}
