//! What the wearer does, as JSON lines in a file: for training records, and for tests that watch from
//! outside.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use bevy::prelude::*;
use serde_json::{Map, Value, json};

use super::panels::Worn;
use crate::app::plant::Plant;
use crate::domain::asset::AssetId;
use crate::domain::headset::HeadsetLink;
use crate::ui::headset::Page;
use crate::view::look::Look;
use crate::xr::hands::{Hand, Hands, Side};
use crate::xr::hang::Open;
use crate::xr::panel::{Hung, PanelKind};
use crate::xr::pointer::Pointers;
use crate::xr::rig::Rig;
use crate::xr::walk::Moved;
use crate::xr::wearer::Wearer;

/// The file, where one was asked for.
#[derive(Resource)]
pub struct Diary {
    file: Option<File>,
    begun: Instant,
}

impl Diary {
    /// # Errors
    /// When the file cannot be made.
    pub fn open(file: Option<&Path>) -> anyhow::Result<Self> {
        let open = |file: &Path| File::create(file).with_context(|| format!("{} cannot be written.", file.display()));
        Ok(Self { file: file.map(open).transpose()?, begun: Instant::now() })
    }

    /// Adds a line. A full disk ends the diary, not the walk.
    pub fn note(&mut self, event: &str, more: Value) {
        let Some(file) = &mut self.file else { return };
        let mut line = Map::new();
        line.insert("t".to_owned(), json!(self.begun.elapsed().as_secs_f64()));
        line.insert("event".to_owned(), json!(event));
        if let Value::Object(more) = more {
            line.extend(more);
        }
        if let Err(error) = writeln!(file, "{}", Value::Object(line)) {
            tracing::warn!("The log of the headset ends here: {error}.");
            self.file = None;
        }
    }
}

/// What was noted last of what changes bit by bit.
#[derive(Default)]
pub struct Noted {
    link: Option<HeadsetLink>,
    head: Option<(Vec3, Vec3)>,
    hovered: Option<(AssetId, Side)>,
    selection: Option<AssetId>,
    panels: Vec<(PanelKind, Hung)>,
    hands: Option<[&'static str; 2]>,
    page: Option<(Page, usize)>,
    alarms: Option<(usize, usize)>,
    frame_secs: f32,
}

/// Notes what changed since the last frame.
pub fn keep(
    time: Res<Time<Real>>,
    (wearer, hands, rig, pointers, open): (Res<Wearer>, Res<Hands>, Res<Rig>, Res<Pointers>, Res<Open>),
    (plant, look, worn): (Res<Plant>, Res<Look>, Res<Worn>),
    panels: Query<(&PanelKind, &Hung)>,
    mut moved: MessageReader<Moved>,
    mut diary: ResMut<Diary>,
    mut noted: Local<Noted>,
) {
    let path =
        |asset: Option<AssetId>| asset.and_then(|asset| plant.project.assets.get(asset)).map(|asset| &asset.path);
    if noted.link.as_ref() != Some(&wearer.link) {
        let why = match &wearer.link {
            HeadsetLink::Searching { why } => why.as_str(),
            _ => "",
        };
        let state = state_of(&wearer.link);
        diary.note("link", json!({ "state": state, "why": why, "device": wearer.device }));
        noted.link = Some(wearer.link.clone());
    }
    let head = rig.pose(wearer.head);
    let forward = head.rotation * Vec3::NEG_Z;
    let elsewhere = noted.head.is_none_or(|(position, before)| {
        position.distance(head.position) > 0.01 * rig.scale || before.distance(forward) > 0.02
    });
    if wearer.eyes.is_some() && elsewhere {
        diary.note("head", json!({ "position": head.position.to_array(), "forward": forward.to_array() }));
        noted.head = Some((head.position, forward));
    }
    for how in moved.read() {
        let more = json!({
            "how": how.name(),
            "origin": rig.origin.to_array(),
            "yaw_deg": rig.yaw.to_degrees(),
            "scale": rig.scale,
            "lift": rig.lift,
            "head": head.position.to_array(),
        });
        diary.note("moved", more);
    }
    let held = Side::BOTH.map(|side| what_points(hands.of(side)));
    if noted.hands != Some(held) {
        diary.note("hands", json!({ "left": held[0], "right": held[1] }));
        noted.hands = Some(held);
    }
    let lead = pointers.lead();
    let hovered = pointers.hovered().map(|(asset, _)| (asset, lead));
    if noted.hovered != hovered {
        diary.note("hover", json!({ "asset": path(hovered.map(|(asset, _)| asset)), "hand": format!("{lead:?}") }));
        noted.hovered = hovered;
    }
    if noted.selection != look.selection {
        diary.note("select", json!({ "asset": path(look.selection) }));
        noted.selection = look.selection;
    }
    let hung: Vec<(PanelKind, Hung)> =
        panels.iter().filter(|(kind, _)| kind.operable()).map(|(kind, hung)| (*kind, *hung)).collect();
    for (kind, now) in &hung {
        let before = noted.panels.iter().find(|(known, _)| known == kind).map(|(_, hung)| *hung);
        let shift = match (before.and_then(|before| before.pose), now.pose) {
            (Some(before), Some(now)) => before.position.distance(now.position),
            (None, None) => 0.0,
            _ => f32::INFINITY,
        };
        if shift > 0.02 * rig.scale {
            let size = kind.size();
            let place = now.pose.map(|pose| {
                let size = Vec2::from_array(size.metres) * now.scale;
                let corner = |x: f32, y: f32| pose.position + pose.rotation * (Vec3::new(x, y, 0.0) * size.extend(0.0));
                json!({
                    "upper_left": corner(-0.5, 0.5).to_array(),
                    "upper_right": corner(0.5, 0.5).to_array(),
                    "lower_left": corner(-0.5, -0.5).to_array(),
                    "points": size_points(kind),
                })
            });
            diary.note("panel", json!({ "panel": kind.name(), "open": now.pose.is_some(), "place": place }));
            noted.panels.retain(|(known, _)| known != kind);
            noted.panels.push((*kind, *now));
        }
    }
    let page = open.tablet.then(|| (worn.page(), worn.trends()));
    if noted.page != page {
        if let Some((page, trends)) = page {
            diary.note("page", json!({ "page": page.name(), "trends": trends }));
        }
        noted.page = page;
    }
    let states = plant.alarms.iter().map(|(_, _, state)| state);
    let alarms = states.fold((0, 0), |(active, waiting), state| {
        (active + usize::from(state.active()), waiting + usize::from(state.unacknowledged()))
    });
    if noted.alarms != Some(alarms) {
        diary.note("alarms", json!({ "active": alarms.0, "unacknowledged": alarms.1 }));
        noted.alarms = Some(alarms);
    }
    noted.frame_secs += time.delta_secs();
    if noted.frame_secs >= 1.0 && wearer.eyes.is_some() {
        noted.frame_secs = 0.0;
        let frame = wearer.frame;
        let more = json!({
            "shown": frame.shown,
            "missed": frame.missed,
            "budget_ms": frame.budget.as_secs_f64() * 1e3,
            "taken_ms": frame.taken.as_secs_f64() * 1e3,
            "tablet": open.tablet,
        });
        diary.note("frame", more);
    }
}

fn what_points(hand: &Hand) -> &'static str {
    match hand.aim {
        None => "none",
        Some(_) if hand.bare => "bare",
        Some(_) => "controller",
    }
}

fn size_points(kind: &PanelKind) -> [f32; 2] {
    kind.size().points
}

/// As the log calls it.
fn state_of(link: &HeadsetLink) -> &'static str {
    match link {
        HeadsetLink::Searching { .. } => "searching",
        HeadsetLink::Idle => "idle",
        HeadsetLink::Visible => "visible",
        HeadsetLink::Focused => "focused",
    }
}
