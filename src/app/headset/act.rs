//! Does what was asked about the wearer's stay, by the wearer or for them by the desk.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::HeadsetDesk;
use super::pictures::Pictures;
use crate::app::commands::Asked;
use crate::app::console::Model;
use crate::app::notices::Notices;
use crate::app::recording::act::tell;
use crate::domain::command::Command;
use crate::domain::headset::{HeadsetCommand, HeadsetStatus, TourStep};
use crate::domain::recording::Mark;
use crate::ui::headset::stops;
use crate::view::extent::{Extent, Extents};
use crate::view::stage::Stage;
use crate::xr::eyes::{EyePictures, EyeResolution};
use crate::xr::panel::Pins;
use crate::xr::signs::Shown;
use crate::xr::walk::{Comfort, Walk, Walking};

/// What the desk's and the wearer's wishes act on.
#[derive(SystemParam)]
pub struct Stay<'w, 's> {
    stage: Res<'w, Stage>,
    eyes: Res<'w, EyePictures>,
    resolution: Res<'w, EyeResolution>,
    extents: Extents<'w, 's>,
    comfort: ResMut<'w, Comfort>,
    pins: ResMut<'w, Pins>,
    shown: ResMut<'w, Shown>,
    pictures: ResMut<'w, Pictures>,
    walks: MessageWriter<'w, Walk>,
    asked: ResMut<'w, Asked>,
    commands: Commands<'w, 's>,
}

/// Carries out what was asked since the last frame.
pub fn act(mut desk: ResMut<HeadsetDesk>, mut notices: ResMut<Notices>, mut stay: Stay, marks: Res<Marks>) {
    if desk.asked.is_empty() {
        return;
    }
    let asked = std::mem::take(&mut desk.asked);
    let Some(status) = &mut desk.status else { return };
    for command in asked {
        tell(stay.carry_out(command, status, &marks.0), &mut notices);
    }
}

/// The marks that a tour goes through, in order.
#[derive(Resource, Default)]
pub struct Marks(Vec<Mark>);

/// Keeps the stops of a tour as they are on screen.
pub fn keep_marks(model: Model, mut marks: ResMut<Marks>) {
    let now: Vec<Mark> = model.read(|console| stops(console).into_iter().cloned().collect());
    if marks.0 != now {
        marks.0 = now;
    }
}

impl Stay<'_, '_> {
    fn carry_out(&mut self, command: HeadsetCommand, status: &mut HeadsetStatus, marks: &[Mark]) -> Result<(), String> {
        match command {
            HeadsetCommand::GoTo(place) => {
                let viewpoints = self.stage.project.as_ref().map(|project| &project.scene.viewpoints);
                match viewpoints.and_then(|viewpoints| viewpoints.get(place)) {
                    Some(view) => {
                        let (eye, focus) = (Vec3::from_array(view.eye), Vec3::from_array(view.target));
                        self.walks.write(Walk::Stand { eye, focus });
                    }
                    // A project without saved places has one: before the whole of it.
                    None => _ = self.walks.write(Walk::Visit(self.whole()?)),
                }
            }
            HeadsetCommand::Visit(asset) => {
                let extent =
                    self.extents.of_subtree(&self.stage, asset).ok_or("This equipment is not in the scene.")?;
                self.walks.write(Walk::Visit(extent));
            }
            HeadsetCommand::TableTop(on) => {
                let extent = if on { Some(self.whole()?) } else { None };
                self.walks.write(Walk::TableTop(extent));
            }
            HeadsetCommand::Seated(seated) => _ = self.walks.write(Walk::Seated(seated)),
            HeadsetCommand::ResetHeight => _ = self.walks.write(Walk::ResetHeight),
            HeadsetCommand::Turn(turn) => self.comfort.turn = turn,
            HeadsetCommand::Vignette(on) => self.comfort.vignette = on,
            HeadsetCommand::Pin(asset) => {
                if !self.pins.0.contains(&Some(asset)) {
                    let Some(free) = self.pins.0.iter_mut().find(|pin| pin.is_none()) else {
                        return Err(format!("{} cards hang already. Unpin one.", self.pins.0.len()));
                    };
                    *free = Some(asset);
                }
            }
            HeadsetCommand::Unpin(asset) => {
                self.pins.0.iter_mut().filter(|pin| **pin == Some(asset)).for_each(|pin| *pin = None);
            }
            HeadsetCommand::Point(asset) => self.shown.0 = asset,
            HeadsetCommand::Mirror(on) => status.mirror = on,
            HeadsetCommand::TakePicture => self.pictures.take(&self.eyes, *self.resolution, &mut self.commands)?,
            HeadsetCommand::Tour(step) => {
                status.tour = next_stop(status.tour, step, marks.len());
                if let Some(mark) = status.tour.and_then(|place| marks.get(place)) {
                    self.asked.0.push(Command::GoToMark(mark.clone()));
                    if let Some(pose) = mark.pose {
                        let (eye, focus) = (Vec3::from_array(pose.eye), Vec3::from_array(pose.focus));
                        self.walks.write(Walk::Stand { eye, focus });
                    }
                } else if step != TourStep::End && marks.is_empty() {
                    return Err("There are no marks to visit. Mark moments at the desk with M.".to_owned());
                }
            }
        }
        Ok(())
    }

    fn whole(&self) -> Result<Extent, String> {
        self.extents.of_all(&self.stage).ok_or_else(|| "The scene is empty.".to_owned())
    }
}

/// The place in a tour after a step; none where it is over.
fn next_stop(now: Option<usize>, step: TourStep, stops: usize) -> Option<usize> {
    let last = stops.checked_sub(1)?;
    match (step, now) {
        (TourStep::Begin, _) | (TourStep::Next | TourStep::Back, None) => Some(0),
        (TourStep::Next, Some(place)) => Some((place + 1).min(last)),
        (TourStep::Back, Some(place)) => Some(place.saturating_sub(1).min(last)),
        (TourStep::End, _) => None,
    }
}

/// What the panels are told of the stay.
pub fn keep_stay(
    walking: Res<Walking>,
    comfort: Res<Comfort>,
    pins: Res<Pins>,
    shown: Res<Shown>,
    mut desk: ResMut<HeadsetDesk>,
) {
    let Some(status) = &mut desk.bypass_change_detection().status else { return };
    status.table_top = walking.table_top();
    (status.seated, status.vignette, status.turn) = (comfort.seated, comfort.vignette, comfort.turn);
    status.pointing = shown.0;
    let pinned = pins.0.iter().flatten();
    if !status.pinned.iter().eq(pinned.clone()) {
        status.pinned = pinned.copied().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tour_stays_within_its_stops() {
        use TourStep::{Back, Begin, End, Next};
        let steps = [Begin, Next, Next, Next, Back, Back, Back, End, Back];
        let mut place = None;
        let places: Vec<Option<usize>> = steps
            .into_iter()
            .map(|step| {
                place = next_stop(place, step, 3);
                place
            })
            .collect();
        assert_eq!(places, [0, 1, 2, 2, 1, 0, 0].map(Some).into_iter().chain([None, Some(0)]).collect::<Vec<_>>());
        assert_eq!(next_stop(None, Begin, 0), None);
        assert_eq!(next_stop(Some(5), Back, 2), Some(1), "marks were taken away");
    }
}
