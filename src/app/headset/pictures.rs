//! What both eyes see, as picture files.

use std::path::{Path, PathBuf};

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde_json::json;

use super::diary::Diary;
use crate::app::notices::Notices;
use crate::app::wall_now;
use crate::domain::notice::NoticeLevel;
use crate::xr::eyes::{EyePictures, EyeResolution};

/// A picture that was written, or why it was not.
type Written = Result<(usize, PathBuf), String>;

/// Pictures on their way from the graphics card to a file.
#[derive(Resource)]
pub struct Pictures {
    folder: PathBuf,
    sender: Sender<Written>,
    receiver: Receiver<Written>,
    count: u32,
}

impl Pictures {
    pub fn into(folder: PathBuf) -> Self {
        // Two for each time that the wearer asks, and they are taken each frame.
        let (sender, receiver) = unbounded();
        Self { folder, sender, receiver, count: 0 }
    }

    /// Takes both eyes' pictures when the frame is done.
    ///
    /// # Errors
    /// In words for the person.
    pub fn take(
        &mut self,
        eyes: &EyePictures,
        resolution: EyeResolution,
        commands: &mut Commands,
    ) -> Result<(), String> {
        let Some(eyes) = &eyes.0 else { return Err("No headset shows a picture.".to_owned()) };
        std::fs::create_dir_all(&self.folder)
            .map_err(|error| format!("{} cannot be made: {error}.", self.folder.display()))?;
        self.count += 1;
        let stamp = wall_now().to_string().replace(':', "-");
        for (index, eye) in eyes.iter().enumerate() {
            let name = format!("headset {stamp} {} {}.png", self.count, ["left", "right"][index]);
            let (file, sender) = (self.folder.join(name), self.sender.clone());
            commands.spawn(Screenshot::image(eye.clone())).observe(move |captured: On<ScreenshotCaptured>| {
                let image = captured.image.clone();
                let (file, sender) = (file.clone(), sender.clone());
                // Packing a picture takes longer than a frame.
                bevy::tasks::AsyncComputeTaskPool::get()
                    .spawn(async move {
                        let written = write(image, resolution, &file).map(|()| (index, file));
                        // Nobody waits any more when the program ends.
                        _ = sender.send(written);
                    })
                    .detach();
            });
        }
        Ok(())
    }
}

fn write(image: Image, resolution: EyeResolution, file: &Path) -> Result<(), String> {
    let drawn = resolution.drawn(image.size());
    let picture =
        image.try_into_dynamic().map_err(|error| format!("The picture has an unexpected format: {error}."))?;
    picture
        .crop_imm(0, 0, drawn.x, drawn.y)
        .to_rgb8()
        .save(file)
        .map_err(|error| format!("{} cannot be written: {error}.", file.display()))
}

/// Tells of pictures that were written.
pub fn tell(pictures: Res<Pictures>, mut diary: ResMut<Diary>, mut notices: ResMut<Notices>) {
    for written in pictures.receiver.try_iter() {
        match written {
            Ok((eye, file)) => {
                diary.note("picture", json!({ "eye": if eye == 0 { "left" } else { "right" }, "file": file }));
                if eye == 0 {
                    let folder = pictures.folder.display();
                    notices.tell(wall_now(), NoticeLevel::Info, format!("Picture of both eyes in {folder}."), "", "");
                }
            }
            Err(why) => notices.tell(wall_now(), NoticeLevel::Warning, why, "There is no picture.", ""),
        }
    }
}
