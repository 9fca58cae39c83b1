//! Which signals share a channel: those of one asset change together and become one message.
//!
//! A channel a signal would cost a message head, an index entry and a place in every chunk index
//! for each value. Groups follow the tag paths, as deep as the number of channels allows.

use std::collections::{BTreeMap, HashSet};

use super::format::{PLANT, QUALITY};
use crate::domain::catalog::Catalog;
use crate::domain::signal::SignalId;

/// More channels than this make chunk indexes larger than what they index.
const MOST_GROUPS: usize = 128;

/// The channels of all signals.
#[derive(Default, Debug)]
pub struct Plan {
    pub groups: Vec<Group>,
    /// Signal -> its group and its place there.
    places: Vec<(u32, u32)>,
}

#[derive(Debug)]
pub struct Group {
    pub topic: String,
    pub members: Vec<Member>,
}

#[derive(Debug)]
pub struct Member {
    pub signal: SignalId,
    /// Name in the messages of the group.
    pub key: String,
    /// The name as it is written: a JSON text and a colon.
    pub lead: Vec<u8>,
}

impl Plan {
    pub fn new(catalog: &Catalog) -> Self {
        Self::with_most_groups(catalog, MOST_GROUPS)
    }

    fn with_most_groups(catalog: &Catalog, most: usize) -> Self {
        let parts: Vec<Vec<&str>> = catalog.iter().map(|(_, signal)| signal.path.split('/').collect()).collect();
        let deepest = parts.iter().map(|parts| parts.len().saturating_sub(1)).max().unwrap_or(0);
        let depth = (0..=deepest).rev().find(|depth| {
            let heads: HashSet<&[&str]> = parts.iter().map(|parts| head(parts, *depth)).collect();
            heads.len() <= most
        });
        let depth = depth.unwrap_or(0);
        let mut by_topic: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for ((signal, _), parts) in catalog.iter().zip(&parts) {
            let head = head(parts, depth);
            let rest = parts.get(head.len()..).unwrap_or_default().join("/");
            // The one name that messages keep for themselves.
            let key = if rest == QUALITY { format!("{QUALITY}_") } else { rest };
            let lead = format!("{}:", serde_json::Value::from(key.as_str())).into_bytes();
            let topic = [&[PLANT], head].concat().join("/");
            by_topic.entry(topic).or_default().push(Member { signal, key, lead });
        }
        let groups: Vec<Group> = by_topic.into_iter().map(|(topic, members)| Group { topic, members }).collect();
        let mut places = vec![(0, 0); catalog.len()];
        for (group, members) in groups.iter().enumerate() {
            for (place, member) in members.members.iter().enumerate() {
                if let Some(slot) = places.get_mut(member.signal.index()) {
                    *slot = (group as u32, place as u32);
                }
            }
        }
        Self { groups, places }
    }

    /// Group and place of a signal; none for one that was not in the catalog.
    pub fn place(&self, signal: SignalId) -> Option<(usize, usize)> {
        self.places.get(signal.index()).map(|(group, place)| (*group as usize, *place as usize))
    }

    pub fn signals(&self) -> usize {
        self.places.len()
    }
}

/// The first parts of a path, never its last.
fn head<'a, 'b>(parts: &'b [&'a str], depth: usize) -> &'b [&'a str] {
    parts.get(..depth.min(parts.len().saturating_sub(1))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::signal::Signal;
    use crate::domain::value::ValueKind;

    fn catalog(paths: &[&str]) -> Catalog {
        let mut catalog = Catalog::default();
        for path in paths {
            catalog.intern(Signal::new(*path, ValueKind::Real));
        }
        catalog
    }

    fn topics(plan: &Plan) -> Vec<(&str, Vec<&str>)> {
        let named = plan.groups.iter();
        named.map(|group| (group.topic.as_str(), group.members.iter().map(|member| &*member.key).collect())).collect()
    }

    #[test]
    fn signals_of_one_asset_share_a_channel() {
        let catalog = catalog(&["Line/Filler/Speed", "Line/Filler/State", "Line/Capper/Speed", "Top"]);
        let plan = Plan::new(&catalog);
        let expected = [
            ("/plant", vec!["Top"]),
            ("/plant/Line/Capper", vec!["Speed"]),
            ("/plant/Line/Filler", vec!["Speed", "State"]),
        ];
        assert_eq!(topics(&plan), expected);
        assert_eq!(plan.place(SignalId(1)), Some((2, 1)));
        assert_eq!(plan.place(SignalId(4)), None);
    }

    #[test]
    fn many_assets_share_channels_higher_up() {
        let catalog = catalog(&["a/x/1", "a/y/1", "b/x/1", "b/y/_quality"]);
        let plan = Plan::with_most_groups(&catalog, 2);
        assert_eq!(topics(&plan), [("/plant/a", vec!["x/1", "y/1"]), ("/plant/b", vec!["x/1", "y/_quality"])]);
        let plan = Plan::with_most_groups(&catalog, 4);
        assert_eq!(topics(&plan)[3], ("/plant/b/y", vec!["_quality_"]));
    }
}
