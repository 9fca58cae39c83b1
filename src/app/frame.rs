//! One frame: samples in, playhead on, rules evaluated, and handed to the view.

use std::time::Duration;

use bevy::prelude::*;

use super::commands::{self, Asked};
use super::notices::Notices;
use super::plant::Plant;
use super::recording::beside::Beside;
use super::session::Session;
use super::{change, headset, reload, wall_now, what_if};
use crate::domain::link::LinkStatus;
use crate::domain::notice::NoticeLevel;
use crate::domain::playhead::{PlayheadCommand, Tense};
use crate::domain::time::Span;
use crate::view::TwinSystems;
use crate::view::ghost::GhostPresentation;
use crate::view::look::Look;
use crate::view::motion::PlantStep;
use crate::view::present::Presentation;
use crate::view::select::Pointer;
use crate::view::stage::Stage;

/// Samples may take this much of a frame.
const INGEST_BUDGET: Duration = Duration::from_millis(8);
/// How often links are asked how they stand.
const LINKS_EVERY_SECS: f32 = 0.25;

/// How the links stood when they were asked last.
#[derive(Resource, Default)]
pub struct LinkBoard {
    pub links: Vec<LinkStatus>,
    asked_secs_ago: f32,
}

/// The systems of a frame, for a window and for off screen.
pub fn plugin(app: &mut App) {
    app.init_resource::<Asked>()
        .init_resource::<Notices>()
        .init_resource::<LinkBoard>()
        .init_resource::<what_if::WhatIf>()
        .init_resource::<change::ChangeDesk>()
        .init_resource::<headset::HeadsetDesk>()
        .configure_sets(Update, (TwinSystems::Ingest, TwinSystems::Evaluate, TwinSystems::Present).chain())
        .add_systems(
            Update,
            (
                (
                    reload::reload.run_if(resource_exists::<reload::Watch>),
                    commands::act,
                    what_if::attend,
                    change::attend,
                    ingest,
                    ask_links,
                )
                    .chain()
                    .in_set(TwinSystems::Ingest),
                (evaluate_other, evaluate, show_alarms, tell_failures).chain().in_set(TwinSystems::Evaluate),
            ),
        );
}

fn ingest(time: Res<Time<Real>>, session: Res<Session>, mut plant: ResMut<Plant>, mut step: ResMut<PlantStep>) {
    plant.drain(&session.samples, INGEST_BUDGET);
    step.0 = plant.advance(Span::from(time.delta()), wall_now());
}

pub(super) fn ask_links(
    time: Res<Time<Real>>,
    session: Res<Session>,
    mut board: ResMut<LinkBoard>,
    mut plant: ResMut<Plant>,
) {
    board.asked_secs_ago += time.delta_secs();
    if board.asked_secs_ago < LINKS_EVERY_SECS && !board.links.is_empty() {
        return;
    }
    let finished_before = finished(&board.links);
    *board = LinkBoard { links: session.links(), asked_secs_ago: 0.0 };
    // A recorded file plays again and again, until someone asks for something else.
    if !plant.live() && !finished_before && finished(&board.links) && plant.playhead().loop_range().is_none() {
        let now = wall_now();
        let held = plant.extent(now).held;
        plant.keep_beginning(|plant| plant.command(PlayheadCommand::SetLoop(held), now));
    }
}

/// True when every source has delivered all that it had.
pub fn finished(links: &[LinkStatus]) -> bool {
    use crate::domain::link::LinkState;
    !links.is_empty() && links.iter().all(|link| link.state == LinkState::Finished)
}

/// True when nothing more is to come from any source: all is delivered, or cannot be read.
pub fn at_rest(links: &[LinkStatus]) -> bool {
    use crate::domain::link::LinkState::{Down, Finished};
    !links.is_empty() && links.iter().all(|link| matches!(link.state, Finished | Down { retry_at: None, .. }))
}

/// Hands what the rules say of the other side of a comparison to the view.
pub(super) fn evaluate_other(
    stage: Res<Stage>,
    beside: Res<Beside>,
    what_if: Res<what_if::WhatIf>,
    mut plant: ResMut<Plant>,
    mut ghosts: ResMut<GhostPresentation>,
) {
    let shown = plant.playhead().origin();
    let other = beside.origin.map(|(origin, _)| origin).filter(|origin| *origin != shown);
    // A comparison that begins has both sides said anew: this one here, the playhead's just after.
    plant.compare(other);
    ghosts.compare(other);
    if stage.unresolved() || stage.generation == 0 || plant.reading() {
        return;
    }
    plant.evaluate_other(|binding, applied, trust| ghosts.push(binding, applied, trust));
    if plant.compare_signals(what_if.answer.as_ref()) {
        ghosts.set_degrees(plant.deviations().iter().map(|(asset, deviation)| (*asset, deviation.degree())));
    }
}

/// Hands what the rules say at the playhead to the view.
pub fn evaluate(
    stage: Res<Stage>,
    mut plant: ResMut<Plant>,
    mut presentation: ResMut<Presentation>,
    mut generation: Local<u32>,
) {
    // While a moment is being read, the scene stays as it is rather than show half of it.
    if stage.unresolved() || stage.generation == 0 || plant.reading() {
        return;
    }
    if *generation != stage.generation {
        *generation = stage.generation;
        plant.mark_all();
    }
    plant.evaluate(|binding, applied, trust| presentation.push(binding, applied, trust));
}

fn show_alarms(plant: Res<Plant>, pointer: Res<Pointer>, mut look: ResMut<Look>) {
    let alarms = plant.alarms_by_asset();
    let simulated = plant.playhead().tense() == Tense::Simulation;
    if look.alarms != alarms || look.simulated != simulated || look.hovered != pointer.over {
        look.alarms = alarms;
        look.simulated = simulated;
        look.hovered = pointer.over;
    }
}

fn tell_failures(mut stage: ResMut<Stage>, mut notices: ResMut<Notices>) {
    if stage.failures.is_empty() {
        return;
    }
    for failure in std::mem::take(&mut stage.failures) {
        notices.tell(
            wall_now(),
            NoticeLevel::Error,
            format!("A model could not be loaded. {failure}"),
            "Its equipment is not shown.",
            "Export the model again and save it over the file.",
        );
    }
}
